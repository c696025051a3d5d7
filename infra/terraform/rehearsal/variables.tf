variable "endpoint" {
  description = "Where the stand-in listens."
  type        = string
}
