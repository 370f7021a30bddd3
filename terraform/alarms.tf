# What somebody should look at, by e-mail: on as soon as alarm_emails names anybody. Each message ends with the section
# of docs/runbooks.md to read; a test holds the two together.
locals {
  has_alarms = length(var.alarm_emails) > 0

  alarms = {
    errors = {
      description = "Runs of the function ${var.app_name} failed: ${var.alarm_errors} or more in 5 minutes."
      runbook     = "The function fails"
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      statistic   = "Sum"
      threshold   = var.alarm_errors
      periods     = 1
      # All of the function, jobs included: those are invoked by their version and not through the alias.
      dimensions = { FunctionName = aws_lambda_function.app.function_name }
    }
    throttles = {
      description = "Lambda refused to run the function ${var.app_name}: ${var.alarm_throttles} times or more in 5 minutes."
      runbook     = "The function is throttled"
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      statistic   = "Sum"
      threshold   = var.alarm_throttles
      periods     = 1
      dimensions  = { FunctionName = aws_lambda_function.app.function_name }
    }
    # As users wait for it. The function's own duration would count the reading of reports, which may take minutes.
    latency = {
      description = "One request in a hundred to the page of ${var.app_name} takes ${var.alarm_latency_p99_ms} ms or more, for 15 minutes."
      runbook     = "The page is slow"
      namespace   = local.front_metrics.namespace
      metric      = local.front_metrics.latency
      statistic   = "p99"
      threshold   = var.alarm_latency_p99_ms
      periods     = 3
      dimensions  = local.front_metrics.dimensions
    }
    api-5xx = {
      description = "The address of ${var.app_name} answered with a status of 500 or above: ${var.alarm_5xx} times or more in 5 minutes."
      runbook     = "The address answers with 5xx"
      namespace   = local.front_metrics.namespace
      metric      = local.front_metrics.failures
      statistic   = "Sum"
      threshold   = var.alarm_5xx
      periods     = 1
      dimensions  = local.front_metrics.dimensions
    }
  }

  # What counts the answers to users, whichever front they come through. Source: Lambda developer guide, "Monitoring Lambda
  # function URLs"; API Gateway developer guide, "Work with metrics for HTTP APIs".
  front_metrics = local.is_streamed ? {
    namespace  = "AWS/Lambda"
    latency    = "UrlRequestLatency"
    failures   = "Url5xxCount"
    dimensions = tomap({ FunctionName = aws_lambda_function.app.function_name })
    } : {
    namespace  = "AWS/ApiGateway"
    latency    = "Latency"
    failures   = "5xx"
    dimensions = tomap({ ApiId = aws_apigatewayv2_api.http[0].id })
  }
}

resource "aws_cloudwatch_metric_alarm" "app" {
  for_each = local.has_alarms ? local.alarms : {}

  alarm_name          = "${var.app_name}-${each.key}"
  alarm_description   = "${each.value.description} See docs/runbooks.md, \"${each.value.runbook}\"."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = each.value.periods
  # At night nobody comes: no data is no failure.
  treat_missing_data = "notBreaching"
  alarm_actions      = aws_sns_topic.alarms[*].arn
  ok_actions         = aws_sns_topic.alarms[*].arn
}

# ------------------------------------------------------------------------------------------------ who is told

resource "aws_sns_topic" "alarms" {
  count = local.has_alarms ? 1 : 0

  name = "${var.app_name}-alarms"
  # Not the AWS managed alias/aws/sns: its policy lets neither CloudWatch nor Budgets publish, and no alarm would ever
  # arrive. Source: Amazon SNS developer guide, "Enable compatibility between event sources and encrypted topics".
  kms_master_key_id = local.key_arn
}

# Each address gets a message from AWS and has to confirm it.
resource "aws_sns_topic_subscription" "email" {
  for_each = toset(var.alarm_emails)

  topic_arn = one(aws_sns_topic.alarms[*].arn)
  protocol  = "email"
  endpoint  = each.value
}

data "aws_iam_policy_document" "alarms" {
  count = local.has_alarms ? 1 : 0

  statement {
    sid       = "PublishAlarms"
    actions   = ["sns:Publish"]
    resources = aws_sns_topic.alarms[*].arn

    principals {
      type        = "Service"
      identifiers = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  count = local.has_alarms ? 1 : 0

  arn    = one(aws_sns_topic.alarms[*].arn)
  policy = one(data.aws_iam_policy_document.alarms[*].json)
}

# ------------------------------------------------------------------------------------------------ cost

# Of the whole account: a budget by tag stays at zero until somebody activates the tag in the billing console.
resource "aws_budgets_budget" "month" {
  count = var.monthly_budget_usd == null ? 0 : 1

  name         = "${var.app_name}-${var.aws_region}"
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }

    content {
      notification_type         = notification.key
      comparison_operator       = "GREATER_THAN"
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      subscriber_sns_topic_arns = aws_sns_topic.alarms[*].arn
    }
  }

  # Budgets looks whether it may publish when it takes a topic.
  depends_on = [aws_sns_topic_policy.alarms]
}
