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

# What CloudFront uses beside its own (firewall, certificate) must be there, wherever the stack is.
provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"

  default_tags {
    tags = {
      Application = var.app_name
      ManagedBy   = "terraform"
    }
  }
}
