"""A network that somebody else made: looked at, decided about, and completed.

settings    which VPC and subnets, and what may be done; the key `network`
wanted      what a stack wants, and what it finds in its way
facts       what AWS says, as plain values
ask         asks it
packets     what a network ACL and a route table do
policies    what an endpoint's policy lets through
plan        decides everything, of which `ways`, `services` and `gateway` each decide a part
network     the component, which makes what the plan says
"""

from .network import ExistingNetwork, ExistingNetworkArgs, find_existing
from .settings import EndpointSource, ExistingVpc
from .wanted import LINUX_PORTS, WINDOWS_PORTS

__all__ = [
    "LINUX_PORTS",
    "WINDOWS_PORTS",
    "EndpointSource",
    "ExistingNetwork",
    "ExistingNetworkArgs",
    "ExistingVpc",
    "find_existing",
]
