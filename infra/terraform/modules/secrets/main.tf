# Random values that nobody ever sees: AWS makes them, and neither the plan nor the state holds them.

locals {
  made = {
    database-password = "Password of the database's owner"
    cache-password    = "Password of the cache"
    link-secret       = "LINK_SECRET: signs links to files"
    secrets-key       = "SECRETS_KEY: encrypts secrets of webhooks in the database"
  }
}

ephemeral "aws_secretsmanager_random_password" "made" {
  for_each            = local.made
  password_length     = 48
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "made" {
  # checkov:skip=CKV2_AWS_57:A new value takes a deployment; version_number makes it. SECRETS_KEY must never change by itself.
  for_each                = local.made
  name                    = "${var.name}/${each.key}"
  description             = each.value
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.recovery_days
}

resource "aws_secretsmanager_secret_version" "made" {
  for_each                 = local.made
  secret_id                = aws_secretsmanager_secret.made[each.key].id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.made[each.key].random_password
  secret_string_wo_version = each.key == "secrets-key" ? 1 : var.version_number
}

# Read back, so that an apply which was interrupted goes on with the value that was stored.
ephemeral "aws_secretsmanager_secret_version" "database_password" {
  secret_id = aws_secretsmanager_secret_version.made["database-password"].secret_id
}
