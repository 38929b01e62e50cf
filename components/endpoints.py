"""Which VPC endpoints bring Systems Manager into a network that has no way out."""

from collections.abc import Sequence

# Session Manager needs both: `ssm` registers the instance, `ssmmessages` carries the session
# (Systems Manager user guide, "Improve the security of EC2 instances by using VPC endpoints").
_SESSION_SERVICES = ("ssm", "ssmmessages")

# Agents from 3.3.40.0 use ssmmessages alone, Regions launched since 2024 do not have it, and AWS retires it in 2026.
_LEGACY_SERVICE = "ec2messages"

# Where the regional copy of the agent and Amazon Linux's packages are. A gateway endpoint costs nothing.
GATEWAY_SERVICE = "s3"


def interface_services(*, ec2messages: bool) -> Sequence[str]:
    """Services that get an interface endpoint, in a stable order."""
    return (*_SESSION_SERVICES, _LEGACY_SERVICE) if ec2messages else _SESSION_SERVICES


def service_name(region: str, service: str) -> str:
    """AWS's name of the endpoint service. These services keep the prefix in China too, unlike ec2 or sts."""
    return f"com.amazonaws.{region}.{service}"
