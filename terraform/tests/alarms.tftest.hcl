# Alarms: nobody is told of anything until somebody is named, and then of all of it.

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

run "without_an_address_there_is_neither_alarm_nor_topic_nor_key" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.app) + length(aws_sns_topic.alarms) + length(aws_kms_key.main) + length(aws_budgets_budget.month) == 0
    error_message = "An option that nobody asked for must cost nothing."
  }
}

run "each_alarm_tells_everybody_by_an_encrypted_topic" {
  command = apply
  variables {
    alarm_emails       = ["on-call@chu.example", "pharmacy@chu.example"]
    alarm_errors       = 7
    monthly_budget_usd = 50
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.app)) == toset(["errors", "throttles", "latency", "api-5xx"])
    error_message = "Errors, throttles, latency and the address's failures are watched."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.app : alarm.alarm_actions == toset(aws_sns_topic.alarms[*].arn) && alarm.treat_missing_data == "notBreaching"])
    error_message = "Every alarm goes to the topic, and a night without users rings nothing."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.app["errors"].threshold == 7 && aws_cloudwatch_metric_alarm.app["latency"].extended_statistic == "p99"
    error_message = "Thresholds are variables, and latency is that of the slowest in a hundred."
  }

  assert {
    condition     = toset(keys(aws_sns_topic_subscription.email)) == toset(var.alarm_emails)
    error_message = "Everybody who is named is told."
  }

  assert {
    condition     = one(aws_sns_topic.alarms[*].kms_master_key_id) == one(aws_kms_key.main[*].arn)
    error_message = "CloudWatch can't publish to a topic under AWS's own key: it must be ours."
  }

  assert {
    condition     = one(aws_budgets_budget.month[*].limit_amount) == "50" && length(one(aws_budgets_budget.month[*].notification)) == 2
    error_message = "The budget tells at 80 % of what was spent, and of a forecast above it."
  }
}

run "the_topic_and_its_key_take_messages_of_this_account_alone" {
  command = plan
  variables {
    alarm_emails = ["on-call@chu.example"]
  }

  assert {
    condition = alltrue([
      for statement in concat(data.aws_iam_policy_document.alarms[0].statement, [for s in data.aws_iam_policy_document.key[0].statement : s if s.sid == "PublishAlarms"]) :
      one(statement.condition).variable == "aws:SourceAccount" && one(statement.condition).values == tolist(["123456789012"])
    ])
    error_message = "Another account's alarm must not be able to write to this topic."
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.key[0].statement : s.actions if s.sid == "LeaveItToTheAccount"]) == toset(["kms:*"]) && one(aws_kms_key.main[*].enable_key_rotation)
    error_message = "The account's own administrators must never be locked out of the key, and it rotates."
  }
}

run "a_budget_that_tells_nobody_is_refused" {
  command = plan
  variables {
    monthly_budget_usd = 50
  }
  expect_failures = [var.monthly_budget_usd]
}

run "an_address_is_an_address" {
  command = plan
  variables {
    alarm_emails = ["on-call"]
  }
  expect_failures = [var.alarm_emails]
}

run "a_latency_that_the_api_never_lets_happen_is_refused" {
  command = plan
  variables {
    alarm_latency_p99_ms = 30000
  }
  expect_failures = [var.alarm_latency_p99_ms]
}

run "behind_a_function_url_its_own_metrics_are_watched" {
  command = apply
  variables {
    alarm_emails = ["on-call@chu.example"]
    front        = "function_url"
    cloudfront   = true
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.app["latency"].metric_name == "UrlRequestLatency" && aws_cloudwatch_metric_alarm.app["api-5xx"].metric_name == "Url5xxCount"
    error_message = "There is no HTTP API whose metrics could tell anything."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.app : alarm.dimensions == tomap({ FunctionName = "patient-insight" })])
    error_message = "All of them are the function's."
  }
}
