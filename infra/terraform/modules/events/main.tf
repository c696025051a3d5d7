# Job events for integrators: a webhook of Vidferry leads to this address, the topic spreads what comes, and the queue keeps it for
# two weeks for who reads it. No code of ours runs in between: the gateway hands the body and the webhook's headers on as they are,
# and a reader checks `webhook-signature` with any Standard Webhooks library before it believes a message.

data "aws_region" "current" {}

locals {
  region = data.aws_region.current.name
  # Headers of a delivery that a reader needs, beside the type that filters choose by.
  headers = ["webhook-id", "webhook-timestamp", "webhook-signature"]
}

resource "aws_sns_topic" "events" {
  name              = "${var.name}-events"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sqs_queue" "events" {
  name                       = "${var.name}-events"
  message_retention_seconds  = 1209600
  visibility_timeout_seconds = 60
  kms_master_key_id          = var.kms_key_arn
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.undelivered.arn, maxReceiveCount = 5 })
}

resource "aws_sqs_queue" "undelivered" {
  name                      = "${var.name}-events-undelivered"
  message_retention_seconds = 1209600
  kms_master_key_id         = var.kms_key_arn
}

data "aws_iam_policy_document" "queue" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.events.arn]
    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_sns_topic.events.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy    = data.aws_iam_policy_document.queue.json
}

resource "aws_sns_topic_subscription" "queue" {
  topic_arn           = aws_sns_topic.events.arn
  protocol            = "sqs"
  endpoint            = aws_sqs_queue.events.arn
  filter_policy       = jsonencode({ type = var.event_types })
  filter_policy_scope = "MessageBody"
  redrive_policy      = jsonencode({ deadLetterTargetArn = aws_sqs_queue.undelivered.arn })
  # The body of the message is the body of the webhook, and the headers are its attributes.
  raw_message_delivery = true
}
