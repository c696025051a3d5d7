variable "name" {
  description = "Begins the name of everything, for example vidferry-prod."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets without a route out."
  type        = list(string)
}

variable "security_group_id" {
  description = "Group that lets the API and workers in."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that data and REDIS_URL are encrypted with."
  type        = string
}

variable "password_secret_arn" {
  description = "The secret with the password. ElastiCache takes it in clear only, so it is in the state too, which is encrypted."
  type        = string
}

variable "password_version" {
  description = "Raise it together with the secret's version."
  type        = number
  default     = 1
}

variable "node_type" {
  type        = string
  description = "Hints and the events of the last hour: some hundred megabytes."
  default     = "cache.t4g.small"
}

variable "replicas" {
  type        = number
  description = "Nodes that can take over; 0 for one node alone. Losing the cache loses no job."
  default     = 1
}

variable "recovery_days" {
  description = "How long a deleted secret can be had back; 0 deletes at once."
  type        = number
  default     = 7
}
