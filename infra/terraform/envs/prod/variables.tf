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

variable "egress_image" {
  description = "Squid, from a registry that the tasks reach, by digest."
  type        = string
}

variable "cdn" {
  description = "CloudFront: the PEM of its public key, and the secret with the private one."
  type        = object({ public_key = string, private_key_secret_arn = string })
  default     = null
}
