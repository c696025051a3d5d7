# Who may talk with whom, in one table. On Fargate a task has one network interface for all of its containers, so a rule by user
# id (infra/egress/nftables.conf) is not to be had: the way out belongs to a task of its own, the egress proxy, and the
# worker's group opens to services and to that proxy alone.

locals {
  groups = {
    load-balancer = "Takes requests from everywhere"
    api           = "The API"
    worker        = "Workers: nobody connects to them"
    egress        = "The proxy through which workers reach the internet"
    database      = "PostgreSQL"
    cache         = "Valkey"
    endpoints     = "AWS services inside the network"
  }

  # from, to, port
  within = {
    api-from-load-balancer  = ["load-balancer", "api", 8080]
    database-from-api       = ["api", "database", 5432]
    database-from-worker    = ["worker", "database", 5432]
    cache-from-api          = ["api", "cache", 6379]
    cache-from-worker       = ["worker", "cache", 6379]
    endpoints-from-api      = ["api", "endpoints", 443]
    endpoints-from-worker   = ["worker", "endpoints", 443]
    endpoints-from-egress   = ["egress", "endpoints", 443]
    egress-proxy-for-worker = ["worker", "egress", 3128]
  }

  # The API sends webhooks, which are https.
  to_internet = merge(
    { api-https = ["api", 443], egress-http = ["egress", 80], egress-https = ["egress", 443] },
    { for name, rule in { worker-http = ["worker", 80], worker-https = ["worker", 443] } : name => rule if !var.egress_proxy },
  )
}

resource "aws_security_group" "this" {
  # checkov:skip=CKV2_AWS_5:They are attached by the modules that get them.
  for_each    = local.groups
  name        = "${var.name}-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "internet" {
  # checkov:skip=CKV_AWS_260:Port 80 is redirected to 443.
  for_each          = { http = 80, https = 443 }
  security_group_id = aws_security_group.this["load-balancer"].id
  description       = "${each.key} from everywhere"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_ingress_rule" "within" {
  for_each                     = local.within
  security_group_id            = aws_security_group.this[each.value[1]].id
  referenced_security_group_id = aws_security_group.this[each.value[0]].id
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = each.value[2]
  to_port                      = each.value[2]
}

resource "aws_vpc_security_group_egress_rule" "within" {
  for_each                     = local.within
  security_group_id            = aws_security_group.this[each.value[0]].id
  referenced_security_group_id = aws_security_group.this[each.value[1]].id
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = each.value[2]
  to_port                      = each.value[2]
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  for_each          = toset(["api", "worker", "egress"])
  security_group_id = aws_security_group.this[each.value].id
  description       = "Files and image layers"
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "servers" {
  for_each          = var.servers
  security_group_id = aws_security_group.this["worker"].id
  description       = each.key
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "internet" {
  for_each          = local.to_internet
  security_group_id = aws_security_group.this[each.value[0]].id
  description       = each.key
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value[1]
  to_port           = each.value[1]
}
