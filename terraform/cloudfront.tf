# CloudFront in front of the page. It adds no header to answers: the page's own security headers pass as they are.
# Nor does it log: its logs hold readers' addresses, and the function's and the API's tell what happened.
locals {
  # On the embedded account, origin and distribution speak plain HTTP on this machine; in AWS both speak TLS.
  distribution_url = one([for page in aws_cloudfront_distribution.page : "${local.origin.scheme}://${page.domain_name}"])

  # Managed policies have the same ids in every account. Source: CloudFront developer guide, "Use managed cache
  # policies" and "Use managed origin request policies".
  caching_optimized             = "658327ea-f89d-4fab-a63d-7e88639e58f6" # CachingOptimized: no cookie, header or query
  caching_disabled              = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" # CachingDisabled
  all_viewer_except_host_header = "b689b0a8-53d0-40ab-baf2-68738e2966ac" # AllViewerExceptHostHeader
}

resource "aws_cloudfront_distribution" "page" {
  count = var.cloudfront ? 1 : 0

  comment         = var.app_name
  aliases         = local.has_domain ? [var.domain_name] : []
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  # Europe, Israel and North America: readers are in a hospital.
  price_class = "PriceClass_100"
  web_acl_id  = one(aws_wafv2_web_acl.page[*].arn)

  origin {
    origin_id                = "page"
    domain_name              = local.origin.host
    origin_access_control_id = one(aws_cloudfront_origin_access_control.function[*].id)

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
      # The longest without another quota: a page that streams may think that long between two words.
      origin_read_timeout      = 60
      origin_keepalive_timeout = 60
    }

    # Overwrites what a browser sends under this name.
    dynamic "custom_header" {
      for_each = local.is_streamed ? [] : [terraform_data.origin_secret[var.origin_secret].output]

      content {
        name  = "x-origin-secret"
        value = sensitive(custom_header.value)
      }
    }
  }

  # The names of these files hold a hash of their content; the page compresses them better than CloudFront would.
  ordered_cache_behavior {
    path_pattern           = "/static/*"
    target_origin_id       = "page"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = local.caching_optimized
    viewer_protocol_policy = "redirect-to-https"
    compress               = true
  }

  default_cache_behavior {
    target_origin_id         = "page"
    allowed_methods          = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = local.caching_disabled
    origin_request_policy_id = local.all_viewer_except_host_header
    viewer_protocol_policy   = "redirect-to-https"
  }

  # Of its own accord CloudFront keeps a failure for ten seconds, for every reader, also where nothing is cached.
  # Source: CloudFront developer guide, "How CloudFront caches HTTP 4xx and 5xx status codes from your origin".
  dynamic "custom_error_response" {
    for_each = [404, 414, 500, 501, 502, 503, 504]

    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = 0
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  # With CloudFront's own name, AWS sets what the oldest TLS is: TLSv1. It can be chosen with one's own only.
  viewer_certificate {
    cloudfront_default_certificate = !local.has_domain
    acm_certificate_arn            = local.certificate_arn
    ssl_support_method             = local.has_domain ? "sni-only" : null
    minimum_protocol_version       = local.has_domain ? "TLSv1.2_2021" : "TLSv1"
  }
}

# CloudFront signs each request to the function URL. It does not read bodies: a POST or PUT must bring the hash of its own
# in x-amz-content-sha256, which the page's script does where CLOUDFRONT is "signature".
resource "aws_cloudfront_origin_access_control" "function" {
  count = local.is_streamed ? 1 : 0

  name                              = "${var.app_name}-${var.aws_region}"
  description                       = "Signs requests to the function ${var.app_name} in ${var.aws_region}"
  origin_access_control_origin_type = "lambda"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# By this the function knows requests that came through CloudFront: whoever asks the API past it is refused. CloudFront's
# configuration holds the secret as it is, so the state does too, wherever it came from; the function is given digests
# only. Three are made, and CloudFront sends the middle one: when the number grows by one, what the live version of the
# function takes already is sent from then on, and what the edges still send for some minutes is taken by the next.
# The other side of this is that a secret counts until the number has grown twice.
resource "terraform_data" "origin_secret" {
  for_each = var.cloudfront && !local.is_streamed ? toset([for step in [-1, 0, 1] : tostring(var.origin_secret + step)]) : []

  # 122 random bits; Terraform has no other source of its own.
  input = sensitive(uuid())

  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  # A digest of so much randomness tells nothing of it.
  origin_secret_digests = join(",", [for secret in terraform_data.origin_secret : nonsensitive(sha256(secret.output))])
}
