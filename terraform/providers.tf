# Credentials and endpoints come from the environment (AWS_PROFILE, AWS_ENDPOINT_URL and so on), so that the same
# files describe the stack in AWS and in the embedded account.
provider "aws" {
  region = var.aws_region

  default_tags {
    tags = {
      Application = var.app_name
      ManagedBy   = "terraform"
    }
  }
}
