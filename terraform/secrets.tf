# The keys of the language models. Terraform reads them and never creates them: `invoke rotate-key`, or a person with
# `aws ssm put-parameter`, owns their values. A key that nobody has set yet breaks neither plan nor apply, so the names
# that exist are asked for first. Not recursive: the secrets under RUNTIME_PARAMETERS_PATH must not reach the state.
data "aws_ssm_parameters_by_path" "keys" {
  path            = "/${var.app_name}"
  recursive       = false
  with_decryption = false
}

data "aws_ssm_parameter" "keys" {
  for_each = {
    for variable, name in local.key_parameters : variable => name
    if contains(data.aws_ssm_parameters_by_path.keys.names, name)
  }

  name = each.value
  # Delivered at run time, only their versions are wanted: what stands in the state then is not decrypted.
  with_decryption = var.key_delivery == "environment"
}

locals {
  # A version of its own for each published version of the function: what is written later is proven first.
  key_variables = merge(
    { for variable, parameter in data.aws_ssm_parameter.keys : variable => parameter.value if var.key_delivery == "environment" },
    { for variable, parameter in data.aws_ssm_parameter.keys : "${variable}_PARAMETER" => "${parameter.name}:${parameter.version}" if var.key_delivery == "runtime" },
  )
}
