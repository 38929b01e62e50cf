"""The policies of the pack `ssm-guard`; `POLICIES` is what `__main__.py` serves."""

from ssm_guard.no_world_ssh import NO_WORLD_SSH

POLICIES = (NO_WORLD_SSH,)
