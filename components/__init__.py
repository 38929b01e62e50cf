"""EC2 instances that are reached through AWS Systems Manager Session Manager, as Pulumi components."""
