mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name     = "vidferry-test"
  cluster  = "vidferry-test"
  services = { api = "api", worker = "worker" }
}

run "workers_follow_what_waits_and_for_how_long" {
  assert {
    condition     = length(one(one(aws_appautoscaling_policy.worker_backlog.target_tracking_scaling_policy_configuration).customized_metric_specification).metrics) == 5
    error_message = "expected a series for each lane, the workers and the result"
  }
  assert {
    condition     = alltrue([for step in one(aws_appautoscaling_policy.worker_age.step_scaling_policy_configuration).step_adjustment : step.scaling_adjustment > 0])
    error_message = "the age of a job must never take a worker away"
  }
  assert {
    condition     = toset([for query in aws_cloudwatch_metric_alarm.worker_age.metric_query : query.id if query.id != "oldest"]) == toset(["high", "normal"])
    error_message = "jobs of the low lane may wait"
  }
}

run "no_workers_at_all_is_refused" {
  command = plan
  variables {
    worker = { min = 0, max = 5, waiting = 4 }
  }
  expect_failures = [var.worker]
}
