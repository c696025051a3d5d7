mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name   = "vidferry-test"
  images = { api = "r/api@sha256:1", worker = "r/worker@sha256:2", collector = "r/collector:1", egress = "r/squid:1" }
  network = {
    vpc_id          = "vpc-1"
    subnets         = { public = ["subnet-1", "subnet-2"], private = ["subnet-3", "subnet-4"], data = ["subnet-5", "subnet-6"] }
    public_cidrs    = ["10.40.0.0/24", "10.40.1.0/24"]
    security_groups = { load-balancer = "sg-1", api = "sg-2", worker = "sg-3", egress = "sg-4", database = "sg-5", cache = "sg-6", endpoints = "sg-7" }
  }
  domain          = "vidferry.example.org"
  certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"
  secrets = {
    DATABASE_URL    = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf"
    REDIS_URL       = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:b-AbCdEf"
    LINK_SECRET     = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:c-AbCdEf"
    SECRETS_KEY     = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:d-AbCdEf"
    CDN_PRIVATE_KEY = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:e-AbCdEf"
  }
  storage     = { url = "s3://x/vidferry?region=eu-central-1", bucket_arn = "arn:aws:s3:::x", prefix = "vidferry", cdn = { url = "https://d1.cloudfront.net", key_pair_id = "K1" } }
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "containers_have_no_rights_and_an_end_that_is_long_enough" {
  assert {
    condition = alltrue([for container in [local.api_container, local.worker_container, local.migrate_container] :
      container.readonlyRootFilesystem && container.user == "10001:10001" && container.linuxParameters.capabilities.drop == ["ALL"] && container.stopTimeout > var.drain_seconds
    ])
    error_message = "expected a root that cannot be written to, no capabilities, and longer to stop than to drain"
  }
  assert {
    condition     = !local.collector_container.essential
    error_message = "a collector that fails must stop no job"
  }
}

run "workers_know_no_secret_that_they_do_not_need" {
  assert {
    condition     = toset([for secret in local.worker_container.secrets : secret.name]) == toset(["DATABASE_URL", "REDIS_URL", "SECRETS_KEY"])
    error_message = "expected the database, the cache and the key of the egresses for workers, nothing else"
  }
  assert {
    condition     = local.worker_environment["WEBHOOK_DELIVERY"] == "off"
    error_message = "expected webhooks to be left to the API where workers have no way out"
  }
  assert {
    condition     = [for secret in local.migrate_container.secrets : secret.name] == ["DATABASE_URL"]
    error_message = "expected the database alone for migrations"
  }
}

run "a_stream_outlives_the_load_balancers_patience" {
  assert {
    condition     = aws_lb.this.idle_timeout >= 60 && aws_lb.this.xff_header_processing_mode == "append"
    error_message = "an event stream is silent for 8 seconds at most; the address that connected is read from the right"
  }
  assert {
    condition     = aws_lb_target_group.api.health_check[0].path == "/readyz"
    error_message = "expected the path that says no while a task drains"
  }
  assert {
    condition     = aws_lb_listener.http.default_action[0].redirect[0].protocol == "HTTPS"
    error_message = "expected plain HTTP to be redirected"
  }
}

run "a_bad_deployment_goes_back_by_itself" {
  assert {
    condition     = aws_ecs_service.api.deployment_circuit_breaker[0].rollback && aws_ecs_service.worker.deployment_circuit_breaker[0].rollback
    error_message = "expected circuit breakers that roll back"
  }
}

run "workers_are_on_spot_but_for_the_steady_ones" {
  variables {
    worker = { cpu = 2048, memory = 4096, disk_gib = 100, count = 3, steady = 1 }
  }
  assert {
    condition     = [for one in aws_ecs_service.worker.capacity_provider_strategy : one.base if one.capacity_provider == "FARGATE"] == [1]
    error_message = "expected one worker that is not on Spot"
  }
  assert {
    condition     = local.worker_environment.WORKER_CONCURRENCY == "4"
    error_message = "expected two downloads a vCPU"
  }
}

run "sqs_in_place_of_a_cache" {
  variables {
    queue = { url = "https://sqs.eu-central-1.amazonaws.com/111122223333/hints", arns = ["arn:aws:sqs:eu-central-1:111122223333:hints"] }
  }
  assert {
    condition     = local.worker_environment.QUEUE_URL == var.queue.url && local.api_environment.QUEUE_URL == var.queue.url
    error_message = "expected both roles to know the queue"
  }
}

run "a_drain_that_ecs_would_cut_off_is_refused" {
  command = plan
  variables {
    drain_seconds = 300
  }
  expect_failures = [var.drain_seconds]
}

run "secrets_that_are_missing_are_named" {
  command = plan
  variables {
    secrets = { DATABASE_URL = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf" }
  }
  expect_failures = [var.secrets]
}

run "a_wrong_architecture_is_refused" {
  command = plan
  variables {
    architecture = "arm64"
  }
  expect_failures = [var.architecture]
}
