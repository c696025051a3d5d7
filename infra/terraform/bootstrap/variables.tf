variable "region" {
  description = "Region of AWS."
  type        = string
}

variable "state_bucket" {
  description = "Name of the bucket for Terraform's state; it must be free in all of AWS."
  type        = string
}

variable "repository" {
  description = "OWNER/NAME on GitHub, whose workflows deploy."
  type        = string

  validation {
    condition     = can(regex("^[\\w.-]+/[\\w.-]+$", var.repository))
    error_message = "Expected OWNER/NAME."
  }
}

variable "environments" {
  description = "Environments on GitHub, each with the name that its deployment's resources begin with."
  type        = map(string)
  default     = { dev = "vidferry-dev", prod = "vidferry-prod" }
}

variable "oidc_provider_arn" {
  description = "GitHub's OIDC provider, where the account has it already; empty: it is made."
  type        = string
  default     = ""
}
