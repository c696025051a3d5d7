output "cluster" {
  description = "Name of the cluster."
  value       = aws_ecs_cluster.this.name
}

output "services" {
  description = "Names of the services, by role."
  value       = { api = aws_ecs_service.api.name, worker = aws_ecs_service.worker.name }
}

output "load_balancer" {
  description = "Where the domain has to lead, and what metrics are found under."
  value = {
    dns_name            = aws_lb.this.dns_name
    zone_id             = aws_lb.this.zone_id
    arn_suffix          = aws_lb.this.arn_suffix
    target_group_suffix = aws_lb_target_group.api.arn_suffix
  }
}

output "deployment" {
  description = "What infra/aws/deploy needs, as JSON in its variable DEPLOYMENT."
  value = {
    cluster        = aws_ecs_cluster.this.name
    families       = { api = aws_ecs_task_definition.api.family, worker = aws_ecs_task_definition.worker.family, migrate = aws_ecs_task_definition.migrate.family }
    services       = { api = aws_ecs_service.api.name, worker = aws_ecs_service.worker.name }
    subnets        = local.subnets
    security_group = var.network.security_groups["api"]
    public         = var.public_tasks
  }
}
