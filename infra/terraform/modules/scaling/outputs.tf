output "limits" {
  description = "Fewest and most tasks of each role."
  value = {
    api    = [aws_appautoscaling_target.api.min_capacity, aws_appautoscaling_target.api.max_capacity]
    worker = [aws_appautoscaling_target.worker.min_capacity, aws_appautoscaling_target.worker.max_capacity]
  }
}
