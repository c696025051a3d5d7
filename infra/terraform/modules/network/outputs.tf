output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "subnets" {
  description = "Ids of the subnets, by kind."
  value = {
    public  = [for subnet in aws_subnet.public : subnet.id]
    private = [for subnet in aws_subnet.private : subnet.id]
    data    = [for subnet in aws_subnet.data : subnet.id]
  }
}

output "public_cidrs" {
  description = "Where the load balancer's addresses come from: what TRUSTED_PROXIES names."
  value       = [for subnet in aws_subnet.public : subnet.cidr_block]
}

output "security_groups" {
  description = "Ids of the security groups, by who is in them."
  value       = { for name, group in aws_security_group.this : name => group.id }
}
