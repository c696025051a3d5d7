output "arns" {
  description = "The secrets, by name."
  value       = { for name, version in aws_secretsmanager_secret_version.made : name => version.arn }
}

output "database_password" {
  description = "For the database itself and for DATABASE_URL."
  value       = ephemeral.aws_secretsmanager_secret_version.database_password.secret_string
  ephemeral   = true
}
