mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name               = "vidferry-test"
  kms_key_arn        = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  cluster            = "vidferry-test"
  services           = { api = "api", worker = "worker" }
  load_balancer      = { arn_suffix = "app/x/1", target_group_suffix = "targetgroup/x/1" }
  database           = "vidferry-test"
  storage_gib        = 50
  cache_nodes        = ["vidferry-test-001"]
  dead_letter_queues = ["vidferry-test-events-undelivered"]
}

run "silence_is_an_alarm_where_it_is_the_fault" {
  assert {
    condition     = toset([for name, alarm in aws_cloudwatch_metric_alarm.this : name if alarm.treat_missing_data == "breaching"]) == toset(["queue-age", "api-down", "database-storage", "database-cpu"])
    error_message = "expected what nobody publishes any more to be an alarm"
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : contains(["breaching", "notBreaching", "missing"], alarm.treat_missing_data)])
    error_message = "expected missing data to be decided for each alarm"
  }
}

run "everything_that_can_go_wrong_has_an_alarm" {
  assert {
    condition = length(setsubtract(
      ["queue-age", "failure-share", "bot-checks", "egress-blocked", "egresses-short", "schedules-refused", "worker-disk", "api-errors", "dead-letters", "cache-memory-vidferry-test-001", "undelivered-vidferry-test-events-undelivered"],
      keys(aws_cloudwatch_metric_alarm.this),
    )) == 0
    error_message = "an alarm is missing"
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : length(alarm.alarm_actions) == 1 && length(alarm.ok_actions) == 1])
    error_message = "expected to be told of the end of an alarm too"
  }
}

run "the_dashboard_is_valid_json_with_every_panel" {
  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets) == length(local.panels)
    error_message = "expected a widget for each panel"
  }
}
