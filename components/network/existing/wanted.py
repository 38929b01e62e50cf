"""What a stack wants of a network that is there, and what it finds in its way."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ...base.errors import NAMESPACE, ConfigError, show
from ...base.needs import NO_NEEDS, SessionNeeds
from ...base.region import Region
from ..endpoints import interface_services, service_name
from ..routes import WAYS, Variant
from .settings import ExistingVpc

# Where an answer comes back to: each system opens connections from a range of its own ("Custom network ACLs", VPC user
# guide).
LINUX_PORTS = range(32_768, 61_000)
WINDOWS_PORTS = range(49_152, 65_536)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be true of the network.

    Attributes:
        vpc: which it is.
        variant: how packets get to Systems Manager.
        region: the Region that the provider is set to.
        types_in: the instance types that are to be in a zone, by the zone's number; 1 is the first.
        needs: what the session preferences ask of the network.
        ec2messages: whether that retiring service is needed too.
        fips: whether the agent's services are the FIPS ones.
        endpoints: further services that are to be reached at endpoints.
        names: AWS's names of those services that some Regions call otherwise.
        buckets: names of buckets of one's own that instances reach in a closed network.
        return_ports: where answers come back to, by what the instances run.
        amazon_linux: whether one of them gets its packages from Amazon Linux's buckets.
    """

    vpc: ExistingVpc
    variant: Variant
    region: Region
    types_in: Mapping[int, Collection[str]] = field(default_factory=dict)
    needs: SessionNeeds = NO_NEEDS
    ec2messages: bool = False
    fips: bool = False
    endpoints: Sequence[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    buckets: Sequence[str] = ()
    return_ports: Sequence[range] = (LINUX_PORTS,)
    amazon_linux: bool = True

    @property
    def is_closed(self) -> bool:
        """Whether Systems Manager must come in as endpoints."""
        return WAYS[self.variant].is_closed

    @property
    def services(self) -> Sequence[str]:
        """The services that an agent reaches at interface endpoints."""
        if not self.is_closed:
            return ()
        return interface_services(self.needs, ec2messages=self.ec2messages, fips=self.fips, more=self.endpoints)

    def name_of(self, service: str) -> str:
        """AWS's name of the endpoint service."""
        return self.names.get(service, service_name(self.region.name, service))

    def public_name_of(self, service: str) -> str:
        """What is asked of the resolver: `ecr.api` is called api.ecr. China's names have the partition's suffix."""
        name = ".".join(reversed(service.split(".")))
        return f"{name}.{self.region.name}.{self.region.dns_suffix}"


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What stands in the way, and what a person should know; both grow while a plan is made.

    Attributes:
        problems: with one of them nothing is made.
        warnings: whole lines.
    """

    problems: list[ConfigError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refuse(self, key: str, value: object, advice: str) -> None:
        """Note a problem: the key and value that led to it, the resource and its fact, and what to do."""
        self.problems.append(ConfigError(key, value, advice))

    def warn(self, key: str, value: object, advice: str) -> None:
        """Note what need not be mended."""
        self.warnings.append(f"{NAMESPACE}:{key} is {show(value)}: {advice}")
