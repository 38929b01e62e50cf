"""Serves the pack. `PolicyPack` starts a gRPC server and never returns, so nothing else may live here."""

from pulumi_policy import EnforcementLevel, PolicyPack

from ssm_guard import POLICIES
from ssm_guard.wire import guard

guard()
PolicyPack(
    "ssm-guard",
    policies=list(POLICIES),
    # The SDK's own default is ADVISORY, which would let everything through with a note.
    enforcement_level=EnforcementLevel.MANDATORY,
    display_name="SSM guard",
    description="Keeps port 22 closed to the world, on any stack in any language.",
    provider="aws",
    tags=["aws", "network", "ssh", "session-manager"],
)
