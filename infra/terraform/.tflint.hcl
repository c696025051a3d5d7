# The rules that come with tflint. Those for AWS are a plugin that is downloaded apart.
plugin "terraform" {
  enabled = true
  preset  = "all"
}
