"""The maps that arguments hold, each with the keys of the setting of the same name."""

from typing_extensions import NotRequired, TypedDict

from components.instance import Interruption, Protocol, Tenancy, VolumeType
from components.network import EndpointSource, LogTarget, Traffic


class Egress(TypedDict):
    """A way out of an instance, beside the one to Systems Manager."""

    port: int
    """That is connected to."""
    to: str
    """A block of addresses, the id of a security group, or that of a prefix list."""
    why: str
    """What for; the rule's description says it."""
    protocol: NotRequired[Protocol]
    """tcp, unless said."""


class Proxy(TypedDict):
    """The proxy through which the agent and the boot check get out."""

    https: str
    """Its URL, for example http://proxy.example.internal:3128."""
    noProxy: NotRequired[list[str]]
    """Names, domains with a dot in front, addresses and blocks that are reached without it."""


class Volume(TypedDict):
    """A volume beside the root volume."""

    device: str
    """What EC2 calls it, for example /dev/sdf."""
    size: int
    """In GiB."""
    type: NotRequired[VolumeType]
    """gp3, unless said."""
    iops: NotRequired[int]
    """Of gp3, io1 and io2."""
    throughput: NotRequired[int]
    """Of gp3, in MiB a second."""
    keep: NotRequired[bool]
    """Whether it stays when nothing has it any more."""


class Spot(TypedDict):
    """Capacity that EC2 may take back with two minutes' notice."""

    interruption: NotRequired[Interruption]
    """What becomes of the instance then: terminate, unless said."""
    maxPrice: NotRequired[str]
    """In US dollars an hour; up to the price on demand, unless said."""


class Placement(TypedDict):
    """Where EC2 puts an instance within its zone."""

    group: NotRequired[str]
    """A placement group's name."""
    partition: NotRequired[int]
    """Of the group, from 1."""
    tenancy: NotRequired[Tenancy]
    """With whom the hardware is shared."""


class FlowLogs(TypedDict):
    """What a network's interfaces write down of connections."""

    to: NotRequired[LogTarget]
    """A log group that is made (cloudwatch, unless said), or a bucket of your own."""
    bucket: NotRequired[str]
    """ARN of that bucket, with a folder if there is to be one."""
    traffic: NotRequired[Traffic]
    """reject, unless said: what a group or an ACL refused."""
    retentionDays: NotRequired[int]
    """How long the log group keeps a line: 90, unless said."""
    key: NotRequired[str]
    """ARN of a KMS key for the log group, whose own policy lets CloudWatch Logs use it."""


class ExistingVpc(TypedDict):
    """A VPC that is there. docs/existing-vpc.md has the keys and every message."""

    vpc: NotRequired[str]
    """Its id; or else tags."""
    tags: NotRequired[dict[str, str]]
    """Tags that exactly one VPC has."""
    subnets: NotRequired[list[str]]
    """Ids of the instances' subnets, at most one in each zone; or else subnetTags."""
    subnetTags: NotRequired[dict[str, str]]
    """Tags of these subnets; in each zone the one with the lowest addresses is used."""
    endpoints: NotRequired[EndpointSource]
    """Who has the interface endpoints that are not there: own (made here, unless said), or shared (a hub)."""
    endpointCidrs: NotRequired[list[str]]
    """Where the hub's endpoints are."""
    endpointRules: NotRequired[bool]
    """Whether a rule may be added to the group of an endpoint that is there, to let the instances in."""
