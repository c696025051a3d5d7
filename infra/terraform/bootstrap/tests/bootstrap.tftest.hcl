mock_provider "aws" {
  source          = "../mocks"
  override_during = plan
}

variables {
  region       = "eu-central-1"
  state_bucket = "example-terraform-state"
  repository   = "example/vidferry"
}

run "only_a_job_in_the_environment_of_this_repository_takes_the_role_on" {
  command = plan
  assert {
    condition     = toset(flatten([for condition in data.aws_iam_policy_document.assume["prod"].statement[0].condition : condition.values if endswith(condition.variable, ":sub")])) == toset(["repo:example/vidferry:environment:prod"])
    error_message = "expected the subject of the environment alone: a branch or a pull request must not deploy"
  }
  assert {
    condition     = anytrue([for condition in data.aws_iam_policy_document.assume["prod"].statement[0].condition : endswith(condition.variable, ":aud")])
    error_message = "expected tokens that are meant for AWS"
  }
}

run "the_role_of_one_environment_reaches_no_other" {
  command = plan
  assert {
    condition     = alltrue(flatten([for statement in data.aws_iam_policy_document.deploy["dev"].statement : [for resource in statement.resources : !strcontains(resource, "vidferry-prod")]]))
    error_message = "the role of dev names something of prod"
  }
  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.deploy["dev"].statement : !anytrue([for action in statement.actions : endswith(action, "*")])])
    error_message = "expected single actions"
  }
}

run "the_state_is_kept_encrypted_and_private" {
  command = plan
  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled" && aws_s3_bucket_public_access_block.state.restrict_public_buckets
    error_message = "expected versions, and nobody else to read them"
  }
}

run "the_provider_of_the_account_is_used_where_there_is_one" {
  command = plan
  variables {
    oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
  }
  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "an account has one provider of each address"
  }
}

run "a_repository_without_its_owner_is_refused" {
  command = plan
  variables {
    repository = "vidferry"
  }
  expect_failures = [var.repository]
}
