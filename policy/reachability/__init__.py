"""What a packet and a call may do in a VPC: whether an instance gets to Systems Manager, and what is missing if not.

Pure, on the standard library alone: who reads a stack or an API fills a `World`, and asks.

- `model`: the world as data, and how it says what is not known; `findings`: what comes out.
- `iam`: what documents say about a call, with `patterns`, `conditions` and AWS's own in `aws_policies`.
"""
