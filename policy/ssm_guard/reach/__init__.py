"""From the resources of a stack to a world that `reachability` reasons on.

- `world`: all of it; `look`: a resource with what isn't known of it; `types`: what is read.
- `network`, `rules`, `endpoints`, `hosts`, `roles`: each reads its own types.
"""
