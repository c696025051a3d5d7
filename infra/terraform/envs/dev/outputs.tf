output "address" {
  description = "Where clients reach the API."
  value       = module.vidferry.address
}

output "deployment" {
  description = "The variable DEPLOYMENT of the environment in GitHub: terraform output -json deployment"
  value       = module.vidferry.deployment
}

output "events" {
  description = "The webhook's address and the queue, where events are on."
  value       = module.vidferry.events
}
