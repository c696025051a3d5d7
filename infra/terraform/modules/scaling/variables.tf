variable "name" {
  description = "Begins the name of everything, and is the namespace of Vidferry's metrics."
  type        = string
}

variable "cluster" {
  description = "Name of the cluster."
  type        = string
}

variable "services" {
  description = "Names of the services, by role."
  type        = object({ api = string, worker = string })
}

variable "api" {
  description = "Fewest and most API tasks, and how many event streams one may have before another is started."
  type        = object({ min = number, max = number, streams = number })
  default     = { min = 2, max = 6, streams = 2000 }

  validation {
    condition     = var.api.min >= 1 && var.api.max >= var.api.min
    error_message = "Expected at least one API task, and no fewer at most than at least."
  }
}

variable "worker" {
  description = "Fewest and most workers, and how many jobs may wait for each."
  type        = object({ min = number, max = number, waiting = number })
  default     = { min = 1, max = 10, waiting = 4 }

  validation {
    condition     = var.worker.min >= 1 && var.worker.max >= var.worker.min
    error_message = "Expected at least one worker: without any, nobody would see that jobs wait."
  }
}

variable "oldest_age_seconds" {
  description = "When the oldest job has waited for this long, workers are added whatever the number of those that wait."
  type        = number
  default     = 60
}

variable "lanes" {
  description = "The lanes of the queue."
  type        = list(string)
  default     = ["high", "normal", "low"]
}
