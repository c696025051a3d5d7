# Two zones, standbys, workers without a way out but the proxy.
locals {
  name = "vidferry-prod"
  # Raise it to make new passwords; then deploy.
  secrets_version = 1
}

module "secrets" {
  source         = "../../modules/secrets"
  name           = local.name
  kms_key_arn    = module.vidferry.kms_key_arn
  version_number = local.secrets_version
  recovery_days  = 7
}

module "vidferry" {
  source            = "../../modules/vidferry"
  name              = local.name
  secrets           = module.secrets.arns
  database_password = module.secrets.database_password
  secrets_version   = local.secrets_version
  domain            = var.domain
  zone_id           = var.zone_id
  images            = { api = var.images.api, worker = var.images.worker, egress = var.egress_image }
  zones             = 2
  nat_gateways      = 1
  hints             = "cache"
  database          = { instance_class = "db.t4g.medium", storage_gib = 50, multi_az = true, backup_days = 14 }
  cache             = { node_type = "cache.t4g.small", replicas = 1 }
  api               = { cpu = 512, memory = 1024, min = 2, max = 6 }
  worker            = { cpu = 2048, memory = 4096, disk_gib = 100, min = 2, max = 20, steady = 1 }
  settings          = { RETENTION_SECONDS = "604800" }
  cdn               = var.cdn
  tracing           = true
  alarm_emails      = var.alarm_emails
  events            = true
}
