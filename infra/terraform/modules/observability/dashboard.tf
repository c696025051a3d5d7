data "aws_region" "current" {}

locals {
  region = data.aws_region.current.name
  own    = var.name

  panels = [
    { title = "Jobs that wait", stat = "Maximum", metrics = [for lane in var.lanes : [local.own, "vidferry_queue_depth", "lane", lane]] },
    { title = "Age of the oldest, in seconds", stat = "Maximum", metrics = [for lane in var.lanes : [local.own, "vidferry_queue_oldest_age_seconds", "lane", lane]] },
    { title = "Attempts", stat = "Sum", metrics = [for outcome in ["succeeded", "failed", "retried"] : [local.own, "vidferry_job_attempts_total", "outcome", outcome]] },
    { title = "Failures that matter", stat = "Sum", metrics = [for code in ["bot_check", "rate_limited", "network_error", "disk_full", "internal_error", "worker_lost"] : [local.own, "vidferry_job_failures_total", "code", code]] },
    { title = "Jobs that wait for something else", stat = "Maximum", metrics = [for reason in ["egress", "retry", "schedule", "quota", "live", "reuse"] : [local.own, "vidferry_queue_waiting", "reason", reason]] },
    { title = "Runs of schedules", stat = "Sum", metrics = [for outcome in ["made", "refused"] : [local.own, "vidferry_schedule_runs_total", "outcome", outcome]] },
    { title = "Whether any egress is in this state", stat = "Maximum", metrics = [for state in ["cooling", "blocked"] : [local.own, "vidferry_egress_state", "state", state]] },
    { title = "Workers, and jobs they run", stat = "Average", metrics = [["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.cluster, "ServiceName", var.services.worker], [local.own, "vidferry_worker_jobs_running"]] },
    { title = "Workers' disks, in GiB", stat = "Maximum", metrics = [for used in ["EphemeralStorageUtilized", "EphemeralStorageReserved"] : ["ECS/ContainerInsights", used, "ClusterName", var.cluster, "ServiceName", var.services.worker]] },
    { title = "Requests and errors", stat = "Sum", metrics = [for name in ["RequestCount", "HTTPCode_Target_4XX_Count", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"] : ["AWS/ApplicationELB", name, "LoadBalancer", var.load_balancer.arn_suffix]] },
    { title = "Latency of the API, p50 and p99, in seconds", stat = "p99", metrics = [["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.load_balancer.arn_suffix], ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.load_balancer.arn_suffix, { stat = "p50" }]] },
    { title = "Event streams of an API task", stat = "Average", metrics = [[local.own, "vidferry_sse_streams"]] },
    { title = "Downloaded bytes", stat = "Sum", metrics = [[local.own, "vidferry_downloaded_bytes_total"]] },
    { title = "Database", stat = "Average", metrics = [for name in ["CPUUtilization", "DatabaseConnections"] : ["AWS/RDS", name, "DBInstanceIdentifier", var.database]] },
    { title = "Lost workers, refused late writes", stat = "Sum", metrics = [[local.own, "vidferry_worker_lost_total"], [local.own, "vidferry_fenced_writes_total"]] },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [for index, panel in local.panels : {
      type   = "metric"
      x      = (index % 2) * 12
      y      = floor(index / 2) * 6
      width  = 12
      height = 6
      properties = {
        title   = panel.title
        region  = local.region
        stat    = panel.stat
        period  = 60
        view    = "timeSeries"
        metrics = panel.metrics
      }
    }]
  })
}
