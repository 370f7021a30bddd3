data "aws_iam_policy_document" "assume_by_lambda" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

# Roles are global in an account: with the region in its name, the same application may stand in two regions.
resource "aws_iam_role" "function" {
  name               = "${var.app_name}-${var.aws_region}"
  description        = "Execution role of the function ${var.app_name} in ${var.aws_region}"
  assume_role_policy = data.aws_iam_policy_document.assume_by_lambda.json
}

# No kms:Decrypt without a key of ours: the key policy of the AWS managed key aws/ssm, which encrypts these parameters,
# lets every principal of the account decrypt through Systems Manager.
# Source: AWS Systems Manager User Guide, "Restricting decryption of SecureString parameter values".
data "aws_iam_policy_document" "function" {
  statement {
    sid       = "WriteOwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function.arn}:log-stream:*"]
  }

  statement {
    sid = "KeepSessions"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
    ]
    # By its name: where the table takes another key, the function must be allowed to use that one before.
    resources = ["arn:${local.partition}:dynamodb:${var.aws_region}:${local.account_id}:table/${var.app_name}-sessions"]
  }

  # By its name: the function cannot be there before its role.
  statement {
    sid       = "StartOwnJobs"
    actions   = ["lambda:InvokeFunction"]
    resources = ["arn:${local.partition}:lambda:${var.aws_region}:${local.account_id}:function:${var.app_name}:*"]
  }

  dynamic "statement" {
    for_each = var.key_delivery == "runtime" ? [local.key_parameters] : []

    content {
      sid     = "ReadKeys"
      actions = ["ssm:GetParameter"]
      resources = [
        for name in sort(values(statement.value)) :
        "arn:${local.partition}:ssm:${var.aws_region}:${local.account_id}:parameter${name}"
      ]
    }
  }

  # Through the services that hold what it reads, and never by itself: a ciphertext from elsewhere stays one.
  dynamic "statement" {
    for_each = length(local.read_key_arns) > 0 ? [local.read_key_arns] : []

    content {
      sid       = "DecryptWhatItReads"
      actions   = ["kms:Decrypt"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in ["dynamodb", "lambda", "ssm"] : "${service}.${var.aws_region}.amazonaws.com"]
      }
    }
  }

  statement {
    sid       = "ReadRuntimeSecrets"
    actions   = ["ssm:GetParameter"]
    resources = ["arn:${local.partition}:ssm:${var.aws_region}:${local.account_id}:parameter${local.runtime_parameters_path}/*"]
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "run"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}
