variable "name" {
  description = "Begins the name of everything, for example vidferry-prod."
  type        = string
}

variable "images" {
  description = "Of the first deployment; from then on the deploy workflow says which run. Egress: null for no proxy."
  type = object({
    api       = string
    worker    = string
    collector = string
    egress    = optional(string)
  })
}

variable "architecture" {
  description = "ARM64 costs a fifth less; X86_64 where an image has no other."
  type        = string
  default     = "ARM64"

  validation {
    condition     = contains(["ARM64", "X86_64"], var.architecture)
    error_message = "Expected ARM64 or X86_64."
  }
}

variable "network" {
  description = "What the module network gives."
  type = object({
    vpc_id          = string
    subnets         = map(list(string))
    public_cidrs    = list(string)
    security_groups = map(string)
  })
}

variable "public_tasks" {
  description = "Tasks have public addresses instead of a NAT gateway behind them; nobody can connect to them all the same."
  type        = bool
  default     = false
}

variable "domain" {
  description = "Host of PUBLIC_URL."
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of that host, in this region."
  type        = string
}

variable "web_acl_arn" {
  description = "A WAF for the load balancer; empty: none."
  type        = string
  default     = ""
}

variable "access_log_bucket" {
  description = "Bucket for the load balancer's access log; empty: none. The API writes one line a request itself."
  type        = string
  default     = ""
}

variable "secrets" {
  description = "ARNs of the secrets, by the variable that they are."
  type        = map(string)

  validation {
    condition     = length(setsubtract(["DATABASE_URL", "LINK_SECRET", "SECRETS_KEY"], keys(var.secrets))) == 0
    error_message = "Expected at least DATABASE_URL, LINK_SECRET and SECRETS_KEY."
  }
}

variable "storage" {
  description = "What the module storage gives."
  type = object({
    url        = string
    bucket_arn = string
    prefix     = string
    cdn        = optional(object({ url = string, key_pair_id = string }))
  })
}

variable "queue" {
  description = "Hints by SQS: QUEUE_URL, and the ARNs of the three queues. Null: REDIS_URL is among the secrets, or the database carries hints."
  type        = object({ url = string, arns = list(string) })
  default     = null
}

variable "kms_key_arn" {
  description = "Key that logs, secrets and files are encrypted with."
  type        = string
}

variable "settings" {
  description = "More variables of docs/configuration.md, for API and workers."
  type        = map(string)
  default     = {}
}

variable "api" {
  description = "Size and number of API tasks."
  type        = object({ cpu = number, memory = number, count = number })
  default     = { cpu = 512, memory = 1024, count = 2 }
}

variable "worker" {
  description = "Size and number of workers; two downloads a vCPU, disk for two and a half times the largest videos at once. On Spot but for `steady` of them."
  type        = object({ cpu = number, memory = number, disk_gib = number, count = number, steady = number })
  default     = { cpu = 1024, memory = 2048, disk_gib = 60, count = 1, steady = 0 }

  validation {
    condition     = var.worker.disk_gib >= 21 && var.worker.disk_gib <= 200
    error_message = "Expected a disk of 21 to 200 GiB: Fargate has no other."
  }
}

variable "drain_seconds" {
  description = "How long a stopped task may finish jobs and transfers. ECS kills after 120 seconds, and so does Spot."
  type        = number
  default     = 100

  validation {
    condition     = var.drain_seconds >= 0 && var.drain_seconds <= 110
    error_message = "Expected at most 110: ECS kills a task 120 seconds after it was told to stop, and what could not finish must be handed back before."
  }
}

variable "tracing" {
  description = "Traces go to X-Ray."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30
}

variable "shell" {
  description = "Lets those with ecs:ExecuteCommand open a shell in a task."
  type        = bool
  default     = false
}

variable "keep" {
  description = "The load balancer refuses to be deleted."
  type        = bool
  default     = true
}
