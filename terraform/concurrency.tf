# How many instances there may be, and how many wait ready.

# On the alias, since it is what users reach. When the tasks move it to a proven version, AWS takes the ready instances
# from the old version and makes new ones of the new: until they are ready, the first users wait for a cold start, as
# without. The tasks wait for that and say it (ops/readiness.py).
# Source: AWS Lambda developer guide, "Configuring provisioned concurrency for a function".
resource "aws_lambda_provisioned_concurrency_config" "live" {
  count = var.provisioned_concurrency > 0 ? 1 : 0

  function_name                     = aws_lambda_function.app.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = var.provisioned_concurrency
}
