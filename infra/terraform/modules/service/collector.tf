# The ADOT collector beside each task: it reads the metrics of its neighbour and writes them to CloudWatch as log lines (EMF), and
# takes traces for X-Ray.

locals {
  # By the dimensions that alarms and scaling ask for. Everything else of /metrics is not sent: each series costs.
  metrics = [
    { dimensions = [["lane"]], names = "^vidferry_queue_(depth|oldest_age_seconds)$" },
    { dimensions = [["code"]], names = "^vidferry_(job_failures|attempt_errors)_total$" },
    { dimensions = [["outcome"]], names = "^vidferry_(job_attempts|webhook_deliveries|schedule_runs)_total$" },
    { dimensions = [[]], names = "^vidferry_(sse_streams|worker_jobs_running|worker_lost_total|fenced_writes_total|downloaded_bytes_total|stored_bytes)$" },
    # Which one it is stands in the log line, and in GET /egresses.
    { dimensions = [["state"]], names = "^vidferry_egress_state$" },
    { dimensions = [["reason"]], names = "^vidferry_queue_waiting$" },
  ]

  exporters = merge(
    {
      awsemf = {
        namespace                        = var.name
        log_group_name                   = "/${var.name}/metrics"
        log_retention                    = 30
        dimension_rollup_option          = "NoDimensionRollup"
        resource_to_telemetry_conversion = { enabled = false }
        # The first failure of a kind is where its counter begins.
        retain_initial_value_of_delta_metric = true
        metric_declarations                  = [for one in local.metrics : { dimensions = one.dimensions, metric_name_selectors = [one.names] }]
      }
    },
    var.tracing ? { awsxray = {} } : {},
  )

  collector_config = yamlencode({
    receivers = merge(
      {
        prometheus = {
          config = {
            scrape_configs = [{
              job_name        = "vidferry"
              scrape_interval = "30s"
              static_configs  = [{ targets = ["127.0.0.1:${local.metrics_port}"] }]
            }]
          }
        }
      },
      var.tracing ? { otlp = { protocols = { http = { endpoint = "127.0.0.1:4318" } } } } : {},
    )
    processors = { batch = {}, memory_limiter = { check_interval = "5s", limit_mib = 120 } }
    exporters  = local.exporters
    service = {
      pipelines = merge(
        { metrics = { receivers = ["prometheus"], processors = ["memory_limiter", "batch"], exporters = ["awsemf"] } },
        var.tracing ? { traces = { receivers = ["otlp"], processors = ["memory_limiter", "batch"], exporters = ["awsxray"] } } : {},
      )
    }
  })
}

resource "aws_cloudwatch_log_group" "metrics" {
  # checkov:skip=CKV_AWS_338:CloudWatch keeps the metrics themselves for 15 months.
  name              = "/${var.name}/metrics"
  retention_in_days = 30
  kms_key_id        = var.kms_key_arn
}
