"""The policies of the pack `ssm-guard`; `POLICIES` is what `__main__.py` serves."""

from ssm_guard.exempt_resources import EXEMPT_RESOURCES
from ssm_guard.imdsv2_required import IMDSV2_REQUIRED
from ssm_guard.managed_instances_have_no_ingress import MANAGED_INSTANCES_HAVE_NO_INGRESS
from ssm_guard.no_key_pair import NO_KEY_PAIR
from ssm_guard.no_world_ssh import NO_WORLD_SSH
from ssm_guard.no_world_ssh_across_resources import NO_WORLD_SSH_ACROSS_RESOURCES
from ssm_guard.opaque_ingress import OPAQUE_INGRESS
from ssm_guard.privatelink_stays_private import PRIVATELINK_STAYS_PRIVATE
from ssm_guard.session_manager_reachable import SESSION_MANAGER_REACHABLE
from ssm_guard.session_manager_undetermined import SESSION_MANAGER_UNDETERMINED

POLICIES = (
    NO_WORLD_SSH,
    NO_WORLD_SSH_ACROSS_RESOURCES,
    OPAQUE_INGRESS,
    MANAGED_INSTANCES_HAVE_NO_INGRESS,
    PRIVATELINK_STAYS_PRIVATE,
    IMDSV2_REQUIRED,
    NO_KEY_PAIR,
    SESSION_MANAGER_REACHABLE,
    SESSION_MANAGER_UNDETERMINED,
    EXEMPT_RESOURCES,
)
