locals {
  makes_certificate = var.certificate_arn == "" ? 1 : 0
  in_zone           = var.zone_id == "" ? 0 : 1
}

resource "aws_acm_certificate" "this" {
  count             = local.makes_certificate
  domain_name       = var.domain
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  count           = local.makes_certificate
  zone_id         = var.zone_id
  name            = one(aws_acm_certificate.this[0].domain_validation_options).resource_record_name
  type            = one(aws_acm_certificate.this[0].domain_validation_options).resource_record_type
  records         = [one(aws_acm_certificate.this[0].domain_validation_options).resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  count                   = local.makes_certificate
  certificate_arn         = aws_acm_certificate.this[0].arn
  validation_record_fqdns = [aws_route53_record.validation[0].fqdn]
}

resource "aws_route53_record" "api" {
  count   = local.in_zone
  zone_id = var.zone_id
  name    = var.domain
  type    = "A"

  alias {
    name                   = module.service.load_balancer.dns_name
    zone_id                = module.service.load_balancer.zone_id
    evaluate_target_health = true
  }
}
