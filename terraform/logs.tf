resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.app_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.customer_key_arn
}

# API Gateway delivers access logs through delivery.logs.amazonaws.com, and CloudWatch writes the resource policy that
# this needs by itself when the stage is made. One of our own would take one of the ten that an account has per region.
# Source: Amazon CloudWatch Logs User Guide, "Logs sent to CloudWatch Logs".
resource "aws_cloudwatch_log_group" "api" {
  name              = "/aws/apigateway/${var.app_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.customer_key_arn
}
