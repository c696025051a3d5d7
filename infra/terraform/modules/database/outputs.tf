output "url_secret_arn" {
  description = "The secret that holds DATABASE_URL."
  value       = aws_secretsmanager_secret_version.url.arn
}

output "identifier" {
  description = "What metrics of the database are found under."
  value       = aws_db_instance.this.identifier
}
