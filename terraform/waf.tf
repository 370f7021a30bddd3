# A web firewall before CloudFront; an HTTP API can't carry one. It logs nothing and keeps no samples of requests: both
# would show readers' addresses and cookies. CloudWatch counts what each rule let through and stopped.
locals {
  # What these look for is no attack on this page: a report is longer than 8 KB, and a PDF or a letter may hold what reads
  # like a path or like HTML. Bodies are read by the page's own parsers and never as either. And a provider's answer to a
  # sign-in may be longer than the 2 KB that a query may have. Counted, not stopped.
  counted_rules = [
    "CrossSiteScripting_BODY",
    "EC2MetaDataSSRF_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "SizeRestrictions_BODY",
    "SizeRestrictions_QUERYSTRING",
  ]

  # Managed by AWS, in the order in which they look. Source: AWS WAF developer guide, "AWS Managed Rules rule groups list".
  managed_rules = {
    AWSManagedRulesAmazonIpReputationList = { priority = 0, counted = [] }
    AWSManagedRulesCommonRuleSet          = { priority = 2, counted = local.counted_rules }
    AWSManagedRulesKnownBadInputsRuleSet  = { priority = 3, counted = [] }
  }
}

resource "aws_wafv2_web_acl" "page" {
  count = var.waf ? 1 : 0

  # CloudFront takes its firewall from there, wherever the stack is.
  provider = aws.us_east_1

  name        = "${var.app_name}-${var.aws_region}"
  description = "What reaches the page ${var.app_name} in ${var.aws_region}"
  scope       = "CLOUDFRONT"

  default_action {
    allow {}
  }

  dynamic "rule" {
    for_each = local.managed_rules

    content {
      name     = rule.key
      priority = rule.value.priority

      override_action {
        none {}
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.key

          dynamic "rule_action_override" {
            for_each = rule.value.counted

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        metric_name                = rule.key
        cloudwatch_metrics_enabled = true
        sampled_requests_enabled   = false
      }
    }
  }

  rule {
    name     = "one-address"
    priority = 1

    # The page waits as long as it is told to, and sends the same again: no click is lost.
    action {
      block {
        custom_response {
          response_code = 429

          response_header {
            name  = "Retry-After"
            value = "30"
          }
        }
      }
    }

    statement {
      rate_based_statement {
        aggregate_key_type    = "IP"
        evaluation_window_sec = 300
        limit                 = var.waf_requests_per_5_min
      }
    }

    visibility_config {
      metric_name                = "one-address"
      cloudwatch_metrics_enabled = true
      sampled_requests_enabled   = false
    }
  }

  visibility_config {
    metric_name                = var.app_name
    cloudwatch_metrics_enabled = true
    sampled_requests_enabled   = false
  }
}
