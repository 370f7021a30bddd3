# What a plan refuses before it asks AWS anything: one run for each rule.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "aws" {
  alias  = "us_east_1"
  source = "./tests/mocks"
}

variables {
  image_identifier = "123456789012.dkr.ecr.eu-west-3.amazonaws.com/patient-insight:1.0"
  # A public page is warned of, and here a warning fails.
  access               = "oidc"
  oidc_metadata_url    = "https://login.example/.well-known/openid-configuration"
  oidc_client_id       = "patient-insight"
  oidc_allowed_domains = ["chu.example"]
}

run "rejects_a_region_that_is_no_code" {
  command = plan
  variables {
    aws_region       = "Paris"
    image_identifier = "127.0.0.1:5056/patient-insight:1.0"
  }
  expect_failures = [var.aws_region]
}

run "rejects_an_app_name_with_capitals" {
  command = plan
  variables {
    app_name = "Patient-Insight"
  }
  expect_failures = [var.app_name]
}

run "rejects_an_app_name_that_makes_the_name_of_the_states_bucket_too_long" {
  command = plan
  variables {
    app_name = "patient-insight-of-a-hospital-x"
  }
  expect_failures = [var.app_name]
}

run "accepts_the_longest_app_name_that_fits_the_region" {
  command = plan
  variables {
    app_name = "patient-insight-of-a-hospitals"
  }
}

run "rejects_an_app_name_that_systems_manager_keeps_for_itself" {
  command = plan
  variables {
    app_name = "aws-insight"
  }
  expect_failures = [var.app_name]
}

run "rejects_an_image_without_tag_or_digest" {
  command = plan
  variables {
    image_identifier = "123456789012.dkr.ecr.eu-west-3.amazonaws.com/patient-insight"
  }
  expect_failures = [var.image_identifier]
}

run "rejects_an_image_without_registry" {
  command = plan
  variables {
    image_identifier = "patient-insight:1.0"
  }
  expect_failures = [var.image_identifier]
}

run "rejects_an_image_with_a_short_digest" {
  command = plan
  variables {
    image_identifier = "123456789012.dkr.ecr.eu-west-3.amazonaws.com/patient-insight@sha256:abc"
  }
  expect_failures = [var.image_identifier]
}

run "rejects_an_image_of_another_region" {
  command = plan
  variables {
    image_identifier = "123456789012.dkr.ecr.us-east-1.amazonaws.com/patient-insight:1.0"
  }
  expect_failures = [var.image_identifier]
}

run "rejects_an_unknown_repository_type" {
  command = plan
  variables {
    image_repo_type = "DOCKER_HUB"
  }
  expect_failures = [var.image_repo_type]
}

run "refuses_to_run_an_image_from_the_public_gallery" {
  command = plan
  variables {
    image_identifier = "public.ecr.aws/pharmacy/patient-insight:1.0"
    image_repo_type  = "ECR_PUBLIC"
  }
  expect_failures = [aws_lambda_function.app]
}

run "recognises_the_public_gallery_by_its_address_too" {
  command = plan
  variables {
    image_identifier = "public.ecr.aws/pharmacy/patient-insight:1.0"
  }
  expect_failures = [aws_lambda_function.app]
}

run "rejects_an_unknown_model_provider" {
  command = plan
  variables {
    model_provider = "acme"
  }
  expect_failures = [var.model_provider]
}

run "rejects_a_model_name_with_a_space" {
  command = plan
  variables {
    model_name = "gpt 4o"
  }
  expect_failures = [var.model_name]
}

run "rejects_the_default_model_for_mistral" {
  command = plan
  variables {
    model_provider = "mistral"
  }
  expect_failures = [var.model_name]
}

run "rejects_a_key_among_the_engine_settings" {
  command = plan
  variables {
    engine_settings = { OPENAI_API_KEY = "sk-1" }
  }
  expect_failures = [var.engine_settings]
}

run "rejects_no_job_at_once" {
  command = plan
  variables {
    jobs_at_once = 0
  }
  expect_failures = [var.jobs_at_once]
}

run "rejects_a_live_version_that_is_no_number" {
  command = plan
  variables {
    live_version = "$LATEST"
  }
  expect_failures = [var.live_version]
}

run "rejects_too_little_memory" {
  command = plan
  variables {
    memory_size_mb = 64
  }
  expect_failures = [var.memory_size_mb]
}

run "rejects_a_timeout_above_fifteen_minutes" {
  command = plan
  variables {
    timeout_s = 901
  }
  expect_failures = [var.timeout_s]
}

run "rejects_an_unknown_architecture" {
  command = plan
  variables {
    architecture = "riscv64"
  }
  expect_failures = [var.architecture]
}

run "rejects_a_rate_limit_that_lets_nothing_through" {
  command = plan
  variables {
    api_rate_limit_rps = 0
  }
  expect_failures = [var.api_rate_limit_rps]
}

run "rejects_a_burst_limit_above_the_quota" {
  command = plan
  variables {
    api_burst_limit = 5001
  }
  expect_failures = [var.api_burst_limit]
}

run "rejects_an_origin_with_a_path" {
  command = plan
  variables {
    cors_allow_origins = ["https://pharmacy.example/page"]
  }
  expect_failures = [var.cors_allow_origins]
}

run "rejects_a_retention_that_cloudwatch_does_not_know" {
  command = plan
  variables {
    log_retention_days = 10
  }
  expect_failures = [var.log_retention_days]
}

# ------------------------------------------------------------------------------------------------ access

run "rejects_an_access_that_is_neither_public_nor_oidc" {
  command = plan
  variables {
    access = "open"
  }
  expect_failures = [var.access]
}

run "rejects_a_sign_in_without_a_provider" {
  command = plan
  variables {
    oidc_metadata_url = ""
  }
  expect_failures = [var.oidc_metadata_url]
}

run "rejects_a_provider_over_plain_http" {
  command = plan
  variables {
    oidc_metadata_url = "http://login.example/.well-known/openid-configuration"
  }
  expect_failures = [var.oidc_metadata_url]
}

run "rejects_a_sign_in_without_a_client" {
  command = plan
  variables {
    oidc_client_id = ""
  }
  expect_failures = [var.oidc_client_id]
}

run "rejects_a_sign_in_that_admits_nobody_in_particular" {
  command = plan
  variables {
    oidc_allowed_domains = []
  }
  expect_failures = [var.oidc_allowed_claims]
}

run "rejects_a_domain_with_an_at_sign" {
  command = plan
  variables {
    oidc_allowed_domains = ["@chu.example"]
  }
  expect_failures = [var.oidc_allowed_domains]
}

run "rejects_an_address_without_a_domain" {
  command = plan
  variables {
    oidc_allowed_emails = ["ada"]
  }
  expect_failures = [var.oidc_allowed_emails]
}

run "rejects_more_names_than_a_function_may_be_told" {
  command = plan
  variables {
    oidc_allowed_emails = [for number in range(200) : "person-${number}@chu.example"]
  }
  expect_failures = [var.oidc_allowed_claims]
}

run "rejects_a_claim_without_a_value" {
  command = plan
  variables {
    oidc_allowed_claims = ["groups"]
  }
  expect_failures = [var.oidc_allowed_claims]
}

run "rejects_a_login_that_never_ends" {
  command = plan
  variables {
    login_hours = 0
  }
  expect_failures = [var.login_hours]
}

run "rejects_a_public_address_with_a_path" {
  command = plan
  variables {
    public_url = "https://page.chu.example/insight"
  }
  expect_failures = [var.public_url]
}
