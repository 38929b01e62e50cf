"""A program in another language, as its engine asks the provider for the components."""

from collections.abc import Mapping
from typing import Any

from plugin.provider import make_provider

PROVIDER = make_provider()

# What an instance takes of others by the same names.
OF_NETWORK = (
    "vpcId",
    "subnetIds",
    "variant",
    "cidr",
    "dualStack",
    "publicAddress",
    "endpointGroupId",
    "foundGroupIds",
    "endpointCidrs",
    "s3PrefixListId",
    "connectGroupId",
)
OF_PREFERENCES = ("bucket", "bucketPrefix", "ownBucket", "bucketKeyArn", "logGroupArn", "sessionKeyArn")


def make(kind: str, name: str, inputs: Mapping[str, Any], options: Any = None) -> dict[str, Any]:
    """The outputs of a component."""
    made = PROVIDER.construct(name, f"ssm-only:index:{kind}", on_the_wire(inputs), options)
    return {**made.state}


def those(state: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: state[name] for name in names if name in state}


def on_the_wire(value: Any) -> Any:
    """Every number is a float there."""
    if isinstance(value, Mapping):
        return {key: on_the_wire(one) for key, one in value.items()}
    if isinstance(value, list):
        return [on_the_wire(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
