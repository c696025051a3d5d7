output "address" {
  description = "Where clients reach the API."
  value       = "https://${var.domain}"
}

output "load_balancer" {
  description = "Where the domain has to lead, when it is in no zone of Route 53."
  value       = module.service.load_balancer.dns_name
}

output "deployment" {
  description = "What infra/aws/deploy needs."
  value       = module.service.deployment
}

output "events" {
  description = "The webhook's address and the queue, where events are on."
  value       = [for events in module.events : { webhook_url = events.webhook_url, topic_arn = events.topic_arn, queue_url = events.queue_url }]
}

output "alarm_topic_arn" {
  description = "Topic that alarms are told to."
  value       = module.observability.alarm_topic_arn
}

output "kms_key_arn" {
  description = "Key that everything is encrypted with."
  value       = aws_kms_key.this.arn
}
