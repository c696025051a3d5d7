mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name              = "vidferry-test"
  subnet_ids        = ["subnet-1", "subnet-2"]
  security_group_id = "sg-1"
  kms_key_arn       = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  password          = "not-in-any-state"
}

run "it_is_kept_encrypted_and_backed_up" {
  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.multi_az && aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && !aws_db_instance.this.publicly_accessible
    error_message = "expected an encrypted database with a standby, that nobody deletes by mistake"
  }
  assert {
    condition     = aws_db_instance.this.backup_retention_period == 14
    error_message = "expected backups of two weeks"
  }
  assert {
    condition     = aws_db_instance.this.password == null && aws_secretsmanager_secret_version.url.secret_string == null
    error_message = "the password is in the state"
  }
  assert {
    condition     = aws_db_parameter_group.this.family == "postgres17"
    error_message = "expected the parameters of the engine's major version"
  }
}

run "a_deployment_that_is_thrown_away_leaves_nothing" {
  variables {
    keep          = false
    recovery_days = 0
  }
  assert {
    condition     = aws_db_instance.this.skip_final_snapshot && !aws_db_instance.this.deletion_protection
    error_message = "expected it to be deleted at once"
  }
}

run "no_backups_are_refused" {
  command = plan
  variables {
    backup_days = 0
  }
  expect_failures = [var.backup_days]
}
