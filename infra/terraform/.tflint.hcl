# The rules that come with tflint. Those for AWS are a plugin that is downloaded apart.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

rule "terraform_standard_module_structure" {
  # Larger modules have a file for each subject.
  enabled = true
}
