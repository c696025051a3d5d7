mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name                = "vidferry-test"
  subnet_ids          = ["subnet-1", "subnet-2"]
  security_group_id   = "sg-1"
  kms_key_arn         = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  password_secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x-AbCdEf"
}

run "nothing_is_evicted_and_everything_is_encrypted" {
  assert {
    condition     = one(aws_elasticache_parameter_group.this.parameter).value == "noeviction"
    error_message = "an evicted stream is a silent loss of hints"
  }
  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_enabled && aws_elasticache_replication_group.this.at_rest_encryption_enabled && aws_elasticache_replication_group.this.automatic_failover_enabled
    error_message = "expected TLS, encryption at rest and failover"
  }
  assert {
    condition     = output.nodes == ["vidferry-test-001", "vidferry-test-002"]
    error_message = "expected the names of both nodes"
  }
}

run "one_node_alone_has_no_failover" {
  variables {
    replicas = 0
  }
  assert {
    condition     = !aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.num_cache_clusters == 1
    error_message = "expected one node"
  }
}
