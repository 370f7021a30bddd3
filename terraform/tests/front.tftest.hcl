# What may stand in front of the function, as a plan or an apply with made-up answers shows it.

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

# ------------------------------------------------------------------------------------------------ CloudFront

run "without_options_the_api_alone_is_in_front" {
  command = apply

  assert {
    condition = (
      length(aws_cloudfront_distribution.page) == 0
      && length(terraform_data.origin_secret) == 0
      && length(aws_lambda_function_url.live) == 0
      && length(aws_apigatewayv2_api.http) == 1
    )
    error_message = "Every option is off until somebody asks for it."
  }

  assert {
    condition     = output.app_url == output.api_gateway_url
    error_message = "Users reach the API's own address."
  }
}

run "cloudfront_keeps_what_has_a_hash_in_its_name_and_nothing_else" {
  command = apply
  variables {
    cloudfront = true
  }

  assert {
    condition = [for kept in aws_cloudfront_distribution.page[0].ordered_cache_behavior : [kept.path_pattern, kept.cache_policy_id, kept.compress]] == [
      ["/static/*", "658327ea-f89d-4fab-a63d-7e88639e58f6", true],
    ]
    error_message = "The page's files are cached, by the managed policy CachingOptimized."
  }

  assert {
    condition = (
      one(aws_cloudfront_distribution.page[0].default_cache_behavior).cache_policy_id == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
      && one(aws_cloudfront_distribution.page[0].default_cache_behavior).origin_request_policy_id == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
      && contains(one(aws_cloudfront_distribution.page[0].default_cache_behavior).allowed_methods, "PUT")
    )
    error_message = "All else is a reader's own: CachingDisabled, and every header but Host (AllViewerExceptHostHeader)."
  }

  assert {
    condition = (
      aws_cloudfront_distribution.page[0].http_version == "http2and3"
      && aws_cloudfront_distribution.page[0].price_class == "PriceClass_100"
      && one(aws_cloudfront_distribution.page[0].default_cache_behavior).viewer_protocol_policy == "redirect-to-https"
    )
    error_message = "HTTP/2 and 3, the places that readers are in, TLS only."
  }

  assert {
    condition     = { for kept in aws_cloudfront_distribution.page[0].custom_error_response : kept.error_code => kept.error_caching_min_ttl } == { for status in [404, 414, 500, 501, 502, 503, 504] : status => 0 }
    error_message = "A failure that one reader met is not kept for the others."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.page[0].default_cache_behavior).response_headers_policy_id == null
    error_message = "The page has its own security headers; a policy would send them twice."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.page[0].origin).domain_name == "abc123.execute-api.eu-west-3.amazonaws.com"
    error_message = "CloudFront asks the API."
  }

  assert {
    condition = (
      output.app_url == "https://d111111abcdef8.cloudfront.net"
      && output.api_gateway_url == "https://abc123.execute-api.eu-west-3.amazonaws.com"
      && aws_lambda_function.app.environment[0].variables.PUBLIC_URL_PARAMETER == aws_ssm_parameter.public_url[0].name
      && aws_ssm_parameter.public_url[0].value == output.app_url
    )
    error_message = "Users know the distribution's address, and the page reads it where Terraform writes it."
  }
}

run "the_function_takes_the_secret_that_cloudfront_sends_the_one_before_and_the_next" {
  command = apply
  variables {
    cloudfront    = true
    origin_secret = 4
  }

  assert {
    condition     = keys(terraform_data.origin_secret) == ["3", "4", "5"]
    error_message = "Three secrets are there at any time."
  }

  assert {
    condition     = one(one(aws_cloudfront_distribution.page[0].origin).custom_header).value == terraform_data.origin_secret["4"].output
    error_message = "CloudFront sends the one of the number."
  }

  assert {
    condition = toset(split(",", aws_lambda_function.app.environment[0].variables.CLOUDFRONT_SECRETS)) == toset([
      for secret in terraform_data.origin_secret : nonsensitive(sha256(secret.output))
    ])
    error_message = "The function is given the digests of all three, and no secret."
  }
}

run "the_next_secret_is_one_that_the_function_takes_already" {
  command = apply
  variables {
    cloudfront    = true
    origin_secret = 5
  }

  assert {
    condition = (
      one(one(aws_cloudfront_distribution.page[0].origin).custom_header).value == terraform_data.origin_secret["5"].output
      && keys(terraform_data.origin_secret) == ["4", "5", "6"]
    )
    error_message = "The secret that is sent now was made, and taken, before."
  }
}

# ------------------------------------------------------------------------------------------------ function URL

run "a_function_url_streams_to_cloudfront_and_to_nobody_else" {
  command = apply
  variables {
    front      = "function_url"
    cloudfront = true
  }

  assert {
    condition = (
      aws_lambda_function_url.live[0].authorization_type == "AWS_IAM"
      && aws_lambda_function_url.live[0].invoke_mode == "RESPONSE_STREAM"
      && aws_lambda_function_url.live[0].qualifier == "live"
    )
    error_message = "The URL is the alias's, streams, and asks who is there."
  }

  assert {
    condition = { for permission in aws_lambda_permission.cloudfront : permission.action => [permission.principal, permission.source_arn, permission.qualifier] } == {
      "lambda:InvokeFunctionUrl" = ["cloudfront.amazonaws.com", "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE", "live"]
      "lambda:InvokeFunction"    = ["cloudfront.amazonaws.com", "arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE", "live"]
    }
    error_message = "Both actions, for this distribution alone."
  }

  assert {
    condition = (
      aws_cloudfront_origin_access_control.function[0].signing_behavior == "always"
      && aws_cloudfront_origin_access_control.function[0].origin_access_control_origin_type == "lambda"
      && one(aws_cloudfront_distribution.page[0].origin).origin_access_control_id == aws_cloudfront_origin_access_control.function[0].id
      && one(aws_cloudfront_distribution.page[0].origin).domain_name == "abcdefghij.lambda-url.eu-west-3.on.aws"
    )
    error_message = "CloudFront signs every request to the URL."
  }

  assert {
    condition     = length(aws_apigatewayv2_api.http) + length(aws_lambda_permission.api) + length(terraform_data.origin_secret) == 0 && output.api_gateway_url == null
    error_message = "One front, never two; a signature needs no secret."
  }

  assert {
    condition = (
      aws_lambda_function.app.environment[0].variables.AWS_LWA_INVOKE_MODE == "response_stream"
      && aws_lambda_function.app.environment[0].variables.CLOUDFRONT == "signature"
    )
    error_message = "The adapter streams, and the page knows what stands in front of it."
  }
}

run "an_address_that_is_known_beforehand_is_told_beforehand" {
  command = plan
  variables {
    front      = "function_url"
    cloudfront = true
    public_url = "https://page.chu.example"
  }

  assert {
    condition = (
      aws_lambda_function.app.environment[0].variables.PUBLIC_URL == "https://page.chu.example"
      && !contains(keys(aws_lambda_function.app.environment[0].variables), "PUBLIC_URL_PARAMETER")
    )
    error_message = "A change of it is a new version: the parameter is read once in an instance's life."
  }
}

run "an_address_that_is_not_the_pages_own_name_is_warned_of" {
  command = plan
  variables {
    domain_name    = "page.chu.example"
    hosted_zone_id = "Z0123456789ABC"
    public_url     = "https://other.chu.example"
  }
  expect_failures = [check.address]
}

run "an_address_that_is_the_pages_own_name_is_not_warned_of" {
  command = plan
  variables {
    domain_name    = "page.chu.example"
    hosted_zone_id = "Z0123456789ABC"
    public_url     = "https://page.chu.example"
  }
}

# ------------------------------------------------------------------------------------------------ firewall

run "the_firewall_stops_what_aws_knows_and_who_asks_too_much" {
  command = apply
  variables {
    cloudfront             = true
    waf                    = true
    waf_requests_per_5_min = 3000
  }

  assert {
    condition     = aws_wafv2_web_acl.page[0].scope == "CLOUDFRONT" && aws_cloudfront_distribution.page[0].web_acl_id == aws_wafv2_web_acl.page[0].arn
    error_message = "The distribution asks the firewall first."
  }

  assert {
    condition = { for rule in aws_wafv2_web_acl.page[0].rule : rule.priority => rule.name } == {
      0 = "AWSManagedRulesAmazonIpReputationList"
      1 = "one-address"
      2 = "AWSManagedRulesCommonRuleSet"
      3 = "AWSManagedRulesKnownBadInputsRuleSet"
    }
    error_message = "Known addresses first, then how much, then what."
  }

  assert {
    condition     = one([for rule in aws_wafv2_web_acl.page[0].rule : one(one(rule.statement).rate_based_statement).limit if rule.name == "one-address"]) == 3000
    error_message = "An address may ask as often as the variable says."
  }

  assert {
    condition = alltrue([
      for rule in aws_wafv2_web_acl.page[0].rule : length(setsubtract(
        ["SizeRestrictions_BODY", "SizeRestrictions_QUERYSTRING"],
        one(one(rule.statement).managed_rule_group_statement).rule_action_override[*].name,
      )) == 0 if rule.name == "AWSManagedRulesCommonRuleSet"
    ])
    error_message = "A report is longer than 8 KB, and what a sign-in brings back than 2 KB: that is counted, and not stopped."
  }

  assert {
    condition     = !anytrue([for rule in aws_wafv2_web_acl.page[0].rule : one(rule.visibility_config).sampled_requests_enabled])
    error_message = "No sample of a request is kept: it would show a reader's cookies."
  }
}

# ------------------------------------------------------------------------------------------------ domain

run "a_name_at_the_api_closes_the_apis_own_address" {
  command = apply
  variables {
    domain_name    = "page.chu.example"
    hosted_zone_id = "Z0123456789ABC"
  }

  assert {
    condition     = aws_apigatewayv2_api.http[0].disable_execute_api_endpoint && aws_apigatewayv2_api_mapping.page[0].domain_name == aws_apigatewayv2_domain_name.page[0].id
    error_message = "The name leads to the API, and nothing else does."
  }

  assert {
    condition = (
      one(aws_apigatewayv2_domain_name.page[0].domain_name_configuration).certificate_arn == aws_acm_certificate_validation.api[0].certificate_arn
      && one(aws_apigatewayv2_domain_name.page[0].domain_name_configuration).security_policy == "TLS_1_2"
      && length(aws_acm_certificate.cloudfront) == 0
    )
    error_message = "The certificate is made, and proven, in the API's region."
  }

  assert {
    condition     = keys(aws_route53_record.page) == ["A"] && output.app_url == "https://page.chu.example" && aws_lambda_function.app.environment[0].variables.PUBLIC_URL == "https://page.chu.example"
    error_message = "Users, and the sign-in, know the name."
  }
}

run "a_name_at_cloudfront_leaves_the_api_to_cloudfront" {
  command = apply
  variables {
    cloudfront     = true
    domain_name    = "page.chu.example"
    hosted_zone_id = "Z0123456789ABC"
  }

  assert {
    condition = (
      !aws_apigatewayv2_api.http[0].disable_execute_api_endpoint
      && length(aws_apigatewayv2_domain_name.page) == 0
      && aws_cloudfront_distribution.page[0].aliases == toset(["page.chu.example"])
    )
    error_message = "CloudFront has the name, and asks the API at its own address."
  }

  assert {
    condition = (
      one(aws_cloudfront_distribution.page[0].viewer_certificate).acm_certificate_arn == aws_acm_certificate_validation.cloudfront[0].certificate_arn
      && one(aws_cloudfront_distribution.page[0].viewer_certificate).minimum_protocol_version == "TLSv1.2_2021"
      && length(aws_acm_certificate.api) == 0
    )
    error_message = "The certificate is made, and proven, in us-east-1, and no old TLS is spoken."
  }

  assert {
    condition     = keys(aws_route53_record.page) == ["A", "AAAA"] && output.app_url == "https://page.chu.example"
    error_message = "The name leads to CloudFront by both protocols."
  }
}

run "a_name_that_somebody_else_looks_after_needs_a_certificate_alone" {
  command = apply
  variables {
    cloudfront      = true
    domain_name     = "page.chu.example"
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
  }

  assert {
    condition     = length(aws_route53_record.page) + length(aws_route53_record.validation) == 0 && output.domain_target == "d111111abcdef8.cloudfront.net"
    error_message = "Nothing is made in a zone; the output says where the name has to lead."
  }
}

# ------------------------------------------------------------------------------------------------ refusals

run "rejects_a_name_with_a_protocol" {
  command = plan
  variables {
    domain_name     = "https://page.chu.example"
    certificate_arn = "arn:aws:acm:eu-west-3:123456789012:certificate/1"
  }
  expect_failures = [var.domain_name]
}

run "rejects_a_name_without_zone_and_certificate" {
  command = plan
  variables {
    domain_name = "page.chu.example"
  }
  expect_failures = [var.domain_name]
}

run "rejects_a_zone_without_a_name" {
  command = plan
  variables {
    hosted_zone_id = "Z0123456789ABC"
  }
  expect_failures = [var.domain_name]
}

run "rejects_a_zone_that_is_none" {
  command = plan
  variables {
    domain_name    = "page.chu.example"
    hosted_zone_id = "chu.example"
  }
  expect_failures = [var.hosted_zone_id]
}

run "rejects_a_certificate_of_another_region_at_cloudfront" {
  command = plan
  variables {
    cloudfront      = true
    domain_name     = "page.chu.example"
    certificate_arn = "arn:aws:acm:eu-west-3:123456789012:certificate/1"
  }
  expect_failures = [var.certificate_arn]
}

run "rejects_a_certificate_of_another_region_at_the_api" {
  command = plan
  variables {
    domain_name     = "page.chu.example"
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
  }
  expect_failures = [var.certificate_arn]
}

run "rejects_a_certificate_without_a_name" {
  command = plan
  variables {
    certificate_arn = "arn:aws:acm:eu-west-3:123456789012:certificate/1"
  }
  expect_failures = [var.domain_name]
}

run "rejects_a_firewall_without_cloudfront" {
  command = plan
  variables {
    waf = true
  }
  expect_failures = [var.waf]
}

run "rejects_a_limit_that_the_firewall_does_not_know" {
  command = plan
  variables {
    waf_requests_per_5_min = 9
  }
  expect_failures = [var.waf_requests_per_5_min]
}

run "rejects_a_front_that_is_none" {
  command = plan
  variables {
    front = "load_balancer"
  }
  expect_failures = [var.front]
}

run "rejects_a_function_url_without_cloudfront" {
  command = plan
  variables {
    front = "function_url"
  }
  expect_failures = [var.front]
}

run "rejects_a_secret_without_a_number" {
  command = plan
  variables {
    origin_secret = 0
  }
  expect_failures = [var.origin_secret]
}
