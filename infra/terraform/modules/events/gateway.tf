data "aws_iam_policy_document" "gateway_assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "gateway" {
  statement {
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.events.arn]
  }
  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }
}

resource "aws_iam_role" "gateway" {
  name               = "${var.name}-events"
  assume_role_policy = data.aws_iam_policy_document.gateway_assume.json
}

resource "aws_iam_role_policy" "gateway" {
  name   = "publish"
  role   = aws_iam_role.gateway.id
  policy = data.aws_iam_policy_document.gateway.json
}

resource "aws_api_gateway_rest_api" "this" {
  # checkov:skip=CKV_AWS_237:It is replaced together with its one method.
  name        = "${var.name}-events"
  description = "Takes webhooks of Vidferry and publishes them"

  endpoint_configuration {
    types = ["REGIONAL"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_resource" "events" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_rest_api.this.root_resource_id
  path_part   = "events"
}

resource "aws_api_gateway_method" "post" {
  # checkov:skip=CKV_AWS_59:A webhook has no way to sign in; it is signed itself, and without the signature's header it is refused.
  # checkov:skip=CKV2_AWS_53:Which headers must be there is validated; the body is Vidferry's.
  rest_api_id          = aws_api_gateway_rest_api.this.id
  resource_id          = aws_api_gateway_resource.events.id
  http_method          = "POST"
  authorization        = "NONE"
  request_parameters   = { for header in local.headers : "method.request.header.${header}" => true }
  request_validator_id = aws_api_gateway_request_validator.headers.id
}

resource "aws_api_gateway_request_validator" "headers" {
  name                        = "headers"
  rest_api_id                 = aws_api_gateway_rest_api.this.id
  validate_request_parameters = true
}

resource "aws_api_gateway_integration" "sns" {
  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = aws_api_gateway_resource.events.id
  http_method             = aws_api_gateway_method.post.http_method
  type                    = "AWS"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:${local.region}:sns:path//"
  credentials             = aws_iam_role.gateway.arn
  passthrough_behavior    = "NEVER"
  request_parameters      = { "integration.request.header.Content-Type" = "'application/x-www-form-urlencoded'" }

  request_templates = {
    "application/json" = join("&", concat(
      ["Action=Publish", "TopicArn=$util.urlEncode('${aws_sns_topic.events.arn}')", "Message=$util.urlEncode($input.body)"],
      flatten([for index, header in local.headers : [
        "MessageAttributes.entry.${index + 1}.Name=${header}",
        "MessageAttributes.entry.${index + 1}.Value.DataType=String",
        "MessageAttributes.entry.${index + 1}.Value.StringValue=$util.urlEncode($input.params().header.get('${header}'))",
      ]]),
    ))
  }
}

resource "aws_api_gateway_method_response" "taken" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  resource_id = aws_api_gateway_resource.events.id
  http_method = aws_api_gateway_method.post.http_method
  status_code = "202"
}

# Anything else than a published message is not answered with 2xx, so Vidferry sends it again.
resource "aws_api_gateway_method_response" "failed" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  resource_id = aws_api_gateway_resource.events.id
  http_method = aws_api_gateway_method.post.http_method
  status_code = "502"
}

resource "aws_api_gateway_integration_response" "taken" {
  rest_api_id       = aws_api_gateway_rest_api.this.id
  resource_id       = aws_api_gateway_resource.events.id
  http_method       = aws_api_gateway_method.post.http_method
  status_code       = aws_api_gateway_method_response.taken.status_code
  selection_pattern = "200"
  depends_on        = [aws_api_gateway_integration.sns]
}

resource "aws_api_gateway_integration_response" "failed" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  resource_id = aws_api_gateway_resource.events.id
  http_method = aws_api_gateway_method.post.http_method
  status_code = aws_api_gateway_method_response.failed.status_code
  depends_on  = [aws_api_gateway_integration.sns]
}

resource "aws_api_gateway_deployment" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  triggers    = { method = sha256(jsonencode([aws_api_gateway_method.post, aws_api_gateway_integration.sns])) }

  depends_on = [aws_api_gateway_integration_response.taken, aws_api_gateway_integration_response.failed]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "v1" {
  # checkov:skip=CKV_AWS_73:Traces begin in Vidferry, whose webhooks carry traceparent.
  # checkov:skip=CKV_AWS_76:Its log would hold job events of users; metrics tell whether it works.
  # checkov:skip=CKV_AWS_120:Nothing that is posted can be cached.
  # checkov:skip=CKV2_AWS_4:The same as for its access log.
  # checkov:skip=CKV2_AWS_29:Fifty requests a second are all that it lets in.
  # checkov:skip=CKV2_AWS_51:Webhooks have no client certificates.
  rest_api_id   = aws_api_gateway_rest_api.this.id
  deployment_id = aws_api_gateway_deployment.this.id
  stage_name    = "v1"
}

resource "aws_api_gateway_method_settings" "all" {
  # checkov:skip=CKV_AWS_225:Nothing that is posted can be cached.
  # checkov:skip=CKV_AWS_308:Nothing that is posted can be cached.
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.v1.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = true
    throttling_rate_limit  = 50
    throttling_burst_limit = 100
  }
}
