variable "name" {
  description = "Begins the name of every secret."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that the secrets are encrypted with."
  type        = string
}

variable "version_number" {
  description = "Raise it to make new values; running tasks take them when they are deployed again."
  type        = number
  default     = 1
}

variable "recovery_days" {
  description = "How long a deleted secret can be had back; 0 deletes at once."
  type        = number
  default     = 7
}
