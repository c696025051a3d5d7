variable "region" {
  description = "Region of AWS."
  type        = string
}

variable "domain" {
  description = "Host under which clients reach the API."
  type        = string
}

variable "zone_id" {
  description = "Route 53 zone of the domain."
  type        = string
}

variable "images" {
  description = "Images of the first deployment, by digest."
  type        = object({ api = string, worker = string })
}

variable "alarm_emails" {
  description = "Who is told of alarms."
  type        = list(string)
  default     = []
}
