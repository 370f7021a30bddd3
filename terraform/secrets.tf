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
}
