mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name        = "vidferry-test"
  zones       = ["eu-central-1a", "eu-central-1b"]
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "workers_reach_the_internet_through_the_proxy_alone" {
  assert {
    condition     = !anytrue([for name, rule in aws_vpc_security_group_egress_rule.internet : startswith(name, "worker-")])
    error_message = "a rule lets workers out to the internet"
  }
  assert {
    condition     = aws_vpc_security_group_egress_rule.within["egress-proxy-for-worker"].from_port == 3128
    error_message = "workers do not reach the proxy"
  }
  assert {
    condition     = !anytrue([for name, rule in local.within : rule[1] == "worker"])
    error_message = "somebody connects to workers"
  }
}

run "without_a_proxy_workers_go_out_on_web_ports_only" {
  variables {
    egress_proxy = false
  }
  assert {
    condition     = toset([for name, rule in aws_vpc_security_group_egress_rule.internet : rule.from_port if startswith(name, "worker-")]) == toset([80, 443])
    error_message = "expected the ports 80 and 443 for workers"
  }
}

run "workers_reach_the_servers_that_are_named" {
  variables {
    servers = { transcriber = { cidr = "192.0.2.7/32", port = 8000 } }
  }
  assert {
    condition     = aws_vpc_security_group_egress_rule.servers["transcriber"].from_port == 8000
    error_message = "workers do not reach the transcriber"
  }
}

run "subnets_do_not_overlap_and_data_has_no_way_out" {
  assert {
    condition     = length(distinct(concat([for s in aws_subnet.public : s.cidr_block], [for s in aws_subnet.private : s.cidr_block], [for s in aws_subnet.data : s.cidr_block]))) == 6
    error_message = "expected six different subnets"
  }
  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.private) == 2
    error_message = "expected both private subnets to use the one gateway"
  }
}

run "no_gateway_no_route" {
  variables {
    nat_gateways        = 0
    interface_endpoints = []
  }
  assert {
    condition     = length(aws_route.private) == 0 && length(aws_vpc_endpoint.interface) == 0
    error_message = "expected neither routes nor endpoints that cost"
  }
}

run "one_zone_is_refused" {
  command = plan
  variables {
    zones = ["eu-central-1a"]
  }
  expect_failures = [var.zones]
}
