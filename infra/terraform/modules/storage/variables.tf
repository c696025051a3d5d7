variable "name" {
  description = "Begins the name of everything, for example vidferry-prod."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket; it must be free in all of AWS."
  type        = string
}

variable "prefix" {
  description = "Where in the bucket; with no slash at its ends."
  type        = string
  default     = "vidferry"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9/_-]*[a-z0-9]$", var.prefix))
    error_message = "Expected a path of small letters, digits, hyphens and underscores, with no slash at its ends."
  }
}

variable "kms_key_arn" {
  description = "Key that files are encrypted with."
  type        = string
}

variable "undelete_days" {
  description = "How long a deleted file can be had back: as long as backups of the database go back, a restored database finds its files."
  type        = number
  default     = 14
}

variable "expire_days" {
  description = "Files older than this are deleted whatever the database says; null: RETENTION_SECONDS alone decides. Longer than that, if set."
  type        = number
  default     = null
}

variable "keep" {
  description = "A bucket with files in it is not deleted."
  type        = bool
  default     = true
}

variable "cors_origins" {
  description = "Pages that fetch files with scripts."
  type        = list(string)
  default     = []
}

variable "cdn_public_key" {
  description = "PEM of the key whose private half signs links; empty: no CloudFront, links go to S3."
  type        = string
  default     = ""
}

variable "cdn_price_class" {
  description = "PriceClass_100 (Europe, North America), PriceClass_200 or PriceClass_All."
  type        = string
  default     = "PriceClass_100"
}
