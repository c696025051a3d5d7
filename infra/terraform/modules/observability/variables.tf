variable "name" {
  description = "Begins the name of everything, and is the namespace of Vidferry's metrics."
  type        = string
}

variable "kms_key_arn" {
  description = "Key that alarms in the topic are encrypted with."
  type        = string
}

variable "emails" {
  description = "Who is told of alarms; each has to confirm a message of AWS once."
  type        = list(string)
  default     = []
}

variable "cluster" {
  description = "Name of the cluster."
  type        = string
}

variable "services" {
  description = "Names of the services, by role."
  type        = object({ api = string, worker = string })
}

variable "load_balancer" {
  description = "What metrics of the load balancer are found under."
  type        = object({ arn_suffix = string, target_group_suffix = string })
}

variable "database" {
  description = "Identifier of the database."
  type        = string
}

variable "storage_gib" {
  description = "Storage of the database at the beginning: a tenth of it left is an alarm."
  type        = number
}

variable "cache_nodes" {
  description = "Nodes of the cache; none where SQS carries the hints."
  type        = list(string)
  default     = []
}

variable "dead_letter_queues" {
  description = "Queues in which a message is one that could not be delivered."
  type        = list(string)
  default     = []
}

variable "lanes" {
  description = "The lanes of the queue."
  type        = list(string)
  default     = ["high", "normal", "low"]
}

variable "oldest_age_seconds" {
  description = "A job that waits for longer than this is an alarm."
  type        = number
  default     = 900
}

variable "runbook" {
  description = "Address of the runbook; each alarm names its section there."
  type        = string
  default     = "https://github.com/vidferry/vidferry/blob/main/docs/deployment-aws.md#alarms"
}
