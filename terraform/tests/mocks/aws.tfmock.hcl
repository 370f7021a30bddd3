# The answers of AWS that the provider checks or that an assertion looks at; the rest is made up by Terraform.

mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

# The provider checks that a policy is JSON; its statements are examined in the document's own arguments.
mock_data "aws_iam_policy_document" {
  defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
}

mock_data "aws_ecr_image" {
  defaults = { image_digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111" }
}

mock_data "aws_ssm_parameters_by_path" {
  defaults = { names = [] }
}

mock_resource "aws_apigatewayv2_api" {
  defaults = {
    api_endpoint  = "https://abc123.execute-api.eu-west-3.amazonaws.com"
    execution_arn = "arn:aws:execute-api:eu-west-3:123456789012:abc123"
  }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:eu-west-3:123456789012:log-group:patient-insight" }
}

mock_resource "aws_dynamodb_table" {
  defaults = { arn = "arn:aws:dynamodb:eu-west-3:123456789012:table/patient-insight-sessions" }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::123456789012:role/patient-insight-eu-west-3" }
}

mock_resource "aws_lambda_function" {
  defaults = {
    arn     = "arn:aws:lambda:eu-west-3:123456789012:function:patient-insight"
    version = "7"
  }
}

mock_resource "aws_kms_key" {
  defaults = { arn = "arn:aws:kms:eu-west-3:123456789012:key/11111111-1111-1111-1111-111111111111" }
}

mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:eu-west-3:123456789012:patient-insight-alarms" }
}

mock_resource "aws_lambda_function_url" {
  defaults = { function_url = "https://abcdefghij.lambda-url.eu-west-3.on.aws/" }
}

mock_resource "aws_cloudfront_distribution" {
  defaults = {
    arn         = "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE"
    domain_name = "d111111abcdef8.cloudfront.net"
  }
}

mock_resource "aws_wafv2_web_acl" {
  defaults = { arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/patient-insight-eu-west-3/1" }
}

mock_resource "aws_acm_certificate" {
  defaults = {
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    domain_validation_options = [{
      domain_name           = "page.chu.example"
      resource_record_name  = "_1.page.chu.example"
      resource_record_type  = "CNAME"
      resource_record_value = "_2.acm-validations.aws"
    }]
  }
}

mock_resource "aws_acm_certificate_validation" {
  defaults = { certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1" }
}
