variable "name" {
  description = "Begins the name of everything, for example vidferry-prod."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that events are encrypted with; its policy lets SNS use it."
  type        = string
}

variable "event_types" {
  description = "Which events reach the queue; they are those of webhooks."
  type        = list(string)
  default     = ["job.succeeded", "job.failed", "job.canceled", "batch.finished", "schedule.failed", "egress.blocked"]
}
