mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name        = "vidferry-test"
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "readers_get_body_and_signature_as_they_came" {
  assert {
    condition     = aws_sns_topic_subscription.queue.raw_message_delivery
    error_message = "expected the body without an envelope: it is what was signed"
  }
  assert {
    condition     = alltrue([for header in local.headers : strcontains(aws_api_gateway_integration.sns.request_templates["application/json"], "Name=${header}")])
    error_message = "expected every header that a reader checks"
  }
  assert {
    condition     = alltrue([for required in values(aws_api_gateway_method.post.request_parameters) : required])
    error_message = "expected a webhook without a signature to be refused"
  }
}

run "what_cannot_be_delivered_is_kept" {
  assert {
    condition     = jsondecode(aws_sqs_queue.events.redrive_policy).maxReceiveCount == 5 && aws_sqs_queue.undelivered.message_retention_seconds == 1209600
    error_message = "expected a dead letter queue of two weeks"
  }
}
