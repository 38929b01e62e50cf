"""The policies of the pack `ssm-guard`; `POLICIES` is what `__main__.py` serves."""

from ssm_guard.no_world_ssh import NO_WORLD_SSH
from ssm_guard.no_world_ssh_across_resources import NO_WORLD_SSH_ACROSS_RESOURCES
from ssm_guard.opaque_ingress import OPAQUE_INGRESS

POLICIES = (NO_WORLD_SSH, NO_WORLD_SSH_ACROSS_RESOURCES, OPAQUE_INGRESS)
