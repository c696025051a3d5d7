mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name        = "vidferry-test"
  bucket      = "vidferry-test-files"
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "nobody_outside_reads_it" {
  assert {
    condition     = alltrue([aws_s3_bucket_public_access_block.this.block_public_acls, aws_s3_bucket_public_access_block.this.block_public_policy, aws_s3_bucket_public_access_block.this.ignore_public_acls, aws_s3_bucket_public_access_block.this.restrict_public_buckets])
    error_message = "expected all public access to be blocked"
  }
  assert {
    condition     = output.cdn == null && length(aws_cloudfront_distribution.this) == 0
    error_message = "CloudFront was not asked for"
  }
  assert {
    condition     = output.url == "s3://vidferry-test-files/vidferry?region=eu-central-1"
    error_message = "expected STORAGE_URL as Vidferry reads it"
  }
}

run "unfinished_uploads_end_and_the_mark_of_the_deployment_stays" {
  variables {
    expire_days = 30
  }
  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.id if length(rule.abort_incomplete_multipart_upload) > 0] == ["unfinished-uploads"]
    error_message = "expected unfinished uploads to be ended"
  }
  assert {
    condition     = [for rule in aws_s3_bucket_lifecycle_configuration.this.rule : rule.filter[0].prefix if rule.id == "expired"] == ["vidferry/jobs/"]
    error_message = "a rule that deletes by age must not reach .vidferry-deployment"
  }
}

run "cloudfront_opens_nothing_without_a_signature" {
  variables {
    cdn_public_key = "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n"
  }
  assert {
    condition     = length(aws_cloudfront_distribution.this[0].default_cache_behavior[0].trusted_key_groups) == 1
    error_message = "expected a trusted key group"
  }
  assert {
    condition     = aws_cloudfront_origin_access_control.this[0].signing_behavior == "always"
    error_message = "expected CloudFront to sign what it asks the bucket"
  }
  assert {
    condition     = output.cdn.url == "https://d111111abcdef8.cloudfront.net"
    error_message = "expected CDN_URL"
  }
}
