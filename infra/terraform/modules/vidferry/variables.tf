variable "name" {
  description = "Begins the name of everything; small letters, digits and hyphens."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "Expected 3 to 20 small letters, digits and hyphens: load balancers and caches have short names."
  }
}

variable "domain" {
  description = "Host under which clients reach the API."
  type        = string
}

variable "zone_id" {
  description = "Route 53 zone of the domain; empty: certificate_arn is given, and the domain is led to the load balancer by hand."
  type        = string
  default     = ""
}

variable "certificate_arn" {
  description = "Certificate of the domain in this region; empty: one is made in the zone."
  type        = string
  default     = ""

  validation {
    condition     = var.certificate_arn != "" || var.zone_id != ""
    error_message = "Expected zone_id or certificate_arn: without either there is no TLS."
  }
}

variable "images" {
  description = "Images of the first deployment; egress: null lets workers out by themselves."
  type = object({
    api    = string
    worker = string
    # renovate: datasource=docker depName=public.ecr.aws/aws-observability/aws-otel-collector
    collector = optional(string, "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3")
    egress    = optional(string)
  })
}

variable "zones" {
  description = "How many availability zones."
  type        = number
  default     = 2
}

variable "nat_gateways" {
  description = "0: tasks have public addresses."
  type        = number
  default     = 1
}

variable "database" {
  description = "Size of the database."
  type = object({
    instance_class = optional(string, "db.t4g.medium")
    storage_gib    = optional(number, 50)
    multi_az       = optional(bool, true)
    backup_days    = optional(number, 14)
  })
  default = {}
}

variable "hints" {
  description = "What carries hints to workers: cache (ElastiCache, which carries events too), sqs, or database; with the last two PostgreSQL carries events."
  type        = string
  default     = "cache"

  validation {
    condition     = contains(["cache", "sqs", "database"], var.hints)
    error_message = "Expected cache, sqs or database."
  }
}

variable "cache" {
  description = "Size of the cache."
  type = object({
    node_type = optional(string, "cache.t4g.small")
    replicas  = optional(number, 1)
  })
  default = {}
}

variable "bucket" {
  description = "Name of the bucket for files; empty: made of the name, the account and the region."
  type        = string
  default     = ""
}

variable "expire_days" {
  description = "Files older than this are deleted whatever the database says; null: RETENTION_SECONDS alone decides."
  type        = number
  default     = null
}

variable "cdn" {
  description = "CloudFront: the PEM of its public key, and the secret with the private one. Null: links go to S3."
  type        = object({ public_key = string, private_key_secret_arn = string, price_class = optional(string, "PriceClass_100") })
  default     = null
}

variable "servers" {
  description = "Servers that workers ask without the egress proxy, by name: those of TRANSCRIBER_URL and LIBRETRANSLATE_URL, and proxies of egresses."
  type        = map(object({ cidr = string, port = number }))
  default     = {}
}

variable "settings" {
  description = "More variables of docs/configuration.md, for API and workers."
  type        = map(string)
  default     = {}
}

variable "api" {
  description = "Size and number of API tasks."
  type = object({
    cpu    = optional(number, 512)
    memory = optional(number, 1024)
    min    = optional(number, 2)
    max    = optional(number, 6)
  })
  default = {}
}

variable "worker" {
  description = "Size and number of workers; steady: how many of them are not on Spot."
  type = object({
    cpu      = optional(number, 1024)
    memory   = optional(number, 2048)
    disk_gib = optional(number, 60)
    min      = optional(number, 1)
    max      = optional(number, 10)
    steady   = optional(number, 0)
  })
  default = {}
}

variable "tracing" {
  description = "Traces go to X-Ray."
  type        = bool
  default     = false
}

variable "alarm_emails" {
  description = "Who is told of alarms."
  type        = list(string)
  default     = []
}

variable "events" {
  description = "An SNS topic and an SQS queue with job events."
  type        = bool
  default     = false
}

variable "web_acl_arn" {
  description = "A WAF for the load balancer; empty: none."
  type        = string
  default     = ""
}

variable "keep" {
  description = "Database, bucket and load balancer refuse to be deleted."
  type        = bool
  default     = true
}

variable "secrets" {
  description = "What the module secrets gives: ARNs by name."
  type        = map(string)
}

variable "database_password" {
  description = "What the module secrets gives; in no plan and no state."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "secrets_version" {
  description = "The same as that of the module secrets. Raise both to make new passwords; then deploy."
  type        = number
  default     = 1
}
