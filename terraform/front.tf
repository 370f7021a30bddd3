# What stands in front of the function: an HTTP API (api.tf) that gathers answers, or a function URL that streams them.
# The adapter knows one mode for both ways of answering, so there is one front, never two.
locals {
  is_streamed = var.front == "function_url"

  # Where CloudFront asks. Taken apart, since it wants the host alone.
  origin = regex("^(?P<scheme>https?)://(?P<host>[^/]+)", one(concat(
    aws_apigatewayv2_api.http[*].api_endpoint,
    aws_lambda_function_url.live[*].function_url,
  )))

  # The address that is known beforehand, if there is one.
  public_url = var.public_url != null || !local.has_domain ? var.public_url : "https://${var.domain_name}"
  app_url = (
    local.public_url != null ? local.public_url :
    var.cloudfront ? local.distribution_url :
    aws_apigatewayv2_api.http[0].api_endpoint
  )

  front_variables = merge(
    # The provider of a sign-in sends people back to one address, and behind CloudFront a request's Host is the origin's.
    local.public_url != null ? { PUBLIC_URL = local.public_url } :
    var.cloudfront ? { PUBLIC_URL_PARAMETER = local.public_url_parameter } :
    var.access == "oidc" ? { PUBLIC_URL = aws_apigatewayv2_api.http[0].api_endpoint } : {},
    # What proves that a request came through CloudFront: the signature that Lambda has checked, or a secret.
    local.is_streamed ? { CLOUDFRONT = "signature", AWS_LWA_INVOKE_MODE = "response_stream" } :
    var.cloudfront ? { CLOUDFRONT = "secret", CLOUDFRONT_SECRETS = local.origin_secret_digests } : {},
  )

  public_url_parameter = "${local.runtime_parameters_path}/public-url"
}

# Only who signs may ask, and only CloudFront may sign (cloudfront.tf). Never authorization_type NONE.
resource "aws_lambda_function_url" "live" {
  count = local.is_streamed ? 1 : 0

  function_name      = aws_lambda_function.app.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "AWS_IAM"
  invoke_mode        = "RESPONSE_STREAM"
}

# Since October 2025 a function URL takes both. This version of the provider can't limit the second to requests through
# the URL, so it is given to this one distribution and to nobody else.
# Source: Lambda developer guide, "Control access to Lambda function URLs".
resource "aws_lambda_permission" "cloudfront" {
  for_each = local.is_streamed ? {
    AllowUrlByCloudFront    = "lambda:InvokeFunctionUrl"
    AllowInvokeByCloudFront = "lambda:InvokeFunction"
  } : {}

  statement_id  = each.key
  action        = each.value
  function_name = aws_lambda_function.app.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "cloudfront.amazonaws.com"
  source_arn    = aws_cloudfront_distribution.page[0].arn
}

# A distribution has its address once it knows where to ask, which may be a URL that the function must be there for. So
# the function reads the address here when it is first asked, unless it is known beforehand. It is no secret: plain text,
# and Terraform's.
resource "aws_ssm_parameter" "public_url" {
  count = var.cloudfront ? 1 : 0

  name        = local.public_url_parameter
  description = "Where browsers find ${var.app_name}"
  type        = "String"
  value       = local.app_url
}
