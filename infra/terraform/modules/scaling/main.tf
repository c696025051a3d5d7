resource "aws_appautoscaling_target" "api" {
  service_namespace  = "ecs"
  resource_id        = "service/${var.cluster}/${var.services.api}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.api.min
  max_capacity       = var.api.max
}

resource "aws_appautoscaling_target" "worker" {
  service_namespace  = "ecs"
  resource_id        = "service/${var.cluster}/${var.services.worker}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.worker.min
  max_capacity       = var.worker.max
}

resource "aws_appautoscaling_policy" "api_cpu" {
  name               = "${var.name}-api-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.api.service_namespace
  resource_id        = aws_appautoscaling_target.api.resource_id
  scalable_dimension = aws_appautoscaling_target.api.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_in_cooldown  = 300
    scale_out_cooldown = 60
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# An open stream costs memory and descriptors, hardly any CPU.
resource "aws_appautoscaling_policy" "api_streams" {
  name               = "${var.name}-api-streams"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.api.service_namespace
  resource_id        = aws_appautoscaling_target.api.resource_id
  scalable_dimension = aws_appautoscaling_target.api.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.api.streams
    scale_in_cooldown  = 600
    scale_out_cooldown = 60
    customized_metric_specification {
      namespace   = var.name
      metric_name = "vidferry_sse_streams"
      statistic   = "Average"
    }
  }
}

# Jobs that wait for each running worker. Every process publishes what the database says, so the maximum is the number.
resource "aws_appautoscaling_policy" "worker_backlog" {
  name               = "${var.name}-worker-backlog"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.worker.service_namespace
  resource_id        = aws_appautoscaling_target.worker.resource_id
  scalable_dimension = aws_appautoscaling_target.worker.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.worker.waiting
    scale_in_cooldown  = 300
    scale_out_cooldown = 60

    customized_metric_specification {
      metrics {
        id          = "backlog"
        label       = "Jobs that wait for each worker"
        expression  = "(${join(" + ", [for lane in var.lanes : "FILL(${lane}, 0)"])}) / IF(workers > 0, workers, 1)"
        return_data = true
      }

      dynamic "metrics" {
        for_each = toset(var.lanes)
        content {
          id          = metrics.value
          return_data = false
          metric_stat {
            stat = "Maximum"
            metric {
              namespace   = var.name
              metric_name = "vidferry_queue_depth"
              dimensions {
                name  = "lane"
                value = metrics.value
              }
            }
          }
        }
      }

      metrics {
        id          = "workers"
        return_data = false
        metric_stat {
          stat = "Average"
          metric {
            namespace   = "ECS/ContainerInsights"
            metric_name = "RunningTaskCount"
            dimensions {
              name  = "ClusterName"
              value = var.cluster
            }
            dimensions {
              name  = "ServiceName"
              value = var.services.worker
            }
          }
        }
      }
    }
  }
}

# Few long jobs keep the backlog short and still make others wait: the age of the oldest adds workers, and never takes one away.
resource "aws_appautoscaling_policy" "worker_age" {
  name               = "${var.name}-worker-age"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.worker.service_namespace
  resource_id        = aws_appautoscaling_target.worker.resource_id
  scalable_dimension = aws_appautoscaling_target.worker.scalable_dimension

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    metric_aggregation_type = "Maximum"
    cooldown                = 90

    step_adjustment {
      metric_interval_lower_bound = 0
      metric_interval_upper_bound = var.oldest_age_seconds * 4
      scaling_adjustment          = 1
    }
    step_adjustment {
      metric_interval_lower_bound = var.oldest_age_seconds * 4
      scaling_adjustment          = 3
    }
  }
}

# Low jobs may wait: that is what the lane is for.
resource "aws_cloudwatch_metric_alarm" "worker_age" {
  alarm_name          = "${var.name}-scale-workers-by-age"
  alarm_description   = "The oldest job waits too long: one more worker, or three. Nothing to do."
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  threshold           = var.oldest_age_seconds
  # No data means that nobody publishes, which another alarm tells; more workers would not help.
  treat_missing_data = "notBreaching"
  alarm_actions      = [aws_appautoscaling_policy.worker_age.arn]

  metric_query {
    id          = "oldest"
    label       = "Seconds that the oldest job has waited"
    expression  = "MAX([${join(", ", [for lane in local.pressing : "FILL(${lane}, 0)"])}])"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = toset(local.pressing)
    content {
      id = metric_query.value
      metric {
        namespace   = var.name
        metric_name = "vidferry_queue_oldest_age_seconds"
        period      = 60
        stat        = "Maximum"
        dimensions  = { lane = metric_query.value }
      }
    }
  }
}

locals {
  pressing = [for lane in var.lanes : lane if lane != "low"]
}
