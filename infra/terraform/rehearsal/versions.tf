terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "rehearsal"
  secret_key                  = "rehearsal"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  s3_use_path_style           = true
  # What the stand-in cannot do is refused at once instead of being tried for half an hour.
  max_retries = 1

  endpoints {
    acm              = var.endpoint
    apigateway       = var.endpoint
    cloudfront       = var.endpoint
    cloudwatch       = var.endpoint
    ec2              = var.endpoint
    ecs              = var.endpoint
    elbv2            = var.endpoint
    iam              = var.endpoint
    kms              = var.endpoint
    logs             = var.endpoint
    rds              = var.endpoint
    route53          = var.endpoint
    s3               = var.endpoint
    secretsmanager   = var.endpoint
    servicediscovery = var.endpoint
    sns              = var.endpoint
    sqs              = var.endpoint
    sts              = var.endpoint
  }
}
