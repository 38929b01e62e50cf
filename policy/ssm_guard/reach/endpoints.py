"""VPC endpoints and private hosted zones of a stack."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from reachability.model import Endpoint, EndpointKind, Record, Unknown, Zone
from ssm_guard.reach import types
from ssm_guard.reach.look import Look, looks
from ssm_guard.reach.routing import own_table
from ssm_guard.reach.rules import group_refs, is_gateway

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reachability.model import Ref
    from ssm_guard.stack import Stack

# com.amazonaws.eu-west-1.ssm; in China some interface endpoints begin with `cn.`; a FIPS endpoint ends with `-fips`.
SERVICE = re.compile(r"(?:cn\.)?com\.amazonaws\.([a-z0-9-]+)\.([a-z0-9.-]+)")

# What has gateway endpoints ("Gateway endpoints", AWS PrivateLink guide); S3 Express has one of its own.
_BY_GATEWAY = ("s3", "dynamodb", "s3express")
# These lead to load balancers and to resources of VPC Lattice.
_OF_NO_SERVICE = ("GatewayLoadBalancer", "Resource", "ServiceNetwork")


def endpoints(stack: Stack) -> Iterator[Endpoint]:
    """The endpoints, with what other resources add to them."""
    return iter(amended(stack, {one.id: one for one in _made(stack)}).values())


def _made(stack: Stack) -> Iterator[Endpoint]:
    """The endpoints, as each says itself."""
    for one in looks(stack, [types.ENDPOINT]):
        if one["vpcEndpointType"].value in _OF_NO_SERVICE:
            continue
        service, address_type = _service(one), one.text(one["ipAddressType"])
        gateway = is_gateway(one)
        if gateway and isinstance(service, str) and service not in _BY_GATEWAY:
            continue  # AWS makes no such endpoint
        yield Endpoint(
            id=one.urn,
            name=one.label,
            service=service,
            kind=EndpointKind.GATEWAY if gateway else EndpointKind.INTERFACE,
            vpc=one.ref(one["vpcId"], types.VPCS) or one.unknown(one["vpcId"]),
            available=_available(one),
            subnets=_subnets(one),
            addresses=tuple(text for item in one["subnetConfigurations"].each() if (text := _text(item["ipv4"].value))),
            groups=group_refs(one, one["securityGroupIds"]),
            private_dns=one.flag(one["privateDnsEnabled"]),
            ipv4=address_type if isinstance(address_type, Unknown) else address_type != "ipv6",
            ipv6=address_type if isinstance(address_type, Unknown) else address_type in {"ipv6", "dualstack"},
            tables=one.refs(one["routeTableIds"], (*types.TABLES, *types.VPCS)),
            policy=one.text(one["policy"]) or None,
        )


def amended(stack: Stack, own: Mapping[str, Endpoint]) -> dict[str, Endpoint]:
    """Endpoints, whoever makes them, with what resources of the stack add to them."""
    subnets = _added(stack, types.ENDPOINT_SUBNET, "subnetId", types.SUBNETS)
    tables = _added(stack, types.ENDPOINT_TABLE, "routeTableId", (*types.TABLES, *types.VPCS))
    groups = _added(stack, types.ENDPOINT_GROUP, "securityGroupId", types.GROUPS)
    policies, names = _policies(stack), _private_names(stack)
    return {
        key: replace(
            one,
            subnets=_with(one.subnets, subnets.get(key, [])),
            groups=_with(one.groups, groups.get(key, [])),
            tables=_with(one.tables, tables.get(key, []), stack),
            private_dns=names.get(key, one.private_dns),
            policy=policies.get(key, one.policy),
        )
        for key, one in own.items()
    }


def _service(one: Look) -> str | Unknown:
    name = one["serviceName"].value
    if not isinstance(name, str):
        return one.unknown(one["serviceName"])
    found = SERVICE.fullmatch(name)
    return found[2] if found else name


# "VpcEndpoint" of the EC2 API reference.
_DEAD_STATES = ("pendingacceptance", "rejected", "deleting", "deleted", "failed", "expired")


def _available(one: Look) -> bool:
    """An update leaves it available; what waits for somebody's yes does not work."""
    state = one["state"].value
    return not isinstance(state, str) or state.lower() not in _DEAD_STATES


def _subnets(one: Look) -> tuple[Ref, ...] | Unknown:
    node = one["subnetIds"]
    if one.is_written(node):
        return one.refs(node, types.SUBNETS)
    refs = [one.ref(item["subnetId"], types.SUBNETS) for item in one["subnetConfigurations"].each()]
    return tuple(ref for ref in refs if ref is not None) if one.is_written(one["subnetConfigurations"]) else ()


def _with(own: tuple[Ref, ...] | Unknown, added: list[Ref], stack: Stack | None = None) -> tuple[Ref, ...] | Unknown:
    if isinstance(own, Unknown):
        return own
    refs = dict.fromkeys((*own, *added))
    return tuple(own_table(stack, ref) for ref in refs) if stack else tuple(refs)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _added(stack: Stack, token: str, key: str, of: tuple[str, ...]) -> dict[str, list[Ref]]:
    found: dict[str, list[Ref]] = defaultdict(list)
    for one in looks(stack, [token]):
        endpoint, thing = one.ref(one["vpcEndpointId"], [types.ENDPOINT]), one.ref(one[key], of)
        if isinstance(endpoint, str) and thing is not None:
            found[endpoint].append(thing)
    return found


def _private_names(stack: Stack) -> dict[str, bool | Unknown]:
    """Private DNS, where a resource of its own switches it."""
    return {
        endpoint: one.flag(one["privateDnsEnabled"])
        for one in looks(stack, [types.ENDPOINT_NAME])
        if isinstance(endpoint := one.ref(one["vpcEndpointId"], [types.ENDPOINT]), str)
    }


def _policies(stack: Stack) -> dict[str, str | Unknown]:
    found: dict[str, str | Unknown] = {}
    for one in looks(stack, [types.ENDPOINT_POLICY]):
        endpoint, text = one.ref(one["vpcEndpointId"], [types.ENDPOINT]), one.text(one["policy"])
        if isinstance(endpoint, str) and text:
            found[endpoint] = text
    return found


def zones(stack: Stack) -> Iterator[Zone]:
    """The private hosted zones, and those of others that the stack associates VPCs with or writes records in."""
    associated, records = _added_vpcs(stack), _records(stack)
    for zone in looks(stack, [types.ZONE]):
        own_vpcs = [zone.ref(item["vpcId"], types.VPCS) for item in zone["vpcs"].each()]
        refs = tuple(dict.fromkeys(ref for ref in (*own_vpcs, *associated[zone.urn]) if ref is not None))
        # A zone without a VPC is public, and nobody asks it for a private name.
        if refs:
            domain = zone.text(zone["name"])
            yield Zone(
                id=zone.urn,
                name=zone.label,
                domain=domain if isinstance(domain, Unknown) else domain.rstrip("."),
                vpcs=refs,
                records=tuple(records[zone.urn]),
            )
    known = {zone.urn for zone in looks(stack, [types.ZONE])}
    for key in dict.fromkeys((*associated, *records)):
        if key not in known:
            gaps = Unknown(f"the name and the records of the hosted zone {key}", "the stack does not make this zone")
            vpcs, own = tuple(associated.get(key, ())), tuple(records.get(key, ()))
            yield Zone(id=key, name=key, domain=gaps, vpcs=vpcs, records=own, gaps=gaps)


def _added_vpcs(stack: Stack) -> dict[str, list[Ref]]:
    found: dict[str, list[Ref]] = defaultdict(list)
    for one in looks(stack, [types.ZONE_ASSOCIATION]):
        zone, vpc = one.ref(one["zoneId"], [types.ZONE]), one.ref(one["vpcId"], types.VPCS)
        if isinstance(zone, str) and vpc is not None:
            found[zone].append(vpc)
    return found


def _records(stack: Stack) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for one in looks(stack, [types.RECORD]):
        zone = one.ref(one["zoneId"], [types.ZONE])
        if not isinstance(zone, str):
            continue
        name = one.text(one["name"])
        owner = stack.at(zone)
        if owner is not None:
            name = full_name(name, Look(stack, owner).text(Look(stack, owner)["name"]))
        found[zone].append(Record(name=name, endpoint=_endpoint(one)))
    return found


def full_name(name: str | Unknown, domain: str | Unknown) -> str | Unknown:
    """A record's name, which may leave its zone's out."""
    if isinstance(name, Unknown) or isinstance(domain, Unknown):
        return name if isinstance(name, Unknown) else domain
    name, domain = name.rstrip("."), domain.rstrip(".")
    return name if name == domain or name.endswith(f".{domain}") else f"{name}.{domain}".lstrip(".")


def _endpoint(record: Look) -> Ref:
    """Where a record leads: to an endpoint by its alias or, as text, by its name."""
    for node in (record["aliases"], record["records"]):
        found = record.stack.targets(record.resource, node, [types.ENDPOINT]) if record.is_written(node) else []
        if len(found) == 1:
            return found[0].urn
    names = {item["name"].value for item in record["aliases"].each()} | {
        item.value for item in record["records"].each()
    }
    for endpoint in looks(record.stack, [types.ENDPOINT]):
        entries = {entry["dnsName"].value for entry in endpoint["dnsEntries"].each()}
        if any(isinstance(name, str) and name in entries for name in names):
            return endpoint.urn
    return Unknown(f"what {record.label} leads to", "it is no endpoint of the stack")
