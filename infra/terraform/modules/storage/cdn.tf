# CloudFront in front of the bucket: only links that Vidferry signed open (CDN_URL, CDN_KEY_PAIR_ID, CDN_PRIVATE_KEY), and only
# CloudFront reads the bucket.

locals {
  cdn = var.cdn_public_key == "" ? 0 : 1
}

resource "aws_cloudfront_public_key" "this" {
  count       = local.cdn
  name_prefix = "${var.name}-"
  encoded_key = var.cdn_public_key

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudfront_key_group" "this" {
  count = local.cdn
  name  = var.name
  items = [aws_cloudfront_public_key.this[0].id]
}

resource "aws_cloudfront_origin_access_control" "this" {
  count                             = local.cdn
  name                              = var.name
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# The name and type of a file are parameters of its link, and S3 answers with them.
resource "aws_cloudfront_cache_policy" "this" {
  count       = local.cdn
  name        = var.name
  min_ttl     = 0
  default_ttl = 86400
  max_ttl     = 604800

  parameters_in_cache_key_and_forwarded_to_origin {
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "whitelist"
      query_strings {
        items = ["response-content-disposition", "response-content-type"]
      }
    }
  }
}

resource "aws_cloudfront_response_headers_policy" "this" {
  # checkov:skip=CKV_AWS_259:The host is CloudFront's own and has no subdomains of ours.
  count = local.cdn
  name  = var.name

  security_headers_config {
    content_type_options {
      override = true
    }
    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }

  dynamic "cors_config" {
    for_each = length(var.cors_origins) > 0 ? [1] : []
    content {
      access_control_allow_credentials = false
      origin_override                  = true
      access_control_allow_headers {
        items = ["Range"]
      }
      access_control_allow_methods {
        items = ["GET", "HEAD"]
      }
      access_control_allow_origins {
        items = var.cors_origins
      }
      access_control_expose_headers {
        items = ["Content-Disposition", "Content-Length", "Content-Range", "ETag"]
      }
    }
  }
}

resource "aws_cloudfront_distribution" "this" {
  # checkov:skip=CKV_AWS_68:Nothing opens without a signature; there is no application behind it to shield.
  # checkov:skip=CKV2_AWS_47:The same.
  # checkov:skip=CKV_AWS_86:Its logs would hold signed links.
  # checkov:skip=CKV_AWS_305:There is no page to show at the root.
  # checkov:skip=CKV_AWS_310:One bucket is all there is.
  # checkov:skip=CKV_AWS_374:Whom a file is for is the operator's decision.
  # checkov:skip=CKV_AWS_174:CloudFront's own certificate fixes the TLS version; the default policy of clients is TLS 1.2 and newer.
  # checkov:skip=CKV2_AWS_42:The address is only ever part of a signed link.
  count           = local.cdn
  enabled         = true
  is_ipv6_enabled = true
  comment         = var.name
  price_class     = var.cdn_price_class
  http_version    = "http2and3"

  origin {
    origin_id                = "files"
    domain_name              = aws_s3_bucket.this.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this[0].id
  }

  default_cache_behavior {
    target_origin_id           = "files"
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    viewer_protocol_policy     = "https-only"
    compress                   = false
    cache_policy_id            = aws_cloudfront_cache_policy.this[0].id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this[0].id
    trusted_key_groups         = [aws_cloudfront_key_group.this[0].id]
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}
