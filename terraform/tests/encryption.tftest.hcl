# A KMS key of one's own: for everything or for nothing.

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

run "without_the_option_all_is_left_to_the_keys_of_aws" {
  command = plan

  assert {
    condition     = length(aws_kms_key.main) == 0 && aws_cloudwatch_log_group.function.kms_key_id == null && length(aws_dynamodb_table.sessions.server_side_encryption) == 0 && aws_lambda_function.app.kms_key_arn == null
    error_message = "A key that nobody asked for costs a dollar a month."
  }

  assert {
    condition     = !contains(flatten(data.aws_iam_policy_document.function.statement[*].actions), "kms:Decrypt")
    error_message = "The function decrypts nothing without a key of ours."
  }
}

run "one_key_of_the_stacks_own_encrypts_all_of_it" {
  command = apply
  variables {
    customer_key = true
    alarm_emails = ["on-call@chu.example"]
  }

  assert {
    condition = toset([
      aws_cloudwatch_log_group.api.kms_key_id,
      aws_cloudwatch_log_group.function.kms_key_id,
      aws_lambda_function.app.kms_key_arn,
      one(aws_dynamodb_table.sessions.server_side_encryption).kms_key_arn,
      one(aws_sns_topic.alarms[*].kms_master_key_id),
    ]) == toset(aws_kms_key.main[*].arn)
    error_message = "Logs, environment, sessions and alarms take the same key."
  }

  assert {
    condition     = one(aws_kms_key.main[*].enable_key_rotation) && one(aws_kms_alias.main[*].name) == "alias/patient-insight"
    error_message = "The key rotates, and the tasks find it by its name."
  }

  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.function.statement :
      one(s.condition).variable == "kms:ViaService" && s.resources == toset(aws_kms_key.main[*].arn) if s.sid == "DecryptWhatItReads"
    ]) && contains(data.aws_iam_policy_document.function.statement[*].sid, "DecryptWhatItReads")
    error_message = "The function may decrypt with this key, and only through the services that it reads from."
  }
}

run "a_key_of_yours_is_used_and_none_is_made" {
  command = plan
  variables {
    kms_key_arn  = "arn:aws:kms:eu-west-3:123456789012:key/22222222-2222-2222-2222-222222222222"
    alarm_emails = ["on-call@chu.example"]
  }

  assert {
    condition     = length(aws_kms_key.main) == 0 && aws_cloudwatch_log_group.function.kms_key_id == var.kms_key_arn && one(aws_sns_topic.alarms[*].kms_master_key_id) == var.kms_key_arn
    error_message = "kms_key_arn must reach what it encrypts."
  }
}

run "alarms_alone_leave_the_rest_to_the_keys_of_aws" {
  command = plan
  variables {
    alarm_emails = ["on-call@chu.example"]
  }

  assert {
    condition     = length(aws_kms_key.main) == 1 && aws_cloudwatch_log_group.function.kms_key_id == null && aws_lambda_function.app.kms_key_arn == null
    error_message = "The topic's key is for the topic alone."
  }
}

run "the_key_from_before_may_be_read_with_and_encrypts_nothing" {
  command = plan
  variables {
    previous_kms_key = "arn:aws:kms:eu-west-3:123456789012:key/22222222-2222-2222-2222-222222222222"
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.function.statement : s.resources if s.sid == "DecryptWhatItReads"]) == toset([var.previous_kms_key])
    error_message = "Users may be on a version that is under it."
  }

  assert {
    condition     = length(aws_kms_key.main) == 0 && aws_lambda_function.app.kms_key_arn == null && length(aws_dynamodb_table.sessions.server_side_encryption) == 0
    error_message = "What is made from now on is under the other key, or under AWS's."
  }
}

run "the_stacks_own_key_stays_while_it_is_the_one_from_before" {
  command = apply
  variables {
    kms_key_arn      = "arn:aws:kms:eu-west-3:123456789012:key/22222222-2222-2222-2222-222222222222"
    previous_kms_key = "customer_key"
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.function.statement : s.resources if s.sid == "DecryptWhatItReads"]) == toset(concat([var.kms_key_arn], aws_kms_key.main[*].arn))
    error_message = "The function reads with both."
  }

  assert {
    condition     = length(aws_kms_alias.main) == 1 && aws_lambda_function.app.kms_key_arn == var.kms_key_arn
    error_message = "The key stays where it is found, and the other one encrypts."
  }
}

run "two_keys_are_refused" {
  command = plan
  variables {
    customer_key = true
    kms_key_arn  = "arn:aws:kms:eu-west-3:123456789012:key/22222222-2222-2222-2222-222222222222"
  }
  expect_failures = [var.kms_key_arn]
}

run "a_key_of_another_region_is_refused" {
  command = plan
  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222"
  }
  expect_failures = [var.kms_key_arn]
}

run "a_key_from_before_that_is_none_is_refused" {
  command = plan
  variables {
    previous_kms_key = "alias/mine"
  }
  expect_failures = [var.previous_kms_key]
}

run "an_alias_is_refused" {
  command = plan
  variables {
    kms_key_arn = "alias/mine"
  }
  expect_failures = [var.kms_key_arn]
}
