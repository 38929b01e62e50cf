"""In which Availability Zones a network is: those that have what is needed, and for good."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from itertools import permutations
from typing import Any

import pulumi
import pulumi_aws as aws

from ..base.errors import NAMESPACE, ConfigError
from ..base.fips import SUFFIX
from ..base.needs import NO_NEEDS, SessionNeeds
from ..base.region import Region, up_to
from ..base.state import Left, left_of
from .endpoints import interface_services, service_name, service_names
from .routes import WAYS, Tier, Variant
from .services import ask_service
from .subnets import number_in_vpc

_SUBNET = "aws:ec2/subnet:Subnet"
_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
_INSTANCE = "aws:ec2/instance:Instance"
_GROUP = "aws:autoscaling/group:Group"
_NETWORK = "ssm-only:components:SsmNetwork"

# The key and value by which a person asked for an endpoint, and what to do where there is no such service.
_ASKED_FOR_BY = {
    "ec2messages": (
        "ec2messages",
        "true",
        "AWS retires it in 2026. Remove the key, and use a newer image or agent: from 3.3.40.0 on it needs none.",
    )
}
_WHICH_THERE_ARE = "`aws ec2 describe-vpc-endpoint-services --query ServiceNames` lists those that there are."
_ASKED_FOR_BY_VARIANT = ("variant", Variant.PRIVATELINK.value, "Use igw or nat, or do without what needs it.")


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """Where a network is already, as far as the stack's state knows.

    Attributes:
        zones: names of its zones, in the order of its subnets' addresses, which is the order that they were given in.
        zone_ids: their ids, by name.
        region: name of the Region; None if there is no network yet.
        types: which instance types are in which zone, as pairs of zone and type.
        services: AWS's names of the services that have an endpoint.
    """

    zones: Sequence[str] = ()
    zone_ids: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    types: Collection[tuple[str | None, str | None]] = frozenset()
    services: Collection[str | None] = frozenset()

    @classmethod
    def read(cls, network: str) -> "Deployed":
        """Read it from the state of this stack, for the network of this name."""
        left = left_of(_SUBNET, _ENDPOINT, _INSTANCE, _GROUP)
        subnets = sorted((one for one in left if _is_subnet_of(network, one)), key=_place)
        ids = {one.outputs["availabilityZone"]: one.outputs.get("availabilityZoneId", "") for one in subnets}
        of_type = {
            type_: [one.outputs for one in left if one.type == type_] for type_ in (_INSTANCE, _ENDPOINT, _GROUP)
        }
        return cls(
            zones=tuple(ids),
            zone_ids=ids,
            region=subnets[0].outputs["arn"].split(":")[3] if subnets else None,
            types={(one.get("availabilityZone"), one.get("instanceType")) for one in of_type[_INSTANCE]}
            | {pair for group in of_type[_GROUP] for pair in _types_of(group)},
            services={one.get("serviceName") for one in of_type[_ENDPOINT]},
        )


@dataclass(frozen=True, kw_only=True)
class Offers:
    """What a zone needs, and which zones have it.

    Attributes:
        services: the zones of each endpoint service, by AWS's name; a network has its endpoints in all of its zones.
        types: the zones of each instance type.
        types_in: the instance types that are to be in a zone, by the zone's number in the network; 1 is the first.
    """

    services: Mapping[str, Collection[str]] = field(default_factory=dict)
    types: Mapping[str, Collection[str]] = field(default_factory=dict)
    types_in: Mapping[int, Collection[str]] = field(default_factory=dict)

    def lacking(self, zone: str, number: int | None = None) -> Sequence[str]:
        """What a zone lacks to be the one of this number; without a number, what it lacks of all."""
        types = self.types if number is None else self.types_in.get(number, ())
        return [
            *(name for name, zones in self.services.items() if zone not in zones),
            *(name for name in sorted(types) if zone not in self.types[name]),
        ]


def plan_zones(wanted: int | Sequence[str], region: Region, deployed: Deployed, offers: Offers) -> Sequence[str]:
    """Choose the zones, or say why there are none.

    A network that is there keeps its zones, whatever is offered today: more zones come behind them, and fewer take the
    last away. For the others, zones that have all that is needed come first, each in alphabetical order.

    Args:
        wanted: how many, or names or ids of zones in the order that they are to have.
        region: the Region that the provider is set to.
        deployed: where the network is.
        offers: what is needed, and where it is.

    Raises:
        ConfigError: the Region is another one than the network's, or too few of its zones have what is needed.
    """
    if deployed.region not in (None, region.name):
        raise ConfigError(
            "aws:region",
            region.name,
            f"this stack is in {deployed.region}, and what it has there cannot move. Set AWS_REGION or aws:region "
            f"back. The way to {region.name} is a stack of its own, or this one after `pulumi destroy`.",
        )
    if not isinstance(wanted, int):
        return _named(wanted, region, deployed, offers)
    kept = deployed.zones[:wanted]
    others = [zone for zone in region.zones if zone not in kept]
    in_order = sorted(others, key=lambda zone: (bool(offers.lacking(zone)), zone))
    # At most 6 zones, so at most 720 orders.
    for added in permutations(in_order, wanted - len(kept)):
        chosen = (*kept, *added)
        if not _lacks(chosen, deployed, offers):
            return chosen
    raise _too_few(wanted, region, deployed, offers)


def _named(wanted: Sequence[str], region: Region, deployed: Deployed, offers: Offers) -> Sequence[str]:
    ids = {**deployed.zone_ids, **region.zone_ids}
    by_id = {id_: zone for zone, id_ in ids.items()}
    chosen = tuple(by_id.get(one, one) for one in wanted)
    for index, zone in enumerate(chosen):
        if refusal := _refusal(chosen, index, region, deployed):
            raise ConfigError(f"zones[{index}]", wanted[index], refusal)
        if zone not in region.zones and zone not in deployed.zones:
            usable = ", ".join(f"{one} ({ids[one]})" if one in ids else one for one in region.zones)
            raise ConfigError(f"zones[{index}]", wanted[index], f"this account can use {usable} in {region.name} now.")
    if lacks := _lacks(chosen, deployed, offers):
        raise ConfigError("zones", wanted, f"{'; '.join(lacks)}. {_advice(region, offers)}")
    return chosen


def _refusal(chosen: Sequence[str], index: int, region: Region, deployed: Deployed) -> str | None:
    """What is wrong with the zone that is the next of these."""
    if chosen[index] in chosen[:index]:
        return "this zone is in the list already. Remove one."
    if index < len(deployed.zones) and chosen[index] != deployed.zones[index]:
        # A subnet is made before another is deleted, and no two can have the same addresses.
        return (
            f"this stack is in {', '.join(deployed.zones)}, whose addresses are in use. Keep these in front, in this "
            f"order; add others behind, or take the last away. A stack of its own can be elsewhere in {region.name}."
        )
    return None


def _lacks(chosen: Sequence[str], deployed: Deployed, offers: Offers) -> Sequence[str]:
    """What the zones lack in this order. What is there already is not asked for anew."""
    return [
        f"zone {number} would be {zone}, which has no {name}"
        for number, zone in enumerate(chosen, start=1)
        for name in offers.lacking(zone, number)
        if (zone, name) not in deployed.types and not (zone in deployed.zones and name in deployed.services)
    ]


def _too_few(wanted: int, region: Region, deployed: Deployed, offers: Offers) -> ConfigError:
    zones = sorted({*region.zones, *deployed.zones})
    if wanted > len(zones):
        count = f"this account can use {len(zones)} in {region.name} ({', '.join(zones)}). Use {up_to(len(zones))}."
        return ConfigError("zones", wanted, count)
    lacking = [f"{zone} has no {' and no '.join(lacks)}" for zone in zones if (lacks := offers.lacking(zone))]
    kept = f"This stack is in {', '.join(deployed.zones)} and stays there. " if deployed.zones else ""
    return ConfigError("zones", wanted, f"{'; '.join(lacking)}. {kept}{_advice(region, offers)}")


def _advice(region: Region, offers: Offers) -> str:
    whole = [zone for zone in region.zones if not offers.lacking(zone)]
    return (
        f"All that is needed is in {', '.join(whole) or 'no zone'}. Use other zones or fewer, or another zone or "
        "instanceType for an instance."
    )


def find_zones(
    name: str,
    wanted: int | Sequence[str],
    *,
    region: Region,
    variant: Variant,
    instance_types: Mapping[int, Collection[str]] | None = None,
    needs: SessionNeeds = NO_NEEDS,
    ec2messages: bool = False,
    fips: bool = False,
    endpoints: Sequence[str] = (),
    opts: pulumi.InvokeOptions | None = None,
) -> Sequence[str]:
    """Choose the zones of a network before it is made; one that is there keeps its own.

    Args:
        name: of the network.
        wanted: how many zones, or names or ids of zones.
        region: the Region that the provider is set to.
        variant: of the network; a closed one has endpoints in every zone.
        instance_types: what is to be in which zone, by the zone's number; 1 is the first.
        needs: what the session preferences ask of the network.
        ec2messages: whether the network has an endpoint for that service.
        fips: whether the agent's services are to be FIPS ones.
        endpoints: AWS's names of further services that it has endpoints for.
        opts: with a provider, if it is not the default one.

    Raises:
        ConfigError: as for `plan_zones`; or the Region lacks a service.
    """
    deployed = Deployed.read(name)
    asked_for = interface_services(needs, ec2messages=ec2messages, fips=fips, more=endpoints)
    services = asked_for if WAYS[variant].is_closed else ()
    types_in = {number: set(types) for number, types in (instance_types or {}).items()}
    offers = ask_offers(region, services, types_in, deployed.services, opts, endpoints=endpoints)
    return plan_zones(wanted, region, deployed, offers)


def ask_offers(
    region: Region,
    services: Sequence[str],
    types_in: Mapping[int, Collection[str]],
    deployed: Collection[str | None],
    opts: pulumi.InvokeOptions | None,
    *,
    endpoints: Sequence[str] = (),
) -> Offers:
    """Ask which zones have what is needed.

    Args:
        region: the Region that the provider is set to.
        services: that get an endpoint.
        types_in: what is to be in which zone, by the zone's number.
        deployed: AWS's names of the services that have an endpoint of this stack.
        opts: with a provider, if it is not the default one.
        endpoints: the services that a person named.

    Raises:
        ConfigError: the Region lacks a service.
    """
    found: dict[str, Collection[str]] = {}
    for service in services:
        if asked := ask_service(region.name, service, opts):
            found[asked.name] = asked.zones
        else:
            found[_ended(region, service, endpoints, deployed)] = ()
    types = _zones_of_types(sorted(set().union(*types_in.values())), opts)
    return Offers(services=found, types=types, types_in=types_in)


def _ended(region: Region, service: str, endpoints: Sequence[str], deployed: Collection[str | None]) -> str:
    """The name of an endpoint service that is no more, of which the network has an endpoint.

    Raises:
        ConfigError: it has none.
    """
    asked_for_by = _ASKED_FOR_BY.get(service, _ASKED_FOR_BY_VARIANT)
    if service in endpoints:
        asked_for_by = (f"endpoints[{endpoints.index(service)}]", service, _WHICH_THERE_ARE)
    elif service.endswith(SUFFIX):
        asked_for_by = ("fips", "true", "Only the internet leads to its name: use igw or nat, or do without fips.")
    key, value, instead = asked_for_by
    lacks = f"{region.name} has no endpoint service {service_name(region.name, service)}"
    there = [name for name in service_names(region.name, service) if name in deployed]
    if not there:
        raise ConfigError(key, value, f"{lacks}. {instead}")
    pulumi.log.warn(f"{NAMESPACE}:{key} is {value!r}: {lacks} any more. The endpoint that is there stays. {instead}")
    return there[0]


def _zones_of_types(types: Sequence[str], opts: pulumi.InvokeOptions | None) -> Mapping[str, Collection[str]]:
    if not types:
        return {}
    named = aws.ec2.GetInstanceTypeOfferingsFilterArgs(name="instance-type", values=types)
    found = aws.ec2.get_instance_type_offerings(location_type="availability-zone", filters=[named], opts=opts)
    offers = list(zip(found.instance_types, found.locations, strict=True))
    return {wanted: {zone for type_, zone in offers if type_ == wanted} for wanted in types}


def _is_subnet_of(network: str, one: Left) -> bool:
    zone = one.outputs.get("availabilityZone")
    names = [f"{network}-{tier.value}-{zone}" for tier in Tier]
    return one.type == _SUBNET and one.is_in(_NETWORK) and one.name in names


def _types_of(group: Mapping[str, Any]) -> Collection[tuple[str, str]]:
    """Which types a group that this library made may start in which zone."""
    template = (group.get("mixedInstancesPolicy") or {}).get("launchTemplate", {})
    types = [one["instanceType"] for one in template.get("overrides", [])]
    return [(zone, type_) for zone in group.get("availabilityZones", []) for type_ in types]


def _place(subnet: Left) -> int:
    """Private subnets are numbered from the front of the VPC's block, public ones from its back."""
    number = number_in_vpc(IPv4Network(subnet.outputs["cidrBlock"]))
    return number if f"-{Tier.PRIVATE.value}-" in subnet.name else -number
