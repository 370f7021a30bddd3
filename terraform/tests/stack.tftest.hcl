# What the stack promises, as a plan shows it. The answers of AWS are made up: no account is needed.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "aws" {
  alias  = "us_east_1"
  source = "./tests/mocks"
}

variables {
  image_identifier = "123456789012.dkr.ecr.eu-west-3.amazonaws.com/patient-insight:1.0"
  # A public page is warned of, and here a warning fails.
  access               = "oidc"
  oidc_metadata_url    = "https://login.example/.well-known/openid-configuration"
  oidc_client_id       = "patient-insight"
  oidc_allowed_domains = ["chu.example"]
}

# ------------------------------------------------------------------------------------------------ function

run "runs_the_image_by_its_digest_with_the_guides_memory_and_timeout" {
  command = plan

  assert {
    condition     = aws_lambda_function.app.package_type == "Image" && endswith(aws_lambda_function.app.image_uri, "/patient-insight@sha256:${join("", [for _ in range(64) : "1"])}")
    error_message = "The function must be deployed by the digest that the tag stands for."
  }

  assert {
    condition     = data.aws_ecr_image.app[0].registry_id == "123456789012" && data.aws_ecr_image.app[0].image_tag == "1.0"
    error_message = "The tag must be looked up in the registry's own account."
  }

  assert {
    condition     = aws_lambda_function.app.memory_size == 2048 && aws_lambda_function.app.timeout == 300
    error_message = "The guide says 2048 MB and 300 s."
  }

  assert {
    condition     = aws_lambda_function.app.architectures == tolist(["x86_64"]) && aws_lambda_function.app.publish
    error_message = "x86_64 is the default, and each change is a published version."
  }
}

run "takes_a_digest_as_it_is" {
  command = plan
  variables {
    image_identifier = "123456789012.dkr.ecr.eu-west-3.amazonaws.com/pharmacy/insight@sha256:2222222222222222222222222222222222222222222222222222222222222222"
  }

  assert {
    condition     = aws_lambda_function.app.image_uri == var.image_identifier && length(data.aws_ecr_image.app) == 0
    error_message = "A digest needs no look-up."
  }
}

run "accepts_a_registry_with_a_port" {
  command = plan
  variables {
    image_identifier = "127.0.0.1:5056/patient-insight:1.0"
  }

  assert {
    condition     = startswith(aws_lambda_function.app.image_uri, "127.0.0.1:5056/patient-insight@sha256:")
    error_message = "The embedded account's registry has a port."
  }
}

run "memory_timeout_and_processor_are_variables" {
  command = plan
  variables {
    memory_size_mb = 3008
    timeout_s      = 120
    architecture   = "arm64"
  }

  assert {
    condition     = aws_lambda_function.app.memory_size == 3008 && aws_lambda_function.app.timeout == 120
    error_message = "memory_size_mb and timeout_s must reach the function."
  }

  assert {
    condition     = aws_lambda_function.app.architectures == tolist(["arm64"])
    error_message = "architecture must reach the function."
  }
}

run "needs_no_key_to_plan" {
  command = plan
  variables {
    access = "public"
  }
  expect_failures = [check.access]

  assert {
    condition = aws_lambda_function.app.environment[0].variables == tomap({
      MODEL_PROVIDER          = "openai"
      MODEL_NAME              = "gpt-4o"
      SESSIONS_TABLE          = "patient-insight-sessions"
      RUNTIME_PARAMETERS_PATH = "/patient-insight/runtime"
      JOBS                    = "invoke"
      JOBS_AT_ONCE            = "16"
      ACCESS                  = "public"
    })
    error_message = "With no parameter set, the environment is these seven variables and no empty key."
  }
}

run "names_the_versions_of_keys_that_the_function_reads_itself" {
  command = plan
  variables {
    key_delivery = "runtime"
  }

  override_data {
    target = data.aws_ssm_parameters_by_path.keys
    values = { names = ["/patient-insight/mistral-api-key"] }
  }

  override_data {
    target = data.aws_ssm_parameter.keys
    values = { value = "ciphertext", version = 3 }
  }

  assert {
    condition     = nonsensitive(aws_lambda_function.app.environment[0].variables["MISTRAL_API_KEY_PARAMETER"]) == "/patient-insight/mistral-api-key:3"
    error_message = "The function must be told which version of the parameter is its own."
  }

  assert {
    condition     = !data.aws_ssm_parameter.keys["MISTRAL_API_KEY"].with_decryption && !contains(keys(nonsensitive(aws_lambda_function.app.environment[0].variables)), "MISTRAL_API_KEY")
    error_message = "No key may come into the state or the configuration."
  }

  assert {
    condition     = length([for statement in data.aws_iam_policy_document.function.statement : statement if statement.sid == "ReadKeys"]) == 1
    error_message = "The function must be allowed to read what it is told to."
  }
}

run "injects_the_keys_that_exist" {
  command = plan

  override_data {
    target = data.aws_ssm_parameters_by_path.keys
    values = { names = ["/patient-insight/mistral-api-key", "/patient-insight/something-else"] }
  }

  override_data {
    target = data.aws_ssm_parameter.keys
    values = { value = "a-key" }
  }

  assert {
    condition     = toset(keys(data.aws_ssm_parameter.keys)) == toset(["MISTRAL_API_KEY"])
    error_message = "Only the keys that exist may be read, and nothing else beside them."
  }

  assert {
    condition     = nonsensitive(aws_lambda_function.app.environment[0].variables["MISTRAL_API_KEY"]) == "a-key"
    error_message = "The key must be in the function's environment."
  }

  assert {
    condition     = issensitive(aws_lambda_function.app.environment[0].variables["MISTRAL_API_KEY"])
    error_message = "A plan must not show the key."
  }
}

run "asks_for_names_without_decrypting_and_without_the_runtime_secrets" {
  command = plan

  assert {
    condition = (
      data.aws_ssm_parameters_by_path.keys.path == "/patient-insight"
      && !data.aws_ssm_parameters_by_path.keys.recursive
      && !data.aws_ssm_parameters_by_path.keys.with_decryption
    )
    error_message = "What is under /patient-insight/runtime must never reach the state."
  }
}

run "mistral_runs_with_a_model_of_its_own" {
  command = plan
  variables {
    model_provider = "mistral"
    model_name     = "mistral-large-latest"
  }

  assert {
    condition     = aws_lambda_function.app.environment[0].variables["MODEL_NAME"] == "mistral-large-latest"
    error_message = "model_name must reach the function."
  }
}

run "local_provider_needs_no_model" {
  command = plan
  variables {
    model_provider = "local"
  }

  assert {
    condition     = aws_lambda_function.app.environment[0].variables["MODEL_PROVIDER"] == "local"
    error_message = "model_provider must reach the function."
  }
}

run "engine_settings_reach_the_function" {
  command = plan
  variables {
    engine_settings = { MODEL_REGION = "eu", MISTRAL_MODEL = "mistral-small-latest" }
  }

  assert {
    condition     = aws_lambda_function.app.environment[0].variables["MODEL_REGION"] == "eu"
    error_message = "engine_settings must reach the function."
  }
}

run "jobs_at_once_reach_the_function" {
  command = plan
  variables {
    jobs_at_once = 4
  }

  assert {
    condition     = aws_lambda_function.app.environment[0].variables["JOBS_AT_ONCE"] == "4"
    error_message = "jobs_at_once must reach the function."
  }
}

run "the_function_may_start_jobs_in_itself_alone" {
  command = plan

  assert {
    condition = one([
      for statement in data.aws_iam_policy_document.function.statement : statement.resources
      if statement.sid == "StartOwnJobs"
    ]) == toset(["arn:aws:lambda:eu-west-3:123456789012:function:patient-insight:*"])
    error_message = "The function may invoke its own versions, and nothing else."
  }
}

# ------------------------------------------------------------------------------------------------ versions

run "live_follows_the_published_version" {
  command = apply

  assert {
    condition     = aws_lambda_alias.live.name == "live" && aws_lambda_alias.live.function_version == "7"
    error_message = "An apply by hand goes live at once."
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.live.maximum_retry_attempts == 0 && aws_lambda_function_event_invoke_config.live.qualifier == "live"
    error_message = "Lambda must not repeat a job by itself."
  }
}

run "live_stays_where_the_tasks_say" {
  command = apply
  variables {
    live_version = "5"
  }

  assert {
    condition     = aws_lambda_alias.live.function_version == "5"
    error_message = "With live_version, an apply publishes and leaves the alias alone."
  }
}

# ------------------------------------------------------------------------------------------------ API

run "sends_every_request_to_the_live_version" {
  command = apply

  assert {
    condition     = aws_apigatewayv2_route.default[0].route_key == "$default" && aws_apigatewayv2_route.default[0].target == "integrations/${aws_apigatewayv2_integration.function[0].id}"
    error_message = "The only route is $default."
  }

  assert {
    condition = (
      aws_apigatewayv2_integration.function[0].integration_uri == aws_lambda_alias.live.invoke_arn
      && aws_apigatewayv2_integration.function[0].payload_format_version == "2.0"
      && aws_apigatewayv2_integration.function[0].timeout_milliseconds == 30000
    )
    error_message = "The integration is the alias, with events 2.0 and 30 s."
  }

  assert {
    condition     = aws_lambda_permission.api[0].qualifier == "live" && aws_lambda_permission.api[0].source_arn == "arn:aws:execute-api:eu-west-3:123456789012:abc123/*/$default"
    error_message = "This API alone may invoke the alias, and nothing but the alias."
  }
}

run "cors_is_on_and_never_with_credentials" {
  command = plan

  assert {
    condition     = one(aws_apigatewayv2_api.http[0].cors_configuration).allow_origins == toset(["*"])
    error_message = "The guide says: CORS enabled for web access."
  }

  assert {
    condition     = !one(aws_apigatewayv2_api.http[0].cors_configuration).allow_credentials
    error_message = "Another site's page must never use the visitor's session."
  }
}

run "cors_takes_a_list_of_origins_or_none" {
  command = plan
  variables {
    cors_allow_origins = []
  }

  assert {
    condition     = length(aws_apigatewayv2_api.http[0].cors_configuration) == 0
    error_message = "No origin, no CORS."
  }
}

run "the_stage_throttles" {
  command = plan
  variables {
    api_rate_limit_rps = 50
    api_burst_limit    = 150
  }

  assert {
    condition = (
      one(aws_apigatewayv2_stage.default[0].default_route_settings).throttling_rate_limit == 50
      && one(aws_apigatewayv2_stage.default[0].default_route_settings).throttling_burst_limit == 150
    )
    error_message = "Both limits must reach the stage."
  }
}

run "the_first_page_load_fits_the_default_burst" {
  command = plan

  assert {
    condition     = one(aws_apigatewayv2_stage.default[0].default_route_settings).throttling_burst_limit >= 2 * 135
    error_message = "Two people who open the page at once ask for 270 files."
  }
}

run "access_logs_are_json_without_personal_data" {
  command = plan

  assert {
    condition     = jsondecode(one(aws_apigatewayv2_stage.default[0].access_log_settings).format).requestId == "$context.requestId"
    error_message = "The access log is JSON and names the request."
  }

  assert {
    condition     = !can(regex("sourceIp|userAgent|identity|authorizer|path", one(aws_apigatewayv2_stage.default[0].access_log_settings).format))
    error_message = "Addresses, browsers and users are personal data, and a path holds whatever somebody types."
  }
}

# ------------------------------------------------------------------------------------------------ logs, role, table

run "logs_live_seven_days_and_are_json" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_group.function.name == "/aws/lambda/patient-insight" && aws_cloudwatch_log_group.function.retention_in_days == 7
    error_message = "The function's log group is the one of the guide, for 7 days."
  }

  assert {
    condition     = aws_cloudwatch_log_group.api.name == "/aws/apigateway/patient-insight" && aws_cloudwatch_log_group.api.retention_in_days == 7
    error_message = "The API's log group lives 7 days."
  }

  assert {
    condition = (
      one(aws_lambda_function.app.logging_config).log_format == "JSON"
      && one(aws_lambda_function.app.logging_config).log_group == aws_cloudwatch_log_group.function.name
    )
    error_message = "The function writes JSON into its own group."
  }
}

run "the_role_names_every_resource" {
  command = apply

  assert {
    condition = alltrue(flatten([
      for statement in data.aws_iam_policy_document.function.statement : [
        for resource in statement.resources : startswith(resource, "arn:aws:") && strcontains(resource, "patient-insight")
      ]
    ]))
    error_message = "Each statement is about resources of this application."
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.function.statement : !anytrue([for action in statement.actions : strcontains(action, "*")])])
    error_message = "Each action is named."
  }

  assert {
    condition = toset(flatten([
      for statement in data.aws_iam_policy_document.function.statement : statement.resources if statement.sid == "ReadRuntimeSecrets"
    ])) == toset(["arn:aws:ssm:eu-west-3:123456789012:parameter/patient-insight/runtime/*"])
    error_message = "The function reads its runtime secrets and not the keys that Terraform injects."
  }
}

run "sessions_expire_and_are_not_kept_beyond_it" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.sessions.hash_key == "id" && aws_dynamodb_table.sessions.range_key == "part" && aws_dynamodb_table.sessions.billing_mode == "PAY_PER_REQUEST"
    error_message = "Keys are id and part; the table is paid by request."
  }

  assert {
    condition     = one(aws_dynamodb_table.sessions.ttl).attribute_name == "expires_at" && one(aws_dynamodb_table.sessions.ttl).enabled
    error_message = "expires_at ends an item's life."
  }

  assert {
    condition     = !anytrue(aws_dynamodb_table.sessions.point_in_time_recovery[*].enabled)
    error_message = "Point-in-time recovery would keep sessions for 35 more days."
  }
}

# ------------------------------------------------------------------------------------------------ outputs

run "outputs_are_those_of_the_guide" {
  command = apply

  assert {
    condition     = output.api_gateway_url == "https://abc123.execute-api.eu-west-3.amazonaws.com"
    error_message = "api_gateway_url is the API's own endpoint."
  }

  assert {
    condition     = output.lambda_function_name == "patient-insight" && output.lambda_function_arn == "arn:aws:lambda:eu-west-3:123456789012:function:patient-insight"
    error_message = "The function's name and ARN."
  }

  assert {
    condition     = output.ssm_openai_api_key_parameter == "/patient-insight/openai-api-key" && output.ssm_mistral_api_key_parameter == "/patient-insight/mistral-api-key"
    error_message = "The parameters' names."
  }

  assert {
    condition = alltrue([
      for text in ["https://abc123.", "aws ssm put-parameter", "terraform apply", "aws logs tail /aws/lambda/patient-insight", "terraform destroy"] :
      strcontains(output.instructions, text)
    ])
    error_message = "The instructions lead from the keys over the logs to the end."
  }
}

run "every_name_begins_with_app_name" {
  command = plan
  variables {
    app_name = "oncology-insight"
  }

  assert {
    condition = alltrue([
      for name in [
        aws_lambda_function.app.function_name,
        aws_apigatewayv2_api.http[0].name,
        aws_dynamodb_table.sessions.name,
        aws_iam_role.function.name,
        trimprefix(aws_cloudwatch_log_group.function.name, "/aws/lambda/"),
        trimprefix(aws_cloudwatch_log_group.api.name, "/aws/apigateway/"),
        trimprefix(output.ssm_openai_api_key_parameter, "/"),
      ] : startswith(name, "oncology-insight")
    ])
    error_message = "Two applications must fit into one account."
  }
}

# ------------------------------------------------------------------------------------------------ access

run "a_public_page_is_warned_of" {
  command = plan
  variables {
    access = "public"
  }
  expect_failures = [check.access]
}

run "the_function_is_told_who_signs_people_in_and_whom_it_admits" {
  command = apply
  variables {
    oidc_allowed_domains = ["chu.example", "ghu.example"]
    oidc_allowed_claims  = ["groups=pharmacie"]
    login_hours          = 4
  }

  assert {
    condition = (
      aws_lambda_function.app.environment[0].variables.ACCESS == "oidc"
      && aws_lambda_function.app.environment[0].variables.OIDC_METADATA_URL == var.oidc_metadata_url
      && aws_lambda_function.app.environment[0].variables.OIDC_CLIENT_ID == "patient-insight"
      && aws_lambda_function.app.environment[0].variables.OIDC_ALLOWED_DOMAINS == "chu.example,ghu.example"
      && aws_lambda_function.app.environment[0].variables.OIDC_ALLOWED_CLAIMS == "groups=pharmacie"
      && aws_lambda_function.app.environment[0].variables.LOGIN_HOURS == "4"
    )
    error_message = "Provider, client, lists and hours must reach the function."
  }

  assert {
    condition     = aws_lambda_function.app.environment[0].variables.PUBLIC_URL == "https://abc123.execute-api.eu-west-3.amazonaws.com"
    error_message = "The provider sends people back to the API's own address."
  }
}

run "people_come_back_to_the_public_address" {
  command = plan
  variables {
    public_url = "https://page.chu.example"
  }

  assert {
    condition     = aws_lambda_function.app.environment[0].variables.PUBLIC_URL == "https://page.chu.example"
    error_message = "Where browsers know the page under another name, they come back to that."
  }
}
