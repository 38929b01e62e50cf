"""The plugin `pulumi-resource-aws` of an embedded run: Pulumi's names in front, the Terraform provider behind.

engine --gRPC--> adapter (`servicer`) --gRPC--> bridge (`bridge`) --> terraform-provider-aws --> AWS on loopback

The bridge can run any Terraform provider, but names types its own way: `aws:index/vpcEndpoint:VpcEndpoint` is what
pulumi-aws calls `aws:ec2/vpcEndpoint:VpcEndpoint`. `table` holds both names, `translate` puts one for
the other in every message. Nothing here knows a program: whatever uses the types of the table runs.
"""

# Newer than any: each program brings an SDK of its own version, and its plugin must be that version or a newer one.
VERSION = "999.0.0"
