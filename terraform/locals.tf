data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  # Groups that did not take part in the match are null: an image has a tag or a digest.
  image = regex(
    "^(?P<registry>[^/]+)/(?P<repository>[^:@]+)(?::(?P<tag>.+)|@(?P<digest>.+))$",
    var.image_identifier,
  )
  is_image_public = var.image_repo_type == "ECR_PUBLIC" || local.image.registry == "public.ecr.aws"
  image_digest    = try(coalesce(local.image.digest, one(data.aws_ecr_image.app[*].image_digest)), "unknown")
  image_uri       = "${local.image.registry}/${local.image.repository}@${local.image_digest}"

  # Environment variable of the function => SSM parameter that its value comes from.
  key_parameters = {
    OPENAI_API_KEY  = "/${var.app_name}/openai-api-key"
    MISTRAL_API_KEY = "/${var.app_name}/mistral-api-key"
  }
  # Secrets that the tasks make and the function reads at its start; Terraform only grants them.
  runtime_parameters_path = "/${var.app_name}/runtime"
}

locals {
  # What a person has to pass again for the same stack; the other variables are better kept in a tfvars file.
  instructions_vars = join(" ", [
    "-var=aws_region=${var.aws_region}",
    "-var=app_name=${var.app_name}",
    "-var=image_identifier=${var.image_identifier}",
    "-var=model_provider=${var.model_provider}",
    "-var=model_name=${var.model_name}",
  ])
}
