# The whole deployment, of the modules beside this one. infra/terraform/envs has two of them.

data "aws_availability_zones" "available" {
  # checkov:skip=CKV_AWS_394:The first ones by name are taken; a new zone comes after them.
  state = "available"
}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  account        = data.aws_caller_identity.current.account_id
  region         = data.aws_region.current.name
  zones          = slice(sort(data.aws_availability_zones.available.names), 0, var.zones)
  bucket         = var.bucket != "" ? var.bucket : "${var.name}-${local.account}-${local.region}"
  certificate    = var.certificate_arn != "" ? var.certificate_arn : aws_acm_certificate_validation.this[0].certificate_arn
  recovery_days  = var.keep ? 7 : 0
  cors_origins   = compact(split(",", lookup(var.settings, "CORS_ORIGINS", "")))
  with_cache     = var.hints == "cache"
  with_sqs       = var.hints == "sqs"
  endpoints      = concat(["ecr.api", "ecr.dkr", "logs", "secretsmanager"], var.tracing ? ["xray"] : [], local.with_sqs ? ["sqs"] : [])
  cache_secret   = [for cache in module.cache : cache.url_secret_arn]
  cdn_secret     = var.cdn == null ? [] : [var.cdn.private_key_secret_arn]
  static_secrets = { DATABASE_URL = module.database.url_secret_arn, LINK_SECRET = var.secrets["link-secret"], SECRETS_KEY = var.secrets["secrets-key"] }
  secrets = merge(
    local.static_secrets,
    { for arn in local.cache_secret : "REDIS_URL" => arn },
    { for arn in local.cdn_secret : "CDN_PRIVATE_KEY" => arn },
  )
}

module "network" {
  source              = "../network"
  name                = var.name
  zones               = local.zones
  nat_gateways        = var.nat_gateways
  interface_endpoints = var.nat_gateways == 0 ? [] : local.endpoints
  egress_proxy        = var.images.egress != null
  servers             = var.servers
  kms_key_arn         = aws_kms_key.this.arn
}

module "database" {
  source            = "../database"
  name              = var.name
  subnet_ids        = module.network.subnets["data"]
  security_group_id = module.network.security_groups["database"]
  kms_key_arn       = aws_kms_key.this.arn
  password          = var.database_password
  password_version  = var.secrets_version
  instance_class    = var.database.instance_class
  storage_gib       = var.database.storage_gib
  multi_az          = var.database.multi_az
  backup_days       = var.database.backup_days
  keep              = var.keep
  recovery_days     = local.recovery_days
}

module "cache" {
  source              = "../cache"
  count               = local.with_cache ? 1 : 0
  name                = var.name
  subnet_ids          = module.network.subnets["data"]
  security_group_id   = module.network.security_groups["cache"]
  kms_key_arn         = aws_kms_key.this.arn
  password_secret_arn = var.secrets["cache-password"]
  password_version    = var.secrets_version
  node_type           = var.cache.node_type
  replicas            = var.cache.replicas
  recovery_days       = local.recovery_days
}

module "storage" {
  source          = "../storage"
  name            = var.name
  bucket          = local.bucket
  kms_key_arn     = aws_kms_key.this.arn
  undelete_days   = var.database.backup_days
  expire_days     = var.expire_days
  cors_origins    = local.cors_origins
  cdn_public_key  = var.cdn == null ? "" : var.cdn.public_key
  cdn_price_class = var.cdn == null ? "PriceClass_100" : var.cdn.price_class
  keep            = var.keep
}

module "service" {
  source          = "../service"
  name            = var.name
  images          = var.images
  network         = { vpc_id = module.network.vpc_id, subnets = module.network.subnets, public_cidrs = module.network.public_cidrs, security_groups = module.network.security_groups }
  public_tasks    = var.nat_gateways == 0
  domain          = var.domain
  certificate_arn = local.certificate
  web_acl_arn     = var.web_acl_arn
  secrets         = local.secrets
  storage         = { url = module.storage.url, bucket_arn = module.storage.bucket_arn, prefix = module.storage.prefix, cdn = module.storage.cdn }
  queue           = local.with_sqs ? { url = aws_sqs_queue.hints["normal"].url, arns = [for queue in aws_sqs_queue.hints : queue.arn] } : null
  kms_key_arn     = aws_kms_key.this.arn
  settings        = var.settings
  api             = { cpu = var.api.cpu, memory = var.api.memory, count = var.api.min }
  worker          = { cpu = var.worker.cpu, memory = var.worker.memory, disk_gib = var.worker.disk_gib, count = var.worker.min, steady = var.worker.steady }
  tracing         = var.tracing
  keep            = var.keep
}

module "scaling" {
  source   = "../scaling"
  name     = var.name
  cluster  = module.service.cluster
  services = module.service.services
  api      = { min = var.api.min, max = var.api.max, streams = 2000 }
  worker   = { min = var.worker.min, max = var.worker.max, waiting = 4 }
}

module "observability" {
  source             = "../observability"
  name               = var.name
  kms_key_arn        = aws_kms_key.this.arn
  emails             = var.alarm_emails
  cluster            = module.service.cluster
  services           = module.service.services
  load_balancer      = { arn_suffix = module.service.load_balancer.arn_suffix, target_group_suffix = module.service.load_balancer.target_group_suffix }
  database           = module.database.identifier
  storage_gib        = var.database.storage_gib
  cache_nodes        = flatten([for cache in module.cache : cache.nodes])
  dead_letter_queues = concat([for events in module.events : events.undelivered_queue], [for queue in aws_sqs_queue.hints_undelivered : queue.name])
}

module "events" {
  source      = "../events"
  count       = var.events ? 1 : 0
  name        = var.name
  kms_key_arn = aws_kms_key.this.arn
}
