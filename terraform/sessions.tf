# What the page remembers between two requests, since the next one may reach another instance. Values are sealed before
# they come here, and live for hours: no point-in-time recovery, which would keep them 35 days beyond their end.
resource "aws_dynamodb_table" "sessions" {
  name         = "${var.app_name}-sessions"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  range_key    = "part"

  attribute {
    name = "id"
    type = "S"
  }

  # An item holds at most 400 KB: a larger value lies in several parts.
  attribute {
    name = "part"
    type = "S"
  }

  # Without it DynamoDB encrypts with a key of its own.
  dynamic "server_side_encryption" {
    for_each = local.has_customer_key ? [local.key_arn] : []

    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value
    }
  }

  depends_on = [aws_iam_role_policy.function]

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }
}
