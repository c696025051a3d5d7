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
  description = "Key that the storage, its backups and DATABASE_URL are encrypted with."
  type        = string
}

variable "password" {
  description = "Of the owner; in no plan and no state."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "password_version" {
  description = "Raise it together with the secret's version."
  type        = number
  default     = 1
}

variable "engine_version" {
  description = "PostgreSQL, 14 or newer; a major version takes a snapshot first and is never changed by AWS alone."
  type        = string
  default     = "17"
}

variable "instance_class" {
  type        = string
  description = "DATABASE_POOL times the number of API and worker tasks must fit into its max_connections."
  default     = "db.t4g.medium"
}

variable "storage_gib" {
  type        = number
  description = "At the beginning; it grows by itself to five times this."
  default     = 50
}

variable "multi_az" {
  type        = bool
  description = "A standby in another zone that takes over within a minute or two."
  default     = true
}

variable "backup_days" {
  type        = number
  description = "How far back a point in time can be restored."
  default     = 14

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "Expected 1 to 35 days: without backups there is nothing that a mistake could be taken back with."
  }
}

variable "keep" {
  type        = bool
  description = "Refuses to be deleted, and leaves a last snapshot when it is; false for a deployment that is thrown away."
  default     = true
}

variable "recovery_days" {
  description = "How long a deleted secret can be had back; 0 deletes at once."
  type        = number
  default     = 7
}
