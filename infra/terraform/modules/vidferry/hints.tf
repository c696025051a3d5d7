# Hints by SQS in place of a cache: a queue for each lane. A message may come twice or late, the database decides all the same. One
# that comes back twenty times is of no use to anybody; the database offers its job again.

locals {
  lanes = local.with_sqs ? { normal = "", high = "-high", low = "-low" } : {}
}

resource "aws_sqs_queue" "hints" {
  for_each                   = local.lanes
  name                       = "${var.name}-hints${each.value}"
  message_retention_seconds  = 345600
  visibility_timeout_seconds = 30
  receive_wait_time_seconds  = 20
  kms_master_key_id          = aws_kms_key.this.arn
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.hints_undelivered[0].arn, maxReceiveCount = 20 })
}

resource "aws_sqs_queue" "hints_undelivered" {
  count                     = local.with_sqs ? 1 : 0
  name                      = "${var.name}-hints-undelivered"
  message_retention_seconds = 1209600
  kms_master_key_id         = aws_kms_key.this.arn
}
