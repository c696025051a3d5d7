output "deployment" {
  description = "What infra/aws/deploy needs."
  value       = module.vidferry.deployment
}
