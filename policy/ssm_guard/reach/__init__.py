"""From the resources of a stack to a world that `reachability` reasons on.

- `world`: all of it; `look`: a resource with what isn't known of it; `types`: what is read.
- `network`, `public_access`, `resolvers`, `routing`, `rules`, `endpoints`: each reads its own types of a VPC.
- `hosts`, `interfaces`, `roles`: the same of instances.
- `state_file`: the resources in a file; `there`: a snapshot of what is beside them; `verdicts`: what is found.
"""
