# An AWS load balancer in front of the API: what matters for event streams and for who asks. The rest (listener, target group,
# certificate, networks) is as usual.
resource "aws_lb" "vidferry" {
  name               = "vidferry"
  load_balancer_type = "application"
  subnets            = var.public_subnets
  security_groups    = [var.load_balancer_group]

  # Longer than the 8 seconds between the comments of an event stream.
  idle_timeout = 120

  # The address that connected is put last, after whatever the client wrote; Vidferry reads from the right.
  xff_header_processing_mode = "append"
  # With the port it is understood as well.
  enable_xff_client_port     = false
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
}

# The load balancer has no fixed addresses: trust the subnets that it stands in, and let nothing else reach the API's port.
# TRUSTED_PROXIES=10.0.0.0/24,10.0.1.0/24      the public subnets
# PUBLIC_URL=https://vidferry.example.org
# An ALB passes a client's `Forwarded` on. A request that has one beside X-Forwarded-For, with another address, is nobody's:
# keys with `allowedCidrs` do not work with it.
resource "aws_security_group_rule" "api_from_load_balancer_only" {
  type                     = "ingress"
  from_port                = 8080
  to_port                  = 8080
  protocol                 = "tcp"
  security_group_id        = var.api_group
  source_security_group_id = var.load_balancer_group
}
