"""The registry: which reader turns a resource type's properties into openings. One folder or module a cloud.

A new type of a cloud that is here is a reader, a line in that cloud's table, and its rows in tests/policy/cases.

A new cloud is a module beside this one that exports `CLOUD`, a `Cloud`, and is named in `CLOUDS`:

1. A reader takes the `Node` of a resource's properties and yields one `Opening` for each entry of each rule set,
   denials (`allows=False`) included. It asks for properties in camelCase, never raises, and uses `ssm_guard.values` for
   protocols, ports, networks and flags: what can't be read is a `Doubt` in the record, and `verdict.py` says when it
   matters.
2. An entry with several ranges of ports is one opening for each. Where a missing source is everybody, say so with
   `values.everyone(node, EVERYONE, EVERYONE_IPV6)`; where a missing port is every port, `values.ports` already does.
3. `order` is the entry's priority, or its place in a list where the first match decides; leave it where there are no
   denials. A default that holds when nothing matches is a last opening with a higher order than any entry's.
4. Rules that are resources of their own are declared as a `RuleSet`: which types are sets, which are rules, and which
   properties name the set. The stack policy finds the set by id, name or property dependency, and judges its entries
   together. `alone=False` on an opening leaves it to that policy; without it, a rule is judged by itself too.
5. `repairs` names the types of plain rules that the level `remediate` may change. What is left is not judged again:
   leave out a type whose provider may refuse it, or take it for something else.
6. `Cloud.remedy` is what a person does instead there. `renamed` and `terraform` are other tokens of the same types:
   `gcp:compute/firewall:Firewall` is `google_compute_firewall`, and so `google:index/computeFirewall:ComputeFirewall`.
   The readers need not know: `terraform.py` turns one spelling of the properties into the other.
7. A type that is a product and no instance gets a `Kind` with a switch in `settings.py`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ssm_guard import terraform
from ssm_guard.node import Node
from ssm_guard.readers import (
    alicloud,
    aws,
    azure,
    civo,
    digitalocean,
    exoscale,
    gcp,
    hcloud,
    kubernetes,
    linode,
    oci,
    openstack,
    outscale,
    ovh,
    scaleway,
    upcloud,
    vultr,
    yandex,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssm_guard.readers.cloud import Cloud, Reader, RuleSet

CLOUDS: tuple[Cloud, ...] = (
    aws.CLOUD,
    alicloud.CLOUD,
    azure.CLOUD,
    civo.CLOUD,
    digitalocean.CLOUD,
    exoscale.CLOUD,
    gcp.CLOUD,
    hcloud.CLOUD,
    kubernetes.CLOUD,
    linode.CLOUD,
    oci.CLOUD,
    openstack.CLOUD,
    outscale.CLOUD,
    ovh.CLOUD,
    scaleway.CLOUD,
    upcloud.CLOUD,
    vultr.CLOUD,
    yandex.CLOUD,
)

READERS: Mapping[str, Reader] = {token: reader for cloud in CLOUDS for token, reader in cloud.readers.items()}
RULE_SETS: tuple[RuleSet, ...] = tuple(rule_set for cloud in CLOUDS for rule_set in cloud.rule_sets)

_BY_PREFIX = {prefix: cloud for cloud in CLOUDS for prefix in cloud.prefixes}


class Type(NamedTuple):
    """A resource type under the name that the pack's tables know, and how its properties are spelt."""

    token: str
    node: type[Node] = Node


_ELSEWHERE: Mapping[str, Type] = {
    **{old: Type(new) for cloud in CLOUDS for old, new in cloud.renamed.items()},
    **{
        terraform.token(name, package): Type(token, terraform.PackageNode)
        for cloud in CLOUDS
        for package in ("", *cloud.packages)
        for name, token in cloud.terraform.items()
    },
}
_IN_MODULES: Mapping[str, Type] = {
    name: Type(token, terraform.ModuleNode) for cloud in CLOUDS for name, token in cloud.terraform.items()
}


@lru_cache(maxsize=4096)
def known_as(token: str) -> Type:
    """The type behind a token: itself, or what it is called in Pulumi's own package of today."""
    if token in _ELSEWHERE:
        return _ELSEWHERE[token]
    package, module, name = (*token.split(":", 2), "", "")[:3]
    if module == "tf":
        # A Terraform module's package has whatever name its user gave it.
        return _IN_MODULES.get(name, Type(token))
    cloud = _BY_PREFIX.get(package.partition("_")[0])
    return Type(cloud.today(token)) if cloud else Type(token)


def cloud_of(token: str) -> Cloud:
    """The cloud whose words fit a type; the first one for what belongs to none."""
    return _BY_PREFIX.get(known_as(token).token.partition(":")[0], CLOUDS[0])
