# The function is deployed by digest: a tag that moved is then a change that the plan shows.
data "aws_ecr_image" "app" {
  count = local.image.tag != null && !local.is_image_public ? 1 : 0

  # The account stands before the first dot of an ECR host name; another kind of registry means the caller's own.
  registry_id     = try(regex("^([0-9]{12})\\.", local.image.registry)[0], null)
  repository_name = local.image.repository
  image_tag       = local.image.tag
}

resource "aws_lambda_function" "app" {
  function_name = var.app_name
  # Says which key it has, for the plan's sake: a key that the same apply makes has no ARN yet, and the provider expects a
  # version to be published only where it sees at plan time that something changes.
  description   = "Patient Insight Extractor: the page and its jobs${local.has_customer_key ? ", under a customer's key" : ""}"
  role          = aws_iam_role.function.arn
  package_type  = "Image"
  image_uri     = local.image_uri
  architectures = [var.architecture]
  memory_size   = var.memory_size_mb
  timeout       = var.timeout_s
  publish       = true
  kms_key_arn   = local.customer_key_arn

  reserved_concurrent_executions = var.reserved_concurrency

  environment {
    variables = merge(
      {
        MODEL_PROVIDER          = var.model_provider
        MODEL_NAME              = var.model_name
        SESSIONS_TABLE          = aws_dynamodb_table.sessions.name
        RUNTIME_PARAMETERS_PATH = local.runtime_parameters_path
        # The function may invoke itself (iam.tf): what takes longer than a request becomes an event.
        JOBS         = "invoke"
        JOBS_AT_ONCE = tostring(var.jobs_at_once)
      },
      var.engine_settings,
      local.key_variables,
      local.access_variables,
      local.front_variables,
    )
  }

  # Published versions only, which is what users reach. The image's adapter and app/snapstart.py see to what must differ
  # between instances that start from one snapshot.
  dynamic "snap_start" {
    for_each = var.snapstart ? ["PublishedVersions"] : []

    content {
      apply_on = snap_start.value
    }
  }

  logging_config {
    log_group  = aws_cloudwatch_log_group.function.name
    log_format = "JSON"
    # INFO, the default, leaves platform.runtimeDone out: how long a request ran, and how it ended.
    system_log_level = "DEBUG"
  }

  # The first instance may start, and write, as soon as the function exists.
  depends_on = [aws_iam_role_policy.function]

  lifecycle {
    precondition {
      condition     = !local.is_image_public
      error_message = <<-EOT
        Lambda runs no image from Amazon ECR Public (${var.image_identifier}).
        `invoke push --image ${var.image_identifier}` copies it into the private repository and prints
        ACCOUNT.dkr.ecr.${var.aws_region}.amazonaws.com/NAME@sha256:DIGEST: plan with that as image_identifier, and with
        image_repo_type ECR. By hand, that is docker pull, docker tag and docker push.
      EOT
    }
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "The version that users reach"
  function_name    = aws_lambda_function.app.function_name
  function_version = coalesce(var.live_version, aws_lambda_function.app.version)

  lifecycle {
    # Weights belong to whoever rolls a version out step by step; the version itself belongs here.
    ignore_changes = [routing_config]
  }
}

# A job reports its own failure and is started again by its reader. Jobs are invoked by their version, which this does not
# reach: a retry by Lambda finds there that the job was begun, and ends.
resource "aws_lambda_function_event_invoke_config" "live" {
  function_name          = aws_lambda_function.app.function_name
  qualifier              = aws_lambda_alias.live.name
  maximum_retry_attempts = 0
}
