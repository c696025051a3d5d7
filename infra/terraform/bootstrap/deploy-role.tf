# A role for each environment on GitHub. It rolls out images and nothing else: no key lies anywhere, only a job of this repository in
# that environment, which a person has let in, takes the role on.

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.oidc_provider_arn == "" ? 1 : 0
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  provider_arn = var.oidc_provider_arn != "" ? var.oidc_provider_arn : aws_iam_openid_connect_provider.github[0].arn
}

data "aws_iam_policy_document" "assume" {
  for_each = var.environments

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:${var.repository}:environment:${each.key}"]
    }
  }
}

data "aws_iam_policy_document" "deploy" {
  for_each = var.environments

  statement {
    # checkov:skip=CKV_AWS_356:AWS has no narrower form of these actions.
    # checkov:skip=CKV_AWS_111:The same.
    sid       = "Revisions"
    actions   = ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition", "ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    sid     = "Services"
    actions = ["ecs:DescribeServices", "ecs:UpdateService"]
    resources = [
      "arn:aws:ecs:${var.region}:${local.account}:service/${each.value}/api",
      "arn:aws:ecs:${var.region}:${local.account}:service/${each.value}/worker",
    ]
  }
  statement {
    sid       = "Migrate"
    actions   = ["ecs:RunTask"]
    resources = ["arn:aws:ecs:${var.region}:${local.account}:task-definition/${each.value}-migrate:*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = ["arn:aws:ecs:${var.region}:${local.account}:cluster/${each.value}"]
    }
  }
  statement {
    sid       = "Watch"
    actions   = ["ecs:DescribeTasks"]
    resources = ["arn:aws:ecs:${var.region}:${local.account}:task/${each.value}/*"]
  }
  statement {
    sid       = "Explain"
    actions   = ["ecs:ListTasks"]
    resources = ["*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = ["arn:aws:ecs:${var.region}:${local.account}:cluster/${each.value}"]
    }
  }
  statement {
    sid       = "HandRolesOn"
    actions   = ["iam:PassRole"]
    resources = [for role in ["execution", "api", "worker", "nothing"] : "arn:aws:iam::${local.account}:role/${each.value}-${role}"]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
  statement {
    sid = "Images"
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
      "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
    ]
    resources = [for name in ["vidferry-api", "vidferry-worker"] : aws_ecr_repository.this[name].arn]
  }
}

resource "aws_iam_role" "deploy" {
  for_each           = var.environments
  name               = "${each.value}-deploy"
  description        = "Taken on by the deploy workflow of ${var.repository}"
  assume_role_policy = data.aws_iam_policy_document.assume[each.key].json
}

resource "aws_iam_role_policy" "deploy" {
  for_each = var.environments
  name     = "deploy"
  role     = aws_iam_role.deploy[each.key].id
  policy   = data.aws_iam_policy_document.deploy[each.key].json
}
