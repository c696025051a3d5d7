output "url" {
  description = "STORAGE_URL."
  value       = "s3://${aws_s3_bucket.this.bucket}/${var.prefix}?region=${aws_s3_bucket.this.region}"
}

output "bucket_arn" {
  description = "The bucket."
  value       = aws_s3_bucket.this.arn
}

output "prefix" {
  description = "Where in the bucket."
  value       = var.prefix
}

output "cdn" {
  description = "CDN_URL and CDN_KEY_PAIR_ID; null without CloudFront."
  value = local.cdn == 0 ? null : {
    url         = "https://${aws_cloudfront_distribution.this[0].domain_name}"
    key_pair_id = aws_cloudfront_public_key.this[0].id
  }
}
