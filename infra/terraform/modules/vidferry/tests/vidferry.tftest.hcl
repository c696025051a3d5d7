mock_provider "aws" {
  source = "../../mocks"
}

variables {
  secrets = {
    database-password = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a-AbCdEf"
    cache-password    = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:b-AbCdEf"
    link-secret       = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:c-AbCdEf"
    secrets-key       = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:d-AbCdEf"
  }
  database_password = "not-in-any-state"

  name    = "vidferry-test"
  domain  = "vidferry.example.org"
  zone_id = "Z1"
  images  = { api = "r/api@sha256:1", worker = "r/worker@sha256:2", egress = "r/squid:1" }
  events  = true
  tracing = true
  cdn     = { public_key = "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n", private_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:e-AbCdEf" }
}

run "everything" {
  assert {
    condition     = output.address == "https://vidferry.example.org"
    error_message = "expected PUBLIC_URL"
  }
  assert {
    condition     = toset(keys(local.secrets)) == toset(["CDN_PRIVATE_KEY", "DATABASE_URL", "LINK_SECRET", "REDIS_URL", "SECRETS_KEY"])
    error_message = "expected the secrets of a deployment with a cache and CloudFront"
  }
  assert {
    condition     = length(output.events) == 1
    error_message = "expected events"
  }
}

run "with_sqs_there_is_no_cache" {
  variables {
    hints  = "sqs"
    cdn    = null
    events = false
  }
  assert {
    condition     = length(module.cache) == 0 && length(aws_sqs_queue.hints) == 3 && !contains(keys(local.secrets), "REDIS_URL")
    error_message = "expected the queue in place of the cache"
  }
  assert {
    condition     = contains(local.endpoints, "sqs")
    error_message = "expected tasks to reach SQS inside the network"
  }
}

run "with_the_database_alone_there_is_neither" {
  variables {
    hints = "database"
  }
  assert {
    condition     = length(module.cache) == 0 && length(aws_sqs_queue.hints) == 0 && !contains(keys(local.secrets), "REDIS_URL")
    error_message = "expected nothing but PostgreSQL"
  }
}

run "neither_zone_nor_certificate_is_refused" {
  command = plan
  variables {
    zone_id = ""
  }
  expect_failures = [var.certificate_arn]
}
