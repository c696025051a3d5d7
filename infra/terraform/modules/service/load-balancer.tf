resource "aws_lb" "this" {
  # checkov:skip=CKV_AWS_91:The API writes one line a request itself; the bucket for this log is a variable.
  # checkov:skip=CKV_AWS_150:Protection against deletion is a variable, on in production.
  # checkov:skip=CKV2_AWS_76:The rules of a WAF are those of whoever brings it; there is no Java here.
  # checkov:skip=CKV2_AWS_28:A WAF is a variable; keys, limits and validation are the API's own.
  name               = var.name
  load_balancer_type = "application"
  subnets            = var.network.subnets["public"]
  security_groups    = [var.network.security_groups["load-balancer"]]

  # Longer than the 8 seconds between the comments of an event stream.
  idle_timeout = 120

  # The address that connected is put last, after whatever the client wrote; Vidferry reads from the right. An ALB passes a
  # client's `Forwarded` on: a request that has one beside X-Forwarded-For, with another address, is nobody's, and keys with
  # `allowedCidrs` do not work with it.
  xff_header_processing_mode = "append"
  # With the port it is understood as well.
  enable_xff_client_port     = false
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  enable_deletion_protection = var.keep

  dynamic "access_logs" {
    for_each = var.access_log_bucket == "" ? [] : [var.access_log_bucket]
    content {
      bucket  = access_logs.value
      prefix  = var.name
      enabled = true
    }
  }
}

resource "aws_lb_target_group" "api" {
  # checkov:skip=CKV_AWS_378:Between the load balancer and the task lies the private network; TLS ends at the load balancer.
  name        = "${var.name}-api"
  vpc_id      = var.network.vpc_id
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"

  # Event streams end at once with a hint to reconnect; transfers of files have until DRAIN_SECONDS.
  deregistration_delay = min(300, var.drain_seconds + 10)

  # 503 while a task drains, or cannot reach what it needs.
  health_check {
    path                = "/readyz"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
    matcher             = "200"
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

# Metrics are for the collector beside the task, not for the internet.
resource "aws_lb_listener_rule" "no_metrics" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 1

  condition {
    path_pattern {
      values = ["/metrics"]
    }
  }

  action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "Not here."
      status_code  = "404"
    }
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  count        = var.web_acl_arn == "" ? 0 : 1
  resource_arn = aws_lb.this.arn
  web_acl_arn  = var.web_acl_arn
}
