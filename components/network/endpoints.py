"""Which VPC endpoints bring Systems Manager into a network that has no way out."""

from collections.abc import Sequence

from ..base.fips import SUFFIX
from ..base.needs import NO_NEEDS, SessionNeeds

# Session Manager needs both: `ssm` registers the instance, `ssmmessages` carries the session
# (Systems Manager user guide, "Improve the security of EC2 instances by using VPC endpoints").
_SESSION_SERVICES = ("ssm", "ssmmessages")

# Agents from 3.3.40.0 use ssmmessages alone, Regions launched since 2024 do not have it, and AWS retires it in 2026.
_LEGACY_SERVICE = "ec2messages"

# Where the regional copy of the agent and Amazon Linux's packages are. A gateway endpoint costs nothing.
GATEWAY_SERVICE = "s3"

# What a closed network has in any case, or a key of its own asks for.
OURS = (*_SESSION_SERVICES, _LEGACY_SERVICE, GATEWAY_SERVICE)

# Images lie in ECR's own bucket, so whoever pulls them needs S3 too.
IMAGE_SERVICE = "ecr.dkr"


def interface_services(
    needs: SessionNeeds = NO_NEEDS, *, ec2messages: bool, fips: bool = False, more: Sequence[str] = ()
) -> Sequence[str]:
    """Services that get an interface endpoint, each once and in a stable order; `more` are a person's own."""
    wanted = {
        **dict.fromkeys(_SESSION_SERVICES, True),
        _LEGACY_SERVICE: ec2messages,
        "logs": needs.log_group_arn is not None,
        # For the session's key alone: what encrypts a bucket or a log group is asked for by S3 and CloudWatch Logs.
        "kms": needs.session_key_arn is not None,
    }
    suffix = SUFFIX if fips else ""
    agents = (f"{service}{suffix}" for service, is_wanted in wanted.items() if is_wanted)
    return tuple(dict.fromkeys([*agents, *more]))


def agent_services(needs: SessionNeeds = NO_NEEDS, *, ec2messages: bool) -> Sequence[str]:
    """Services that the agent must reach, whichever way its packets go: S3 has its packages and the logs."""
    return (*interface_services(needs, ec2messages=ec2messages), GATEWAY_SERVICE)


def service_name(region: str, service: str) -> str:
    """AWS's name of the endpoint service. The agent's keep the prefix in China too, unlike ec2 or sts."""
    return f"com.amazonaws.{region}.{service}"


def service_names(region: str, service: str) -> Sequence[str]:
    """What it may be called: in China many a service that the agent has no need of begins with the country's own."""
    name = service_name(region, service)
    return (name, f"cn.{name}") if region.startswith("cn-") else (name,)
