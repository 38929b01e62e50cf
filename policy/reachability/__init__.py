"""What a packet and a call may do in a VPC: whether an instance gets to Systems Manager, and what is missing if not.

Pure, on the standard library alone: who reads a stack or an API fills a `World`, and asks `reasoning.judge`.

- `model`: the world as data, and how it says what is not known; `snapshot`: the same as a file; `findings`: what comes
  out; `mends`: changes of a world; `words`: the texts; `render`: a verdict as text, JSON, Markdown and Mermaid.
- `reasoning`: the verdict on a host; `host`: the agent and the metadata service; `services`: the way to one service.
- `names`: who answers a service's name; `inside`: to an address in a VPC; `outside`: to the internet, by each kind of
  gateway; `reroute`: the route that is missing; `endpoint_policies`: what an endpoint lets through.
- `forwarding`: a packet at a route table and at its subnet's border; `routes`: the longest prefix; `acls`, `groups`:
  what is let through; `origins`, `peers`: both ends; `blocks`: addresses as stretches.
- `ways`: one after the other, the best of several, each of several; `view`: keys and choices.
- `identity`: an agent's role and its rights; `rights`: the calls that it makes; `identity_mends`: what gives them.
- `iam`: what documents say about a call, with `patterns`, `conditions` and AWS's own in `aws_policies`.
"""
