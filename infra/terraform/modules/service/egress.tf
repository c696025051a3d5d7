# The way out of workers: a proxy in tasks of its own, with public addresses, so that media costs no NAT. What it refuses is the
# same as everywhere: infra/egress/squid.conf.

resource "aws_service_discovery_private_dns_namespace" "this" {
  count       = local.proxied ? 1 : 0
  name        = "${var.name}.internal"
  description = "Where workers find the egress proxy"
  vpc         = var.network.vpc_id
}

resource "aws_service_discovery_service" "egress" {
  count = local.proxied ? 1 : 0
  name  = "egress"

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.this[0].id
    routing_policy = "MULTIVALUE"
    dns_records {
      type = "A"
      ttl  = 10
    }
  }

  lifecycle {
    # AWS sets what ECS reports health by.
    ignore_changes = [health_check_custom_config]
  }
}

resource "aws_ecs_task_definition" "egress" {
  # checkov:skip=CKV_AWS_336:Squid is told its configuration in a variable and writes it to a file; it has no rights and no secrets.
  count                    = local.proxied ? 1 : 0
  family                   = "${var.name}-egress"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.nothing.arn

  container_definitions = jsonencode([{
    name             = "egress"
    image            = var.images.egress
    essential        = true
    entryPoint       = ["sh", "-c", "printf '%s' \"$SQUID_CONFIG\" >/etc/squid/squid.conf && exec squid -N -f /etc/squid/squid.conf"]
    environment      = [{ name = "SQUID_CONFIG", value = file("${path.module}/../../../egress/squid.conf") }]
    portMappings     = [{ containerPort = 3128, protocol = "tcp" }]
    logConfiguration = local.log_options["egress"]
    stopTimeout      = 120
  }])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }
}

resource "aws_ecs_service" "egress" {
  # checkov:skip=CKV_AWS_333:It is what goes out; only workers connect to it.
  count           = local.proxied ? 1 : 0
  name            = "egress"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.egress[0].arn
  desired_count   = 2
  launch_type     = "FARGATE"
  propagate_tags  = "SERVICE"

  network_configuration {
    subnets          = var.network.subnets["public"]
    security_groups  = [var.network.security_groups["egress"]]
    assign_public_ip = true
  }

  service_registries {
    registry_arn = aws_service_discovery_service.egress[0].arn
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
}
