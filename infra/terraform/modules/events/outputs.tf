output "webhook_url" {
  description = "Address for a webhook of Vidferry (POST /api/v1/webhooks)."
  value       = "${aws_api_gateway_stage.v1.invoke_url}/events"
}

output "topic_arn" {
  description = "Topic with all events."
  value       = aws_sns_topic.events.arn
}

output "queue_url" {
  description = "Queue that an integrator reads."
  value       = aws_sqs_queue.events.url
}

output "undelivered_queue" {
  description = "Name of the queue with what could not be delivered."
  value       = aws_sqs_queue.undelivered.name
}
