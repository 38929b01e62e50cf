"""The instances of a stack, and those that its Auto Scaling groups will start."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reachability.model import Host, OneOf, Platform, Unknown
from ssm_guard.reach import types, unread
from ssm_guard.reach.interfaces import attached_groups, with_attached
from ssm_guard.reach.look import Look, looks
from ssm_guard.reach.rules import group_refs
from ssm_guard.values import true

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_policy import PolicyResource

    from reachability.model import Ref, Subnet
    from ssm_guard.node import Node
    from ssm_guard.stack import Stack

# Public parameters that name images ("AMIs with SSM Agent preinstalled", Systems Manager user guide): of Windows, and
# without an agent. An image by its id tells nothing.
_WINDOWS = re.compile(r"/aws/service/ami-windows-latest/")
_NO_AGENT = re.compile(r"/aws/service/(?:debian/|ami-amazon-linux-latest/al2023-ami-minimal)")
_AGENT = "amazon-ssm-agent"
_DUAL_STACK = re.compile(r'"?UseDualStackEndpoint"?\s*:\s*true', re.IGNORECASE)
# A boot script of ssm-only has the text above in any case, and says whether it is meant.
_IS_DUAL_STACK = re.compile(r"^\$?dual_?stack\s*=\s*'?(true|false)", re.IGNORECASE | re.MULTILINE)
_PROXY = re.compile(r"https_proxy", re.IGNORECASE)
# What the provider before its version 7 leaves of the text in an instance's state.
_HASH = re.compile(r"[0-9a-f]{40}")
# The device index of the interface that an instance starts with; it need not be written.
_FIRST = (None, 0)


@dataclass(frozen=True)
class Started:
    """A host, the resource that starts it, and the tags by which a person may have selected it."""

    host: Host
    resource: PolicyResource
    tags: Mapping[str, str]


@dataclass(frozen=True)
class _Settings:
    """What an instance is started with: what it says itself, and else its launch template."""

    own: Look | None
    # Not known is one that the stack does not make: it may say whatever decides and is written nowhere else.
    template: Look | Unknown | None

    @property
    def hidden(self) -> Unknown | None:
        """What may be said where nobody can read it."""
        return self.template if isinstance(self.template, Unknown) else None

    def find(self, *keys: str) -> tuple[Look, Node] | None:
        """The first of these properties that is written, with whose it is."""
        readable = [look for look in (self.own, self.template) if isinstance(look, Look)]
        return next(((look, look[key]) for look in readable for key in keys if look.is_written(look[key])), None)

    def of_interface(self, key: str) -> tuple[Look, Node] | None:
        """A property of the first interface in the launch template, where it is written."""
        if not isinstance(self.template, Look):
            return None
        items = self.template["networkInterfaces"].each()
        first = next((item for item in items if item["deviceIndex"].value in _FIRST), None)
        return (self.template, first[key]) if first and self.template.is_written(first[key]) else None


def hosts(stack: Stack, subnets: Mapping[str, Subnet]) -> Iterator[Started]:
    """Every instance, and one for each subnet of a group."""
    firsts = _first_interfaces(stack)
    addresses, groups = _elastic(stack, firsts), attached_groups(stack, firsts)
    for instance in looks(stack, types.INSTANCES):
        settings = _Settings(instance, _template(instance, instance["launchTemplate"]))
        host = _instance(instance, settings, subnets, elastic=addresses.get(instance.urn))
        host = replace(host, groups=with_attached(host.groups, groups.get(instance.urn, []), host.name))
        yield Started(host, instance.resource, _tags(instance))
    for group in looks(stack, [types.SCALING_GROUP]):
        yield from _of_group(group, subnets)
    for one in looks(stack, unread.STARTERS):
        yield Started(unread.host(one), one.resource, _tags(one) | _group_tags(one))


def _of_group(group: Look, subnets: Mapping[str, Subnet]) -> Iterator[Started]:
    mixed = group["mixedInstancesPolicy"]["launchTemplate"]["launchTemplateSpecification"]
    template = _template(group, group["launchTemplate"], mixed, group["launchConfiguration"])
    if template is None:
        return
    settings = _Settings(None, template)
    tags = (_tags(template) if isinstance(template, Look) else {}) | _group_tags(group)
    zones = group.refs(group["vpcZoneIdentifiers"], types.SUBNETS)
    refs = (zones,) if isinstance(zones, Unknown) else zones or (_subnet(settings, group.label),)
    groups, public = _groups(settings), _public(settings)
    for number, ref in enumerate(refs):
        home = subnets.get(ref) if isinstance(ref, str) else None
        key = group.urn if len(refs) == 1 else f"{group.urn}/{number}"
        name = group.label if len(refs) == 1 or home is None else f"{group.label} in {home.name}"
        host = _host(
            group.stack,
            settings,
            key=key,
            name=name,
            subnet=ref,
            home=home,
            groups=groups,
            public_ip=public,
        )
        yield Started(host, group.resource, tags)


def _template(owner: Look, *nodes: Node) -> Look | Unknown | None:
    """The launch template or configuration that an instance or a group is started from; the first that is named."""
    named = next((node for node in nodes if owner.is_written(node)), None)
    if named is None:
        return None
    keys = ("id", "launchTemplateId", "name", "launchTemplateName")
    for node in [named[key] for key in keys] if isinstance(named.value, dict) else [named]:
        of = (types.TEMPLATE, types.CONFIGURATION)
        found = owner.stack.targets(owner.resource, node, of) if node.value else []
        if len(found) == 1:
            return Look(owner.stack, found[0])
    return Unknown(f"what {owner.label} is started from", "the stack does not make its launch template")


def _groups(settings: _Settings) -> tuple[Ref, ...] | Unknown:
    """By their ids, or by their names: of the default VPC's groups, and by ids too where a subnet is named."""
    found = (
        settings.find("vpcSecurityGroupIds", "securityGroups")
        or settings.of_interface("securityGroups")
        or settings.find("securityGroupNames")
    )
    return group_refs(*found) if found else settings.hidden or ()


def _subnet(settings: _Settings, name: str) -> Ref:
    found = settings.find("subnetId") or settings.of_interface("subnetId")
    default = Unknown(f"the subnet of {name}", "it names none, so it starts in the account's default VPC")
    return (found[0].ref(found[1], types.SUBNETS) if found else None) or settings.hidden or default


def _instance(
    instance: Look, settings: _Settings, subnets: Mapping[str, Subnet], *, elastic: bool | Unknown | None
) -> Host:
    interface = _interface(instance)
    home_of = interface or instance
    subnet = _subnet(replace(settings, own=home_of), instance.label)
    home = subnets.get(subnet) if isinstance(subnet, str) else None
    groups = group_refs(interface, interface["securityGroups"]) if interface else _groups(settings)
    public = True if instance.text(instance["publicIp"]) else _public(settings)
    address = (interface or instance)["privateIp"].value
    return _host(
        instance.stack,
        settings,
        key=instance.urn,
        name=instance.label,
        subnet=subnet,
        home=home,
        groups=groups,
        public_ip=public if elastic is None or public is True else elastic,
        address=address if isinstance(address, str) else "",
        check=home_of.flag(home_of["sourceDestCheck"], otherwise=True),
    )


def _interface(instance: Look) -> Look | None:
    """The interface that an instance is given as its first one, where it is a resource of its own."""
    nodes = [instance["primaryNetworkInterface"]["networkInterfaceId"]]
    if instance.is_written(instance["networkInterfaces"]):
        items = instance["networkInterfaces"].each()
        nodes += [item["networkInterfaceId"] for item in items if item["deviceIndex"].value in _FIRST]
    for node in nodes:
        found = instance.stack.targets(instance.resource, node, [types.INTERFACE]) if instance.is_written(node) else []
        if len(found) == 1:
            return Look(instance.stack, found[0])
    return None


def _public(settings: _Settings) -> bool | Unknown | None:
    """What was asked for; None leaves it to the subnet."""
    found = settings.find("associatePublicIpAddress") or settings.of_interface("associatePublicIpAddress")
    return found[0].flag(found[1]) if found else None


def _first_interfaces(stack: Stack) -> dict[str, str]:
    """The instance of each interface that is a first one, by the interface's resource and by its id."""
    found: dict[str, str] = {}
    for instance in looks(stack, types.INSTANCES):
        interface = _interface(instance)
        own = instance["primaryNetworkInterfaceId"].value
        found |= {interface.urn: instance.urn} if interface else {}
        found |= {own: instance.urn} if isinstance(own, str) else {}
    return found


def _elastic(stack: Stack, firsts: Mapping[str, str]) -> dict[str, bool | Unknown]:
    """The instances that get an Elastic IP address, by themselves or by their interface, and those that may."""
    found: dict[str, bool | Unknown] = {}
    for token, key, other in (
        (types.EIP, "instance", "networkInterface"),
        (types.EIP_ASSOCIATION, "instanceId", "networkInterfaceId"),
    ):
        for address in looks(stack, [token]):
            for ref in (
                address.ref(address[key], types.INSTANCES),
                address.ref(address[other], [types.INTERFACE, *types.INSTANCES]),
            ):
                if isinstance(ref, str):
                    found[firsts.get(ref, ref)] = True
                elif isinstance(ref, OneOf):
                    doubt = Unknown(f"which instance gets the address {address.label}", ref.source)
                    for one in ref.ids:
                        found.setdefault(firsts.get(one, one), doubt)
    return found


def _host(
    stack: Stack,
    settings: _Settings,
    *,
    key: str,
    name: str,
    subnet: Ref,
    home: Subnet | None,
    groups: tuple[Ref, ...] | Unknown,
    public_ip: bool | Unknown | None,
    address: str = "",
    check: bool | Unknown = True,
) -> Host:
    metadata = settings.find("metadataOptions")
    text = _user_data(settings, name)
    has_ipv4 = home is None or home.cidr is not None
    image = settings.find("ami", "imageId")
    parameter = image[1].value if image and isinstance(image[1].value, str) else ""
    agent: bool | Unknown = True
    if _NO_AGENT.search(parameter):
        agent = Unknown(f"the user data of {name}", text.source) if isinstance(text, Unknown) else _AGENT in text
    return Host(
        id=key,
        name=name,
        subnet=subnet,
        groups=groups,
        address=address,
        public_ip=public_ip,
        ipv4=has_ipv4,
        ipv6=_has_ipv6(stack, settings, home),
        source_dest_check=check,
        platform=_platform(parameter, text, name),
        metadata=_metadata_on(metadata),
        hop_limit=metadata[0].number(metadata[1]["httpPutResponseHopLimit"], otherwise=1) if metadata else 1,
        agent=agent,
        dual_stack=_dual_stack(text, has_ipv4=has_ipv4),
        proxy=_proxy(text, name),
        profile=_profile(settings),
    )


def _dual_stack(text: str | Unknown, *, has_ipv4: bool) -> bool | Unknown:
    """Hardly anybody says so to an agent that can do without: of these what isn't known counts as not said."""
    if isinstance(text, Unknown):
        return False if has_ipv4 else text
    said = _IS_DUAL_STACK.search(text)
    return said[1].lower() == "true" if said else _DUAL_STACK.search(text) is not None


def _proxy(text: str | Unknown, name: str) -> Unknown | None:
    if isinstance(text, str) and _PROXY.search(text):
        return Unknown(f"the way of {name} to its proxy and on", "its user data sets https_proxy")
    return None


def _metadata_on(found: tuple[Look, Node] | None) -> bool | Unknown:
    if found is None:
        return True
    value = found[0].text(found[1]["httpEndpoint"])
    return value if isinstance(value, Unknown) else value != "disabled"


def _has_ipv6(stack: Stack, settings: _Settings, home: Subnet | None) -> bool | Unknown:
    count, addresses = settings.find("ipv6AddressCount"), settings.find("ipv6Addresses")
    if addresses:
        return True
    if count:
        number = count[0].number(count[1], otherwise=0)
        return number if isinstance(number, Unknown) else number > 0
    return _assigns_ipv6(stack, home) if home is not None and home.cidr_v6 is not None else False


def _assigns_ipv6(stack: Stack, home: Subnet) -> bool | Unknown:
    subnet = stack.at(home.id)
    return Look(stack, subnet).flag(Look(stack, subnet)["assignIpv6AddressOnCreation"]) if subnet else False


def _platform(parameter: str, text: str | Unknown, name: str) -> Platform | Unknown:
    if _WINDOWS.search(parameter) or (isinstance(text, str) and "<powershell>" in text.lower()):
        return Platform.WINDOWS
    if parameter.startswith("resolve:ssm:/aws/service/") or (
        isinstance(text, str) and text.startswith(("#!", "#cloud", "Content-Type: multipart/"))
    ):
        return Platform.LINUX
    return Unknown(f"the platform of {name}", "its image does not tell")


def _user_data(settings: _Settings, name: str) -> str | Unknown:
    """The text that an instance runs at its first boot, whichever way it is written."""
    found = settings.find("userData", "userDataBase64")
    if found is None:
        return ""
    look, node = found
    if not isinstance(node.value, str):
        return Unknown(f"the user data of {name}", look.unknown(node).source)
    if _HASH.fullmatch(node.value):
        return Unknown(f"the user data of {name}", "the provider kept no more than a hash of it")
    try:
        return base64.b64decode(node.value, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return node.value


def _profile(settings: _Settings) -> Ref | None:
    found = settings.find("iamInstanceProfile")
    if found is None:
        return settings.hidden
    look, node = found
    if not isinstance(node.value, dict):
        return look.ref(node, [types.PROFILE])
    inner = node["name"] if look.is_written(node["name"]) else node["arn"]
    return look.ref(inner, [types.PROFILE])


def _tags(look: Look) -> dict[str, str]:
    return {key: node.value for key, node in look["tags"].items() if isinstance(node.value, str)}


def _group_tags(group: Look) -> dict[str, str]:
    items = [item for item in group["tags"].each() if true(item["propagateAtLaunch"]) is not False]
    pairs = [(item["key"].value, item["value"].value) for item in items]
    return {key: value for key, value in pairs if isinstance(key, str) and isinstance(value, str)}
