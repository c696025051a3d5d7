# What AWS would answer, as far as the provider checks it.

mock_data "aws_iam_policy_document" {
  defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
}
mock_data "aws_region" {
  defaults = { name = "eu-central-1" }
}
mock_data "aws_caller_identity" {
  defaults = { account_id = "111122223333" }
}
mock_data "aws_availability_zones" {
  defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
}
mock_data "aws_secretsmanager_secret_version" {
  defaults = { secret_string = "a-password-of-more-than-sixteen" }
}

mock_resource "aws_kms_key" {
  defaults = { arn = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
}
mock_resource "aws_lb" {
  defaults = {
    arn        = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/x/0123456789abcdef"
    arn_suffix = "app/x/0123456789abcdef"
  }
}
mock_resource "aws_lb_target_group" {
  defaults = {
    arn        = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/x/0123456789abcdef"
    arn_suffix = "targetgroup/x/0123456789abcdef"
  }
}
mock_resource "aws_lb_listener" {
  defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/x/0123456789abcdef/0123456789abcdef" }
}
mock_resource "aws_acm_certificate" {
  defaults = {
    arn                       = "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"
    domain_validation_options = [{ domain_name = "x", resource_record_name = "_x.example.org", resource_record_type = "CNAME", resource_record_value = "_y.example.org" }]
  }
}
mock_resource "aws_acm_certificate_validation" {
  defaults = { certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222-3333-4444-555555555555" }
}
mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::111122223333:role/x" }
}
mock_resource "aws_iam_openid_connect_provider" {
  defaults = { arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
}
mock_resource "aws_s3_bucket" {
  defaults = { arn = "arn:aws:s3:::x", region = "eu-central-1", bucket_regional_domain_name = "x.s3.eu-central-1.amazonaws.com" }
}
mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/x" }
}
mock_resource "aws_secretsmanager_secret" {
  defaults = { id = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x-AbCdEf", arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x-AbCdEf" }
}
mock_resource "aws_secretsmanager_secret_version" {
  defaults = { arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x-AbCdEf" }
}
mock_resource "aws_db_instance" {
  defaults = { address = "x.eu-central-1.rds.amazonaws.com", port = 5432 }
}
mock_resource "aws_elasticache_replication_group" {
  defaults = { primary_endpoint_address = "x.cache.amazonaws.com" }
}
mock_resource "aws_ecs_cluster" {
  defaults = { id = "arn:aws:ecs:eu-central-1:111122223333:cluster/x", arn = "arn:aws:ecs:eu-central-1:111122223333:cluster/x" }
}
mock_resource "aws_ecs_task_definition" {
  defaults = { arn = "arn:aws:ecs:eu-central-1:111122223333:task-definition/x:1" }
}
mock_resource "aws_service_discovery_service" {
  defaults = { arn = "arn:aws:servicediscovery:eu-central-1:111122223333:service/srv-x" }
}
mock_resource "aws_appautoscaling_policy" {
  defaults = { arn = "arn:aws:autoscaling:eu-central-1:111122223333:scalingPolicy:11111111-2222-3333-4444-555555555555:resource/ecs/service/x/y:policyName/z" }
}
mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:eu-central-1:111122223333:x" }
}
mock_resource "aws_sqs_queue" {
  defaults = { arn = "arn:aws:sqs:eu-central-1:111122223333:x", url = "https://sqs.eu-central-1.amazonaws.com/111122223333/x" }
}
mock_resource "aws_cloudfront_distribution" {
  defaults = { arn = "arn:aws:cloudfront::111122223333:distribution/X", domain_name = "d111111abcdef8.cloudfront.net" }
}
mock_resource "aws_ecr_repository" {
  defaults = { arn = "arn:aws:ecr:eu-central-1:111122223333:repository/x" }
}
