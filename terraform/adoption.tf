# An apply that is killed may leave resources that no state knows: Terraform writes it every 20 seconds only. What the
# variable adopt names is imported into the state by the next plan, instead of created a second time. The tasks look for
# such resources (ops/adoption.py) and pass them; a resource that the state has already is left alone.

import {
  for_each = setintersection(keys(var.adopt), ["aws_iam_role.function"])
  to       = aws_iam_role.function
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_iam_role_policy.function"])
  to       = aws_iam_role_policy.function
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_cloudwatch_log_group.function"])
  to       = aws_cloudwatch_log_group.function
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_cloudwatch_log_group.api"])
  to       = aws_cloudwatch_log_group.api
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_dynamodb_table.sessions"])
  to       = aws_dynamodb_table.sessions
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_lambda_function.app"])
  to       = aws_lambda_function.app
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_lambda_alias.live"])
  to       = aws_lambda_alias.live
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_lambda_function_event_invoke_config.live"])
  to       = aws_lambda_function_event_invoke_config.live
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_lambda_permission.api"])
  to       = aws_lambda_permission.api[0]
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_apigatewayv2_api.http"])
  to       = aws_apigatewayv2_api.http[0]
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_apigatewayv2_integration.function"])
  to       = aws_apigatewayv2_integration.function[0]
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_apigatewayv2_route.default"])
  to       = aws_apigatewayv2_route.default[0]
  id       = var.adopt[each.value]
}

import {
  for_each = setintersection(keys(var.adopt), ["aws_apigatewayv2_stage.default"])
  to       = aws_apigatewayv2_stage.default[0]
  id       = var.adopt[each.value]
}
