output "state_bucket" {
  description = "For terraform init -backend-config=bucket=…"
  value       = aws_s3_bucket.state.bucket
}

output "deploy_roles" {
  description = "The variable AWS_ROLE of each environment in GitHub."
  value       = { for name, role in aws_iam_role.deploy : name => role.arn }
}

output "registry" {
  description = "The variable AWS_REGISTRY of each environment in GitHub."
  value       = "${local.account}.dkr.ecr.${var.region}.amazonaws.com"
}
