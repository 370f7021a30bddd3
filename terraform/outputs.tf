output "app_url" {
  description = "The public URL of the application, whatever stands in front of it."
  value       = local.app_url
  # An address that does not answer yet is no address.
  depends_on = [
    aws_apigatewayv2_route.default,
    aws_apigatewayv2_stage.default,
    aws_lambda_permission.api,
    aws_lambda_permission.cloudfront,
    aws_apigatewayv2_api_mapping.page,
    aws_route53_record.page,
  ]
}

output "api_gateway_url" {
  description = "The HTTP API's own URL: the public one, unless CloudFront or a domain stands in front. None with a function URL."
  # The stage $default is served at the API's own endpoint.
  value      = one(aws_apigatewayv2_api.http[*].api_endpoint)
  depends_on = [aws_apigatewayv2_route.default, aws_apigatewayv2_stage.default, aws_lambda_permission.api]
}

output "domain_target" {
  description = "Where domain_name has to lead, as a CNAME, when no hosted_zone_id is given."
  value       = local.has_domain ? local.domain_target.name : null
}

output "lambda_function_name" {
  description = "The name of the Lambda function."
  value       = aws_lambda_function.app.function_name
}

output "lambda_function_arn" {
  description = "The ARN of the Lambda function, without a version."
  value       = aws_lambda_function.app.arn
}

output "ssm_openai_api_key_parameter" {
  description = "SSM parameter that holds the OpenAI API key. Terraform reads it and never creates it."
  value       = local.key_parameters.OPENAI_API_KEY
}

output "ssm_mistral_api_key_parameter" {
  description = "SSM parameter that holds the Mistral API key. Terraform reads it and never creates it."
  value       = local.key_parameters.MISTRAL_API_KEY
}

output "instructions" {
  description = "Detailed post-deployment instructions."
  value       = <<-EOT
    The application answers at ${local.app_url}
    It uses the model provider ${var.model_provider}${var.model_provider == "local" ? ", which needs no key: leave out steps 2 and 3." : " (${var.model_name})."}

    1. Make the key that seals sessions, once: without it the function does not start. `invoke deploy` has made it; after
       an apply by hand it is yours to make (a key that is there is kept, since nothing says --overwrite):

         openssl rand -base64 32 | tr -d '\n' | aws ssm put-parameter --region ${var.aws_region} --type SecureString \
           --name ${local.runtime_parameters_path}/session-key --value file:///dev/stdin

    2. Set the key of the provider that you use: `invoke keys.set`, which asks the provider and proves that the function
       holds it; then leave out step 3. By hand, through a pipe, so that it stays out of the shell's history and of the
       list of processes; with customer_key, add --key-id alias/${var.app_name}, or it is encrypted with AWS's key:

         read -rs KEY   # paste the key, then Enter
         printf %s "$KEY" | aws ssm put-parameter --region ${var.aws_region} --type SecureString --overwrite \
           --name ${local.key_parameters.OPENAI_API_KEY} --value file:///dev/stdin

       The key of Mistral goes to ${local.key_parameters.MISTRAL_API_KEY} in the same way.

    3. Apply again, with -var-file=FILE where this stack has a file of variables: what is not passed again goes back to
       its default. Terraform reads the keys and puts them into the function; plan files and state then hold them:

         terraform apply ${local.instructions_vars}

    4. Check that the function has them (the command prints their names, not their values):

         aws lambda get-function-configuration --region ${var.aws_region} --function-name ${var.app_name} \
           --qualifier ${aws_lambda_alias.live.name} --query 'keys(Environment.Variables)'

    5. Read the logs of the function and of the API: `invoke logs --follow`, or with version 2 of the AWS CLI:

         aws logs tail ${aws_cloudwatch_log_group.function.name} --region ${var.aws_region} --follow
         aws logs tail ${aws_cloudwatch_log_group.api.name} --region ${var.aws_region} --follow

    6. Remove everything. The keys are not part of the stack and stay until you delete them by name:

         terraform destroy ${local.instructions_vars}
         aws ssm delete-parameter --region ${var.aws_region} --name ${local.key_parameters.OPENAI_API_KEY}
         aws ssm delete-parameter --region ${var.aws_region} --name ${local.key_parameters.MISTRAL_API_KEY}
         aws ssm delete-parameter --region ${var.aws_region} --name ${local.runtime_parameters_path}/session-key
  EOT
}
