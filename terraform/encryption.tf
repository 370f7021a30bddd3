# A KMS key of the stack's own, for what no key of AWS's would do: a topic that CloudWatch can publish to.
locals {
  makes_key = local.has_alarms
  key_arn   = one(aws_kms_key.main[*].arn)
}

resource "aws_kms_key" "main" {
  count = local.makes_key ? 1 : 0

  description         = "Patient Insight Extractor ${var.app_name}"
  enable_key_rotation = true
  policy              = one(data.aws_iam_policy_document.key[*].json)
}

data "aws_iam_policy_document" "key" {
  count = local.makes_key ? 1 : 0

  # Without this nobody, an administrator neither, could ever change the key again.
  # Source: AWS KMS developer guide, "Default key policy": IAM policies of the account decide from here on.
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
}
