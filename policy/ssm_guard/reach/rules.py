"""Security groups, network ACLs and prefix lists of a stack: inline rules united with those that are resources."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reachability.model import AclEntry, Group, NetworkAcl, OneOf, PrefixList, Protocol, Rule, Unknown, Vpc
from reachability.view import default_group_key
from ssm_guard import opening, values
from ssm_guard.node import Doubt
from ssm_guard.reach import types
from ssm_guard.reach.look import Look, looks, perhaps
from ssm_guard.reach.routing import adopted, is_adopted, vpc_behind, vpc_of_default

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reachability.model import Ref
    from ssm_guard.node import Node
    from ssm_guard.stack import Stack

# Where a rule writes its other end: blocks, groups and prefix lists.
_INLINE = (("cidrBlocks", "ipv6CidrBlocks"), "securityGroups", "prefixListIds")
_APART = (("cidrBlocks", "ipv6CidrBlocks"), "sourceSecurityGroupId", "prefixListIds")
_OF_VPC = (("cidrIpv4", "cidrIpv6"), "referencedSecurityGroupId", "prefixListId")


@dataclass
class _Rules:
    """The rules of one group that are resources, and those that may be its."""

    ingress: list[Rule] = field(default_factory=list)
    egress: list[Rule] = field(default_factory=list)
    perhaps_ingress: list[Rule] = field(default_factory=list)
    perhaps_egress: list[Rule] = field(default_factory=list)


def groups(stack: Stack) -> Iterator[Group]:
    """The groups of the stack, and those of others that it adds rules to."""
    apart = _apart(stack)
    for group in looks(stack, types.GROUPS):
        found = apart.pop(group.urn, _Rules())
        ingress, egress = (
            (*_united(group, *_inline(group, side), rules), *perhaps)
            for side, rules, perhaps in (
                ("ingress", found.ingress, found.perhaps_ingress),
                ("egress", found.egress, found.perhaps_egress),
            )
        )
        yield Group(id=group.urn, name=group.label, ingress=ingress, egress=egress)
    own = {default_group_of(vpc.urn): vpc for vpc in looks(stack, types.VPCS)}
    for key, found in apart.items():
        yield _not_managed(stack, own.get(key), key, found)


def default_group_of(vpc: str) -> str:
    """The key of the group that EC2 makes in a VPC."""
    return default_group_key(Vpc(id=vpc, name="", cidrs=()))


def _not_managed(stack: Stack, vpc: Look | None, key: str, found: _Rules) -> Group:
    """A group that the stack only adds rules to: a VPC's default one has EC2's own rules too."""
    if vpc is not None and not is_adopted(stack, vpc.urn):
        own, out = Rule(groups=(key,)), Rule(cidrs=("0.0.0.0/0", "::/0"))
        name = f"the default group of {vpc.label}"
        return Group(id=key, name=name, ingress=(own, *found.ingress), egress=(out, *found.egress))
    name = key if vpc is None else f"the default group of {vpc.label}"
    gaps = Unknown(f"the other rules of {name}", "the stack does not make this group")
    return Group(id=key, name=name, ingress=tuple(found.ingress), egress=tuple(found.egress), gaps=gaps)


def _inline(group: Look, side: str) -> tuple[list[Rule], list[Rule]]:
    """The rules inside a group, and those that may be. Without any it lets nothing out.

    The provider takes out what EC2 puts in.
    """
    node = group[side]
    if not group.is_written(node):
        return [], []
    if isinstance(node.value, Doubt):
        return [], [_anything(group.unknown(node))]
    return [_rule(group, item, _INLINE, name="", me=group.urn) for item in node.each()], []


def _anything(doubt: Unknown) -> Rule:
    """A rule of which nothing is known, not even that it is there."""
    return Rule(cidrs=(doubt,))


def _united(group: Look, inline: list[Rule], perhaps: list[Rule], apart: list[Rule]) -> tuple[Rule, ...]:
    """The rules of both kinds.

    A refresh repeats the separate rules inside the group, those included that the program has dropped since.

    So what stands inside beside separate rules, and is none of these, may be there or not.
    """
    if not apart:
        return (*inline, *perhaps)
    known = {atom for rule in apart for atom in _atoms(rule)}
    if all(atom in known for rule in inline for atom in _atoms(rule)):
        return (*apart, *perhaps)
    doubt = Unknown(
        f"which rules inside {group.label} stay",
        "it has rules inside and rules of their own, and each undoes the other",
    )
    return (*apart, *perhaps, _anything(doubt))


def _atoms(rule: Rule) -> Iterator[tuple[object, ...]]:
    for peer in (*rule.cidrs, *rule.groups, *rule.prefix_lists):
        yield rule.protocol, rule.ports, peer


def _apart(stack: Stack) -> dict[str, _Rules]:
    found: dict[str, _Rules] = defaultdict(_Rules)
    for one in looks(stack, [types.GROUP_RULE, types.INGRESS_RULE, types.EGRESS_RULE]):
        token = stack.token(one.resource)
        egress = one.text(one["type"]) == "egress" if token == types.GROUP_RULE else token == types.EGRESS_RULE
        group = one.ref(one["securityGroupId"], (*types.GROUPS, *types.VPCS))
        key = _group_key(stack, group)
        if isinstance(key, OneOf | Unknown):
            doubtful = _anything(Unknown(f"whether {one.label} is a rule of it", key.source))
            for other in perhaps(stack, key, types.GROUPS):
                (found[other].perhaps_egress if egress else found[other].perhaps_ingress).append(doubtful)
            continue
        where = _APART if token == types.GROUP_RULE else _OF_VPC
        rule = _rule(one, one.root, where, name=one.label, me=key)
        (found[key].egress if egress else found[key].ingress).append(rule)
    return found


def _group_key(stack: Stack, ref: Ref | None) -> Ref:
    """A VPC stands for its default group, which the program takes from it, or the resource that has adopted that."""
    vpc = vpc_behind(stack, ref, "defaultSecurityGroupId")
    if vpc:
        return adopted(stack, types.DEFAULT_GROUP, "vpcId").get(vpc, default_group_of(vpc))
    return ref or Unknown("the group of a rule")


def group_refs(look: Look, node: Node) -> tuple[Ref, ...] | Unknown:
    """The groups that a list names."""
    refs = look.refs(node, (*types.GROUPS, *types.VPCS), _is_for_somebody)
    return refs if isinstance(refs, Unknown) else tuple(_group_key(look.stack, ref) for ref in refs)


def _is_for_somebody(group: Look) -> bool:
    """Whether a component may hand it out as a group: a default group that was emptied is there for nobody to use."""
    emptied = [
        one
        for one in looks(group.stack, [types.DEFAULT_GROUP])
        if not one.is_written(one["ingress"]) and not one.is_written(one["egress"])
    ]
    return group.urn not in {key for one in emptied for key in (one.urn, vpc_of_default(group.stack, one, "vpcId"))}


def _has_list(look: Look) -> bool:
    """Whether it has a prefix list to hand out: of endpoints, a gateway endpoint alone."""
    return look.stack.token(look.resource) == types.PREFIX_LIST or is_gateway(look)


def is_gateway(endpoint: Look) -> bool:
    """Whether an endpoint has a route to it, and no interface: what it is where nobody says."""
    return (endpoint.text(endpoint["vpcEndpointType"]) or "Gateway") == "Gateway"


def _rule(owner: Look, rule: Node, where: tuple[tuple[str, ...], str, str], *, name: str, me: str) -> Rule:
    blocks, group, prefix_list = where
    protocol = values.protocol(rule["protocol" if "protocol" in _keys(rule) else "ipProtocol"])
    cidrs = [text for key in blocks for text in owner.texts(rule[key])]
    groups = group_refs(owner, rule[group])
    lists = owner.refs(rule[prefix_list], (types.PREFIX_LIST, types.ENDPOINT), _has_list)
    own = (me,) if values.true(rule["self"]) is True else ()
    return Rule(
        name=name,
        protocol=_protocol(owner, rule, protocol),
        ports=(0, 65535) if protocol is opening.Protocol.ALL else _ports(owner, rule),
        cidrs=tuple(cidrs),
        groups=(*((groups,) if isinstance(groups, Unknown) else groups), *own),
        prefix_lists=(lists,) if isinstance(lists, Unknown) else lists,
    )


def _keys(rule: Node) -> Iterable[str]:
    return rule.value if isinstance(rule.value, dict) else ()


_PROTOCOLS = {
    opening.Protocol.TCP: Protocol.TCP,
    opening.Protocol.ALL: Protocol.ALL,
    opening.Protocol.OTHER: Protocol.OTHER,
}


def _protocol(owner: Look, rule: Node, found: opening.Protocol | Doubt) -> Protocol | Unknown:
    return owner.unknown(rule["protocol"]) if isinstance(found, Doubt) else _PROTOCOLS[found]


def _ports(owner: Look, rule: Node) -> tuple[int, int] | Unknown:
    found = values.ports(rule["fromPort"], rule["toPort"])
    if isinstance(found.low, Doubt) or isinstance(found.high, Doubt):
        return owner.unknown(rule["fromPort"])
    return (found.low, found.high)


def acls(stack: Stack) -> Iterator[NetworkAcl]:
    """The network ACLs with their entries, inline and as resources."""
    apart: dict[str, list[AclEntry]] = defaultdict(list)
    doubts: dict[str, Unknown] = {}
    for one in looks(stack, [types.ACL_RULE]):
        acl = _acl_key(stack, one)
        entry = _entry(one, one.root, egress=one.flag(one["egress"]) is True)
        if isinstance(acl, str) and entry:
            apart[acl].append(entry)
        else:
            unknown = Unknown(f"what {one.label} says")
            doubts |= dict.fromkeys([acl] if isinstance(acl, str) else getattr(acl, "ids", ()), unknown)
    for acl_ in looks(stack, types.ACLS):
        entries, gaps = [], doubts.get(acl_.urn)
        for side in ("ingress", "egress"):
            if not acl_.is_written(acl_[side]):
                continue
            for item in acl_[side].each():
                entry = _entry(acl_, item, egress=side == "egress") if isinstance(item.value, dict) else None
                gaps = gaps if entry else acl_.unknown(item)
                entries += [entry] if entry else []
        have = {(entry.number, entry.egress) for entry in entries}
        entries += [entry for entry in apart.pop(acl_.urn, ()) if (entry.number, entry.egress) not in have]
        yield NetworkAcl(id=acl_.urn, name=acl_.label, entries=tuple(entries), gaps=gaps)
    for vpc in looks(stack, types.VPCS[:1]):
        key = _made_acl(vpc.urn)
        if key not in apart:
            continue
        name = f"the default network ACL of {vpc.label}"
        yield NetworkAcl(id=key, name=name, entries=(*apart.pop(key), *_MADE_ENTRIES), gaps=doubts.get(key))
    for key, added in apart.items():
        others = Unknown(f"the other entries of {key}", "the stack does not make this network ACL")
        yield NetworkAcl(id=key, name=key, entries=tuple(added), gaps=doubts.get(key, others))


# What EC2 puts into a VPC's default ACL ("Default network ACL", VPC user guide).
_MADE_ENTRIES = tuple(
    AclEntry(number=number, egress=egress, allow=True, cidr=cidr)
    for number, cidr in ((100, "0.0.0.0/0"), (101, "::/0"))
    for egress in (False, True)
)


def _acl_key(stack: Stack, rule: Look) -> Ref | None:
    """A VPC stands for its default ACL, which the program takes from it, or the resource that has adopted that."""
    ref = rule.ref(rule["networkAclId"], (*types.ACLS, *types.VPCS))
    vpc = vpc_behind(stack, ref, "defaultNetworkAclId")
    return adopted(stack, types.DEFAULT_ACL, "defaultNetworkAclId").get(vpc, _made_acl(vpc)) if vpc else ref


def _made_acl(vpc: str) -> str:
    """The key of the ACL that EC2 makes in a VPC."""
    return f"{vpc}/default-acl"


def default_acls(stack: Stack) -> dict[str, str]:
    """The default ACL of each VPC that is a resource, or that gets entries by resources of their own."""
    keys = {_acl_key(stack, one) for one in looks(stack, [types.ACL_RULE])}
    added = {vpc.urn: key for vpc in looks(stack, types.VPCS[:1]) if (key := _made_acl(vpc.urn)) in keys}
    return added | adopted(stack, types.DEFAULT_ACL, "defaultNetworkAclId")


def _entry(owner: Look, node: Node, *, egress: bool) -> AclEntry | None:
    inline = "ruleNo" in _keys(node)
    number = values.whole_number(node["ruleNo" if inline else "ruleNumber"])
    if number is None:
        return None
    action = owner.text(node["action" if inline else "ruleAction"])
    blocks = [text for key in ("cidrBlock", "ipv6CidrBlock") if (text := owner.text(node[key]))]
    protocol = values.protocol(node["protocol"])
    return AclEntry(
        number=number,
        egress=egress,
        allow=action if isinstance(action, Unknown) else action.lower() == "allow",
        cidr=blocks[0] if blocks else Unknown(f"the addresses of entry {number} of {owner.label}"),
        protocol=_protocol(owner, node, protocol),
        ports=(0, 65535) if protocol is opening.Protocol.ALL else _ports(owner, node),
    )


def prefix_lists(stack: Stack) -> Iterator[PrefixList]:
    """The stack's own lists, and those of AWS's that gateway endpoints stand for."""
    entries: dict[str, list[str | Unknown]] = defaultdict(list)
    for one in looks(stack, [types.PREFIX_LIST_ENTRY]):
        ref = one.ref(one["prefixListId"], [types.PREFIX_LIST])
        if isinstance(ref, str):
            entries[ref].append(one.text(one["cidr"]))
    for listed in looks(stack, [types.PREFIX_LIST]):
        cidrs = [*(listed.text(item["cidr"]) for item in listed["entries"].each()), *entries[listed.urn]]
        if not listed.is_written(listed["entries"]):
            cidrs = entries[listed.urn]
        known = tuple(dict.fromkeys(cidr for cidr in cidrs if isinstance(cidr, str)))
        unknown = next((cidr for cidr in cidrs if isinstance(cidr, Unknown)), None)
        yield PrefixList(id=listed.urn, name=listed.label, entries=unknown or known)
    for endpoint in looks(stack, [types.ENDPOINT]):
        service = endpoint.text(endpoint["serviceName"])
        if isinstance(service, str) and is_gateway(endpoint):
            name = f"the prefix list of {endpoint.label}"
            yield PrefixList(id=endpoint.urn, name=name, service=service.rpartition(".")[2])
