output "url_secret_arn" {
  description = "The secret that holds REDIS_URL."
  value       = aws_secretsmanager_secret_version.url.arn
}

output "nodes" {
  description = "What metrics of the nodes are found under."
  value       = [for index in range(var.replicas + 1) : format("%s-%03d", var.name, index + 1)]
}
