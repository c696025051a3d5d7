# What bin/infra --apply makes and destroys with a stand-in for AWS (moto): the same modules, with SQS in place of the cache and
# without scaling, neither of which moto knows.

locals {
  name = "vidferry-rehearsal"
}

resource "aws_route53_zone" "this" {
  # checkov:skip=CKV2_AWS_38:Nobody resolves names of a rehearsal.
  # checkov:skip=CKV2_AWS_39:Nobody resolves names of a rehearsal.
  name = "example.org"
}

resource "aws_acm_certificate" "this" {
  domain_name       = "vidferry.example.org"
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

module "secrets" {
  source        = "../modules/secrets"
  name          = local.name
  kms_key_arn   = module.vidferry.kms_key_arn
  recovery_days = 0
}

module "vidferry" {
  source            = "../modules/vidferry"
  name              = local.name
  secrets           = module.secrets.arns
  database_password = module.secrets.database_password
  domain            = "vidferry.example.org"
  zone_id           = aws_route53_zone.this.zone_id
  certificate_arn   = aws_acm_certificate.this.arn
  images            = { api = "r/api@sha256:1", worker = "r/worker@sha256:2", egress = "r/squid:1" }
  hints             = "sqs"
  events            = true
  tracing           = true
  keep              = false
}
