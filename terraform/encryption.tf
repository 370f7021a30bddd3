# With which KMS key things are encrypted. Without an option, with AWS's own keys, which cost nothing and which nobody can
# take away. Alarms need one of ours in any case: CloudWatch can't publish to a topic under AWS's.
locals {
  has_customer_key = var.customer_key || var.kms_key_arn != null
  keeps_key        = var.previous_kms_key == "customer_key"
  makes_key        = local.keeps_key || (var.kms_key_arn == null && (var.customer_key || local.has_alarms))
  key_arn          = var.kms_key_arn != null ? var.kms_key_arn : one(aws_kms_key.main[*].arn)
  # For all that AWS's own key would do for: null leaves it to that.
  customer_key_arn = local.has_customer_key ? local.key_arn : null
  # What the function reads may be under the key from before: versions share one role, and users may be on any of them.
  read_key_arns = concat(
    local.has_customer_key ? [local.key_arn] : [],
    local.keeps_key ? aws_kms_key.main[*].arn : var.previous_kms_key != null ? [var.previous_kms_key] : [],
  )
}

resource "aws_kms_key" "main" {
  count = local.makes_key ? 1 : 0

  description         = "Patient Insight Extractor ${var.app_name}"
  enable_key_rotation = true
  policy              = one(data.aws_iam_policy_document.key[*].json)
}

# By this name the tasks find the key, and encrypt with it what they write into Systems Manager.
resource "aws_kms_alias" "main" {
  count = local.makes_key ? 1 : 0

  name          = "alias/${var.app_name}"
  target_key_id = one(aws_kms_key.main[*].key_id)
}

data "aws_iam_policy_document" "key" {
  count = local.makes_key ? 1 : 0

  # Without this nobody, an administrator neither, could ever change the key again. DynamoDB, Lambda and Systems Manager
  # use it in the name of whoever calls them, so that IAM policies decide about those.
  # Source: AWS KMS developer guide, "Default key policy".
  statement {
    sid       = "LeaveItToTheAccount"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  statement {
    sid       = "PublishAlarms"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

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

  # Source: Amazon CloudWatch Logs user guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
  statement {
    sid       = "WriteLogs"
    actions   = ["kms:Decrypt", "kms:Describe*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.aws_region}.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values = [
        for name in ["/aws/apigateway/${var.app_name}", "/aws/lambda/${var.app_name}"] :
        "arn:${local.partition}:logs:${var.aws_region}:${local.account_id}:log-group:${name}"
      ]
    }
  }
}
