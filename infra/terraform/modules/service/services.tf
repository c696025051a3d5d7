# Task definitions and services. Terraform makes new revisions; which one runs, the deploy workflow says (infra/aws/deploy), so that
# an apply never rolls anything out, or back, by itself.

resource "aws_ecs_task_definition" "api" {
  family                   = "${var.name}-api"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.api.cpu
  memory                   = var.api.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task["api"].arn
  container_definitions    = jsonencode([local.api_container, local.collector_container])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }
}

resource "aws_ecs_task_definition" "worker" {
  family                   = "${var.name}-worker"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.worker.cpu
  memory                   = var.worker.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task["worker"].arn
  container_definitions    = jsonencode([local.worker_container, local.collector_container])

  # It belongs to the image's user, because the image declares it.
  volume {
    name = "work"
  }

  ephemeral_storage {
    size_in_gib = var.worker.disk_gib
  }

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }
}

# Run once for each version, before the others.
resource "aws_ecs_task_definition" "migrate" {
  family                   = "${var.name}-migrate"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.nothing.arn
  container_definitions    = jsonencode([local.migrate_container])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }
}

resource "aws_ecs_service" "api" {
  # checkov:skip=CKV_AWS_333:Public addresses are a variable, for a deployment without NAT; nothing but the load balancer connects.
  name                              = "api"
  cluster                           = aws_ecs_cluster.this.id
  task_definition                   = aws_ecs_task_definition.api.arn
  desired_count                     = var.api.count
  launch_type                       = "FARGATE"
  propagate_tags                    = "SERVICE"
  enable_execute_command            = var.shell
  availability_zone_rebalancing     = "ENABLED"
  health_check_grace_period_seconds = 60

  network_configuration {
    subnets          = local.subnets
    security_groups  = [var.network.security_groups["api"]]
    assign_public_ip = var.public_tasks
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.api.arn
    container_name   = "api"
    container_port   = 8080
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  depends_on = [aws_lb_listener.https]

  lifecycle {
    ignore_changes = [task_definition, desired_count]
  }
}

resource "aws_ecs_service" "worker" {
  # checkov:skip=CKV_AWS_333:Public addresses are a variable, for a deployment without NAT; nobody connects to a worker.
  name                   = "worker"
  cluster                = aws_ecs_cluster.this.id
  task_definition        = aws_ecs_task_definition.worker.arn
  desired_count          = var.worker.count
  propagate_tags         = "SERVICE"
  enable_execute_command = var.shell

  # Old workers go only when new ones run; those that run jobs are protected and go when they are done.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  # A Spot task gets SIGTERM two minutes before its end, which is what a drain needs.
  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = var.worker.steady
    weight            = 0
  }
  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = 1
  }

  network_configuration {
    subnets          = local.subnets
    security_groups  = [var.network.security_groups["worker"]]
    assign_public_ip = var.public_tasks
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  depends_on = [aws_ecs_cluster_capacity_providers.this]

  lifecycle {
    ignore_changes = [task_definition, desired_count]
  }
}
