# To try things in: small, without NAT and without standbys; everything can be deleted at once.
locals {
  name = "vidferry-dev"
  # Raise it to make new passwords; then deploy.
  secrets_version = 1
}

module "secrets" {
  source         = "../../modules/secrets"
  name           = local.name
  kms_key_arn    = module.vidferry.kms_key_arn
  version_number = local.secrets_version
  recovery_days  = 0
}

module "vidferry" {
  source            = "../../modules/vidferry"
  name              = local.name
  secrets           = module.secrets.arns
  database_password = module.secrets.database_password
  secrets_version   = local.secrets_version
  domain            = var.domain
  zone_id           = var.zone_id
  images            = var.images
  nat_gateways      = 0
  hints             = "cache"
  database          = { instance_class = "db.t4g.micro", storage_gib = 20, multi_az = false, backup_days = 1 }
  cache             = { node_type = "cache.t4g.micro", replicas = 0 }
  api               = { cpu = 256, memory = 512, min = 1, max = 2 }
  worker            = { cpu = 1024, memory = 2048, disk_gib = 40, min = 1, max = 2 }
  settings          = { LOG_LEVEL = "debug", RETENTION_SECONDS = "86400" }
  expire_days       = 7
  alarm_emails      = var.alarm_emails
  keep              = false
}
