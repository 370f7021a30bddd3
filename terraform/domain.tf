# A name of one's own: at CloudFront where that stands in front, else at the HTTP API, whose own address is then closed.
# With a hosted zone, certificate and records are made here; without, somebody else looks after both.
locals {
  has_domain    = var.domain_name != null
  domain_at_api = local.has_domain && !var.cloudfront
  makes_records = local.has_domain && var.hosted_zone_id != null
  makes_certificate = {
    cloudfront = local.makes_records && var.certificate_arn == null && var.cloudfront
    api        = local.makes_records && var.certificate_arn == null && !var.cloudfront
  }

  certificate_arn = try(coalesce(
    var.certificate_arn,
    one(aws_acm_certificate_validation.cloudfront[*].certificate_arn),
    one(aws_acm_certificate_validation.api[*].certificate_arn),
  ), null)

  validation_options = one(concat(
    [for made in aws_acm_certificate.cloudfront : tolist(made.domain_validation_options)[0]],
    [for made in aws_acm_certificate.api : tolist(made.domain_validation_options)[0]],
  ))

  # Where the name leads.
  domain_target = one(concat(
    [for page in aws_cloudfront_distribution.page : { name = page.domain_name, zone = page.hosted_zone_id }],
    [for made in aws_apigatewayv2_domain_name.page : {
      name = made.domain_name_configuration[0].target_domain_name
      zone = made.domain_name_configuration[0].hosted_zone_id
    }],
  ))
}

# Browsers may know the page by a third name, that of a proxy which asks this one; more likely one of the two is a slip.
check "address" {
  assert {
    condition     = !local.has_domain || var.public_url == null || try(regex("^https://([^:]+)", var.public_url)[0] == var.domain_name, false)
    error_message = "public_url is ${coalesce(var.public_url, "none")}, and domain_name is ${coalesce(var.domain_name, "none")}: who opens the page by that name is refused what they send, and a sign-in sends them to the other. Leave public_url out, unless something of yours at that address stands before the page."
  }
}

# CloudFront takes certificates from us-east-1 alone, an API those of its own region.
resource "aws_acm_certificate" "cloudfront" {
  count = local.makes_certificate.cloudfront ? 1 : 0

  provider          = aws.us_east_1
  domain_name       = var.domain_name
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_acm_certificate" "api" {
  count = local.makes_certificate.api ? 1 : 0

  domain_name       = var.domain_name
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

# Stays there: ACM renews the certificate by it.
resource "aws_route53_record" "validation" {
  count = anytrue(values(local.makes_certificate)) ? 1 : 0

  zone_id = var.hosted_zone_id
  name    = local.validation_options.resource_record_name
  type    = local.validation_options.resource_record_type
  records = [local.validation_options.resource_record_value]
  ttl     = 300
}

resource "aws_acm_certificate_validation" "cloudfront" {
  count = length(aws_acm_certificate.cloudfront)

  provider                = aws.us_east_1
  certificate_arn         = aws_acm_certificate.cloudfront[0].arn
  validation_record_fqdns = aws_route53_record.validation[*].fqdn
}

resource "aws_acm_certificate_validation" "api" {
  count = length(aws_acm_certificate.api)

  certificate_arn         = aws_acm_certificate.api[0].arn
  validation_record_fqdns = aws_route53_record.validation[*].fqdn
}

resource "aws_apigatewayv2_domain_name" "page" {
  count = local.domain_at_api ? 1 : 0

  domain_name = var.domain_name

  domain_name_configuration {
    certificate_arn = local.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "page" {
  count = local.domain_at_api ? 1 : 0

  api_id      = aws_apigatewayv2_api.http[0].id
  domain_name = aws_apigatewayv2_domain_name.page[0].id
  stage       = aws_apigatewayv2_stage.default[0].id
}

# CloudFront answers over IPv6 too; an HTTP API's name of this kind does not.
resource "aws_route53_record" "page" {
  for_each = local.makes_records ? toset(var.cloudfront ? ["A", "AAAA"] : ["A"]) : []

  zone_id = var.hosted_zone_id
  name    = var.domain_name
  type    = each.value

  alias {
    name                   = local.domain_target.name
    zone_id                = local.domain_target.zone
    evaluate_target_health = false
  }
}
