resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_subscription" "email" {
  for_each  = toset(var.emails)
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

# What an alarm does without data is decided for each: `breaching` where silence is the fault itself, `notBreaching` where it means
# that nothing happened, `missing` where it means that there is nothing to measure.
locals {
  alarms = merge(
    {
      queue-age = {
        what    = "A job has waited for more than ${var.oldest_age_seconds} s, or nobody says how long jobs wait"
        missing = "breaching", over = var.oldest_age_seconds, minutes = 1, times = 5
        math    = "MAX([${join(", ", var.lanes)}])"
        series  = { for lane in var.lanes : lane => ["vidferry_queue_oldest_age_seconds", "Maximum", { lane = lane }, var.name] }
      }
      failure-share = {
        what    = "More than a quarter of the attempts of the last quarter of an hour failed, and more than ten"
        missing = "notBreaching", over = 25, minutes = 15, times = 1
        math    = "IF(FILL(failed, 0) > 10, 100 * FILL(failed, 0) / (FILL(failed, 0) + FILL(succeeded, 0)), 0)"
        series = {
          failed    = ["vidferry_job_attempts_total", "Sum", { outcome = "failed" }, var.name]
          succeeded = ["vidferry_job_attempts_total", "Sum", { outcome = "succeeded" }, var.name]
        }
      }
      bot-checks = {
        what    = "Sites ask whether we are a robot: change the egress or its cookies"
        missing = "notBreaching", over = 5, minutes = 15, times = 1
        math    = ""
        series  = { bot = ["vidferry_attempt_errors_total", "Sum", { code = "bot_check" }, var.name] }
      }
      egress-blocked = {
        what    = "An egress is blocked: its jobs wait for another one, or for an operator"
        missing = "notBreaching", over = 0, minutes = 5, times = 1
        math    = ""
        series  = { blocked = ["vidferry_egress_state", "Maximum", { state = "blocked" }, var.name] }
      }
      egresses-short = {
        what    = "For an hour there have been jobs that wait for an egress"
        missing = "notBreaching", over = 0, minutes = 5, times = 12
        math    = ""
        series  = { waiting = ["vidferry_queue_waiting", "Maximum", { reason = "egress" }, var.name] }
      }
      schedules-refused = {
        what    = "More than a fifth of the schedules' runs of the last hour made nothing, and more than five"
        missing = "notBreaching", over = 20, minutes = 60, times = 1
        math    = "IF(FILL(refused, 0) > 5, 100 * FILL(refused, 0) / (FILL(refused, 0) + FILL(made, 0)), 0)"
        series = {
          refused = ["vidferry_schedule_runs_total", "Sum", { outcome = "refused" }, var.name]
          made    = ["vidferry_schedule_runs_total", "Sum", { outcome = "made" }, var.name]
        }
      }
      workers-lost = {
        what    = "Workers died while they ran jobs; jobs that do this three times become dead letters"
        missing = "notBreaching", over = 2, minutes = 15, times = 1
        math    = ""
        series  = { lost = ["vidferry_worker_lost_total", "Sum", {}, var.name] }
      }
      dead-letters = {
        what    = "A job took three workers with it and was given up (worker_lost)"
        missing = "notBreaching", over = 0, minutes = 15, times = 1
        math    = ""
        series  = { dead = ["vidferry_job_failures_total", "Sum", { code = "worker_lost" }, var.name] }
      }
      worker-disk = {
        what    = "Workers' disks are more than 85 % full: fewer jobs at once, or a larger disk"
        missing = "missing", over = 85, minutes = 5, times = 2
        math    = "100 * used / reserved"
        series = {
          used     = ["EphemeralStorageUtilized", "Maximum", { ClusterName = var.cluster, ServiceName = var.services.worker }, "ECS/ContainerInsights"]
          reserved = ["EphemeralStorageReserved", "Minimum", { ClusterName = var.cluster, ServiceName = var.services.worker }, "ECS/ContainerInsights"]
        }
      }
      api-errors = {
        what    = "More than 1 % of the answers are 5xx, and more than ten in five minutes"
        missing = "notBreaching", over = 1, minutes = 5, times = 2
        math    = "IF(FILL(errors, 0) > 10, 100 * FILL(errors, 0) / FILL(requests, 1), 0)"
        series = {
          errors   = ["HTTPCode_Target_5XX_Count", "Sum", { LoadBalancer = var.load_balancer.arn_suffix }, "AWS/ApplicationELB"]
          requests = ["RequestCount", "Sum", { LoadBalancer = var.load_balancer.arn_suffix }, "AWS/ApplicationELB"]
        }
      }
      api-unreachable = {
        what    = "The load balancer had nobody to ask, or could not reach the API"
        missing = "notBreaching", over = 5, minutes = 5, times = 1
        math    = ""
        series  = { errors = ["HTTPCode_ELB_5XX_Count", "Sum", { LoadBalancer = var.load_balancer.arn_suffix }, "AWS/ApplicationELB"] }
      }
      api-down = {
        what    = "No API task is ready"
        missing = "breaching", under = 1, minutes = 1, times = 3
        math    = ""
        series  = { healthy = ["HealthyHostCount", "Minimum", { LoadBalancer = var.load_balancer.arn_suffix, TargetGroup = var.load_balancer.target_group_suffix }, "AWS/ApplicationELB"] }
      }
      database-storage = {
        what    = "Less than a tenth of the database's storage is free"
        missing = "breaching", under = var.storage_gib * 107374182, minutes = 5, times = 3
        math    = ""
        series  = { free = ["FreeStorageSpace", "Minimum", { DBInstanceIdentifier = var.database }, "AWS/RDS"] }
      }
      database-cpu = {
        what    = "The database is busy: a larger instance, or fewer processes"
        missing = "breaching", over = 85, minutes = 5, times = 3
        math    = ""
        series  = { cpu = ["CPUUtilization", "Average", { DBInstanceIdentifier = var.database }, "AWS/RDS"] }
      }
      webhooks-failed = {
        what    = "Webhooks were given up: their receivers do not answer"
        missing = "notBreaching", over = 10, minutes = 15, times = 2
        math    = ""
        series  = { failed = ["vidferry_webhook_deliveries_total", "Sum", { outcome = "failed" }, var.name] }
      }
    },
    {
      for node in var.cache_nodes : "cache-memory-${node}" => {
        what    = "The cache is nearly full and will refuse writes: a larger node"
        missing = "missing", over = 80, minutes = 5, times = 3
        math    = ""
        series  = { used = ["DatabaseMemoryUsagePercentage", "Maximum", { CacheClusterId = node }, "AWS/ElastiCache"] }
      }
    },
    {
      for queue in var.dead_letter_queues : "undelivered-${queue}" => {
        what    = "Messages of this queue were given up"
        missing = "notBreaching", over = 0, minutes = 5, times = 1
        math    = ""
        series  = { messages = ["ApproximateNumberOfMessagesVisible", "Maximum", { QueueName = queue }, "AWS/SQS"] }
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.what}. ${var.runbook}"
  comparison_operator = can(each.value.under) ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = try(each.value.under, each.value.over)
  evaluation_periods  = each.value.times
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  dynamic "metric_query" {
    for_each = each.value.math == "" ? [] : [each.value.math]
    content {
      id          = "result"
      label       = each.key
      expression  = metric_query.value
      return_data = true
    }
  }

  dynamic "metric_query" {
    for_each = each.value.series
    content {
      id          = metric_query.key
      return_data = each.value.math == ""
      metric {
        metric_name = metric_query.value[0]
        stat        = metric_query.value[1]
        dimensions  = metric_query.value[2]
        namespace   = metric_query.value[3]
        period      = each.value.minutes * 60
      }
    }
  }
}
