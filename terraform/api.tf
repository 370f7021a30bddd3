resource "aws_apigatewayv2_api" "http" {
  count = local.is_streamed ? 0 : 1

  name          = var.app_name
  description   = "Patient Insight Extractor: the public address of the page"
  protocol_type = "HTTP"
  # Behind a name of one's own there is one address; CloudFront in front asks this one, and proves it (cloudfront.tf).
  disable_execute_api_endpoint = local.domain_at_api

  dynamic "cors_configuration" {
    for_each = length(var.cors_allow_origins) > 0 ? [var.cors_allow_origins] : []

    content {
      allow_origins = cors_configuration.value
      allow_methods = ["GET", "HEAD", "POST"]
      # No other header: what another site's page sends can't look like a request of our own page.
      allow_headers = ["content-type"]
      # Never with credentials: the session's cookie is for the page's own origin.
      allow_credentials = false
      max_age           = 300
    }
  }
}

resource "aws_apigatewayv2_integration" "function" {
  count = length(aws_apigatewayv2_api.http)

  api_id                 = aws_apigatewayv2_api.http[0].id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_alias.live.invoke_arn
  payload_format_version = "2.0"
  # The longest that an HTTP API waits.
  timeout_milliseconds = 30000
}

resource "aws_apigatewayv2_route" "default" {
  count = length(aws_apigatewayv2_api.http)

  api_id    = aws_apigatewayv2_api.http[0].id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.function[0].id}"
}

resource "aws_apigatewayv2_stage" "default" {
  count = length(aws_apigatewayv2_api.http)

  api_id      = aws_apigatewayv2_api.http[0].id
  name        = "$default"
  auto_deploy = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn
    # Left out are a caller's IP address, which is personal data and answers no question that we ask of this log; and
    # the path, in which stand the addresses of readers' files, and whatever else somebody types behind the host.
    format = jsonencode({
      requestId               = "$context.requestId"
      requestTime             = "$context.requestTime"
      httpMethod              = "$context.httpMethod"
      protocol                = "$context.protocol"
      status                  = "$context.status"
      responseLength          = "$context.responseLength"
      responseLatency         = "$context.responseLatency"
      errorMessage            = "$context.error.message"
      integrationRequestId    = "$context.integration.requestId"
      integrationStatus       = "$context.integrationStatus"
      integrationLatency      = "$context.integrationLatency"
      integrationErrorMessage = "$context.integrationErrorMessage"
    })
  }

  default_route_settings {
    throttling_rate_limit  = var.api_rate_limit_rps
    throttling_burst_limit = var.api_burst_limit
  }
}

resource "aws_lambda_permission" "api" {
  count = length(aws_apigatewayv2_api.http)

  statement_id  = "AllowInvokeByApi"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.app.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http[0].execution_arn}/*/$default"
}
