"""Endpoints whose TLS is of a module that is validated to FIPS 140: where AWS has them for the agent's services."""

from .errors import ConfigError
from .region import Region

# "Configuring SSM Agent for use with the Federal Information Processing Standard (FIPS)", Systems Manager user guide.
REGIONS = ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-west-1")

SUFFIX = "-fips"
"""What the name of such a service ends with: ssm-fips."""


def require_fips(region: Region) -> None:
    """Make sure that the agent's services have them here.

    Raises:
        ConfigError: they have none, or all that they have are such.
    """
    if region.partition == "aws-us-gov":
        # They go by the names that the agent has anyway (botocore, data/endpoints.json).
        raise ConfigError(
            "fips", "true", f"the endpoints of Systems Manager in {region.name} are no others. Remove it."
        )
    if region.name not in REGIONS:
        raise ConfigError(
            "fips", "true", f"Systems Manager has no such endpoints in {region.name}; it has in {', '.join(REGIONS)}."
        )
