"""From the resources of a stack to a world that `reachability` reasons on.

- `world`: all of it; `look`: a resource with what isn't known of it; `types`: what is read.
- `network`, `resolvers`, `rules`, `endpoints`, `hosts`, `interfaces`, `roles`: each reads its own types.
- `state_file`: the resources in a file; `there`: a snapshot of what is beside them; `verdicts`: what is found.
"""
