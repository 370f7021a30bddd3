# How many instances there may be, and how many wait ready.

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

run "nothing_is_kept_ready_and_nothing_reserved_unless_asked" {
  command = plan

  assert {
    condition     = length(aws_lambda_provisioned_concurrency_config.live) == 0 && length(aws_lambda_function.app.snap_start) == 0 && aws_lambda_function.app.reserved_concurrent_executions == -1
    error_message = "An instance that waits costs by the hour, and a reservation is taken from other functions."
  }
}

run "instances_wait_ready_behind_the_alias_that_users_reach" {
  command = plan
  variables {
    provisioned_concurrency = 2
    reserved_concurrency    = 50
  }

  assert {
    condition     = one(aws_lambda_provisioned_concurrency_config.live[*].provisioned_concurrent_executions) == 2 && one(aws_lambda_provisioned_concurrency_config.live[*].qualifier) == "live"
    error_message = "What is kept ready must be what users reach."
  }

  assert {
    condition     = aws_lambda_function.app.reserved_concurrent_executions == 50
    error_message = "reserved_concurrency must reach the function."
  }
}

run "more_ready_instances_than_there_may_be_are_refused" {
  command = plan
  variables {
    provisioned_concurrency = 20
    reserved_concurrency    = 17
  }
  expect_failures = [var.provisioned_concurrency]
}

run "instances_of_published_versions_start_from_a_snapshot_when_asked" {
  command = plan
  variables {
    snapstart = true
  }

  assert {
    condition     = one(aws_lambda_function.app.snap_start).apply_on == "PublishedVersions" && aws_lambda_function.app.package_type == "Image"
    error_message = "snapstart must reach the function."
  }
}

run "a_snapshot_and_instances_kept_ready_exclude_each_other" {
  command = plan
  variables {
    snapstart               = true
    provisioned_concurrency = 1
  }
  expect_failures = [var.snapstart]
}

run "a_part_of_an_instance_is_refused" {
  command = plan
  variables {
    provisioned_concurrency = 0.5
  }
  expect_failures = [var.provisioned_concurrency]
}

run "a_reservation_that_runs_nothing_is_refused" {
  command = plan
  variables {
    reserved_concurrency = 0
  }
  expect_failures = [var.reserved_concurrency]
}
