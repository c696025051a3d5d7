data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  region       = data.aws_region.current.name
  account      = data.aws_caller_identity.current.account_id
  proxied      = var.images.egress != null
  subnets      = var.network.subnets[var.public_tasks ? "public" : "private"]
  metrics_port = 9100

  # What both roles are told. Each name stands in docs/configuration.md, which a test checks.
  environment = merge(
    {
      AWS_REGION    = local.region
      STORAGE_URL   = var.storage.url
      PUBLIC_URL    = "https://${var.domain}"
      DRAIN_SECONDS = tostring(var.drain_seconds)
      METRICS_PORT  = tostring(local.metrics_port)
    },
    var.queue == null ? {} : { QUEUE_URL = var.queue.url },
    var.tracing ? { OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:4318" } : {},
    var.settings,
  )
}

resource "aws_ecs_cluster" "this" {
  name = var.name

  # Running tasks and the disk of workers are among its metrics.
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_338:What must last is in the audit log and the history of the database.
  for_each          = toset(concat(["api", "worker", "migrate", "collector"], local.proxied ? ["egress"] : []))
  name              = "/${var.name}/${each.value}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}
