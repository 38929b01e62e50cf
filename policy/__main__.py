"""Serves the pack. `PolicyPack` starts a gRPC server and never returns, so nothing else may live here."""

from pulumi_policy import EnforcementLevel, PolicyPack

from ssm_guard import POLICIES
from ssm_guard.readers import CLOUDS
from ssm_guard.wire import guard

guard()
PolicyPack(
    "ssm-guard",
    policies=list(POLICIES),
    # The SDK's own default is ADVISORY, which would let everything through with a note.
    enforcement_level=EnforcementLevel.MANDATORY,
    display_name="SSM guard",
    description="Keeps port 22 closed to the world on AWS, Kubernetes and sixteen other clouds, in any language.",
    # Without a `provider`, for the SDK takes one name only.
    tags=[*(cloud.name for cloud in CLOUDS), "network", "ssh"],
)
