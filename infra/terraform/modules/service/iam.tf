# Who may do what. `execution` starts tasks (images, secrets, logs); `api` and `worker` are what the programs themselves are.

data "aws_iam_policy_document" "tasks_assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(var.secrets)
  }
  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for group in aws_cloudwatch_log_group.this : "${group.arn}:*"]
  }
  statement {
    # checkov:skip=CKV_AWS_356:AWS has no narrower form of this action.
    sid       = "SignInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    sid       = "Images"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["arn:aws:ecr:${local.region}:${local.account}:repository/*"]
  }
}

data "aws_iam_policy_document" "task" {
  for_each = toset(["api", "worker"])

  statement {
    sid       = "Files"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = ["${var.storage.bucket_arn}/${var.storage.prefix}/*"]
  }
  statement {
    # Whoever may not list is told 403 of an object that is not there. Such a question names no prefix.
    sid       = "ListFiles"
    actions   = ["s3:ListBucket"]
    resources = [var.storage.bucket_arn]
    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["${var.storage.prefix}/*", var.storage.prefix]
    }
  }
  statement {
    # It takes no condition on the prefix.
    sid       = "ListUploads"
    actions   = ["s3:ListBucketMultipartUploads"]
    resources = [var.storage.bucket_arn]
  }
  statement {
    sid       = "FilesAreEncrypted"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }
  statement {
    sid       = "MetricsAsLogLines"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.metrics.arn}:*"]
  }

  dynamic "statement" {
    for_each = var.tracing ? [1] : []
    content {
      # checkov:skip=CKV_AWS_356:X-Ray has no resources to name.
      # checkov:skip=CKV_AWS_111:X-Ray has no resources to name.
      sid       = "Traces"
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.queue[*]
    content {
      sid       = "Hints"
      actions   = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
      resources = statement.value.arns
    }
  }

  # A worker keeps scale-in away from itself while it runs jobs.
  dynamic "statement" {
    for_each = each.value == "worker" ? [1] : []
    content {
      sid       = "Protection"
      actions   = ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"]
      resources = ["arn:aws:ecs:${local.region}:${local.account}:task/${var.name}/*"]
    }
  }

  dynamic "statement" {
    for_each = var.shell ? [1] : []
    content {
      # checkov:skip=CKV_AWS_356:These channels have no resources to name.
      # checkov:skip=CKV_AWS_111:These channels have no resources to name.
      sid       = "Shell"
      actions   = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = data.aws_iam_policy_document.tasks_assume.json
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-tasks"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role" "task" {
  for_each           = data.aws_iam_policy_document.task
  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.tasks_assume.json
}

resource "aws_iam_role_policy" "task" {
  for_each = data.aws_iam_policy_document.task
  name     = "run"
  role     = aws_iam_role.task[each.key].id
  policy   = each.value.json
}

# Migrations and the proxy need nothing of AWS.
resource "aws_iam_role" "nothing" {
  name               = "${var.name}-nothing"
  assume_role_policy = data.aws_iam_policy_document.tasks_assume.json
}
