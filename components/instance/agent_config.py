"""The configuration of the SSM agent, beside its defaults: amazon-ssm-agent.json."""

import json

from ..base.fips import SUFFIX


def fips_config(region: str) -> str:
    """What leads the agent to FIPS endpoints.

    "Configuring SSM Agent for use with the Federal Information Processing Standard (FIPS)", Systems Manager user guide;
    CloudWatchLogs is known since 3.3.2958.0 (aws/amazon-ecs-agent#4755), and older agents pass it over. S3 has FIPS
    endpoints under names for both kinds of addresses alone. What is not said here has the agent's default.

    Args:
        region: its name, of the partition ``aws``.
    """

    def endpoint(service: str) -> str:
        return f"{service}{SUFFIX}.{region}.amazonaws.com"

    parts = {
        "Mds": {"Endpoint": endpoint("ec2messages")},
        "Ssm": {"Endpoint": endpoint("ssm")},
        "Mgs": {"Endpoint": endpoint("ssmmessages"), "Region": region},
        "S3": {"Endpoint": f"s3{SUFFIX}.dualstack.{region}.amazonaws.com", "Region": region},
        "Kms": {"Endpoint": endpoint("kms")},
        "CloudWatchLogs": {"Endpoint": endpoint("logs")},
    }
    return json.dumps(parts, separators=(",", ":"))
