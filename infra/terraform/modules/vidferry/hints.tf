# Hints by SQS in place of a cache: a message may come twice or late, the database decides all the same. What comes back five times
# is of no use to anybody; the database offers its job again.

resource "aws_sqs_queue" "hints" {
  count                      = local.with_cache ? 0 : 1
  name                       = "${var.name}-hints"
  message_retention_seconds  = 3600
  visibility_timeout_seconds = 60
  receive_wait_time_seconds  = 20
  kms_master_key_id          = aws_kms_key.this.arn
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.hints_undelivered[0].arn, maxReceiveCount = 5 })
}

resource "aws_sqs_queue" "hints_undelivered" {
  count                     = local.with_cache ? 0 : 1
  name                      = "${var.name}-hints-undelivered"
  message_retention_seconds = 1209600
  kms_master_key_id         = aws_kms_key.this.arn
}
