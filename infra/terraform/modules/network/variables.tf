variable "name" {
  description = "Begins the name of everything, for example vidferry-prod."
  type        = string
}

variable "cidr" {
  description = "Addresses of the network, a /16."
  type        = string
  default     = "10.40.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && endswith(var.cidr, "/16")
    error_message = "Expected a /16, for example 10.40.0.0/16."
  }
}

variable "zones" {
  description = "Availability zones, two or more."
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 4
    error_message = "Expected two to four availability zones: the load balancer and the database need two."
  }
}

variable "nat_gateways" {
  description = "How many: 0 (tasks have public addresses), 1, or one for each zone."
  type        = number
  default     = 1

  validation {
    condition     = var.nat_gateways >= 0 && var.nat_gateways <= 4
    error_message = "Expected 0 to the number of zones."
  }
}

variable "interface_endpoints" {
  description = "AWS services that tasks reach without a way to the internet. S3 always is one of them, at no cost."
  type        = set(string)
  default     = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "xray"]
}

variable "egress_proxy" {
  description = "Workers reach the internet through the egress proxy alone, else by themselves on ports 80 and 443."
  type        = bool
  default     = true
}

variable "servers" {
  description = "Servers that workers ask without the egress proxy, by name: those of TRANSCRIBER_URL and LIBRETRANSLATE_URL."
  type        = map(object({ cidr = string, port = number }))
  default     = {}
}

variable "log_retention_days" {
  type        = number
  description = "How long refused connections are kept."
  default     = 30
}

variable "kms_key_arn" {
  type        = string
  description = "Key that the log of refused connections is encrypted with."
}
