"""A world as the reasoning looks at it: what a key leads to, and one choice where there are several.

The reasoning goes along as if each thing were known. Where it meets a `OneOf` it stops with `Ambiguous`, and is started
again for each of the choices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from reachability.mends import apply
from reachability.model import Group, NetworkAcl, OneOf, RouteTable, Rule, Subnet, Unknown, Vpc

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from reachability.findings import Mend
    from reachability.model import Ref, Thing, World

AnyThing = TypeVar("AnyThing", bound="Thing")
Answer = TypeVar("Answer")


class Ambiguous(Exception):  # noqa: N818 - it is no error: the reasoning is started again
    """What comes next depends on a choice."""

    def __init__(self, one: OneOf) -> None:
        """Remembers which."""
        super().__init__(one.what)
        self.one = one


@dataclass(frozen=True, eq=False)
class View:
    """A world and what was chosen in it.

    Attributes:
        world: all that is known.
        chosen: the key that is taken for each `OneOf`, by what that is.
    """

    world: World
    chosen: Mapping[str, str] = field(default_factory=dict)
    _known: dict[Hashable, Any] = field(default_factory=dict)

    def choosing(self, one: OneOf, key: str) -> View:
        """The same world with one more choice made."""
        return self.once(("choice", one.what, key), lambda: View(self.world, {**self.chosen, one.what: key}))

    def changed(self, mend: Mend) -> View:
        """The world with these changes made."""
        return self.once(("changed", mend), lambda: View(apply(self.world, mend), self.chosen))

    def once(self, key: Hashable, answer: Callable[[], Answer]) -> Answer:
        """An answer that many hosts share."""
        if key not in self._known:
            self._known[key] = answer()
        found: Answer = self._known[key]
        return found

    def key(self, ref: Ref) -> str | Unknown:
        """The key that is meant.

        Raises:
            Ambiguous: it is one of several, and none was chosen yet.
        """
        if not isinstance(ref, OneOf):
            return ref
        if ref.what not in self.chosen:
            if not ref.ids:
                return Unknown(ref.what, ref.source)
            raise Ambiguous(ref)
        return self.chosen[ref.what]

    def find(self, things: Mapping[str, AnyThing], ref: Ref) -> AnyThing | Unknown:
        """The thing that is meant.

        Raises:
            Ambiguous: it is one of several, and none was chosen yet.
        """
        key = self.key(ref)
        if isinstance(key, Unknown):
            return key
        return things.get(key) or Unknown(key, "it is not among what was read")

    def vpc_of(self, subnet: Subnet) -> Vpc | Unknown:
        """Where a subnet is."""
        return self.find(self.world.vpcs, subnet.vpc)

    def table_of(self, subnet: Subnet, vpc: Vpc) -> RouteTable | Unknown:
        """The subnet's own table, else the VPC's main one, which EC2 makes with local routes alone."""
        ref = vpc.main_table if subnet.table is None else subnet.table
        key = main_table_key(vpc.id)
        if ref is not None and (ref != key or isinstance(vpc.main_table, Unknown)):
            return self.find(self.world.tables, ref)
        made = RouteTable(id=key, name=f"the main route table of {vpc.name}", vpc=vpc.id)
        return self.world.tables.get(key, made)

    def acl_of(self, subnet: Subnet) -> NetworkAcl | Unknown | None:
        """The subnet's own ACL, else the VPC's default one; None is the one that EC2 makes, which lets all through."""
        if subnet.acl is not None:
            return self.find(self.world.acls, subnet.acl)
        vpc = self.vpc_of(subnet)
        if isinstance(vpc, Unknown):
            return Unknown(f"the network ACL of {subnet.name}", vpc.source)
        return None if vpc.default_acl is None else self.find(self.world.acls, vpc.default_acl)

    def group_keys(self, refs: tuple[Ref, ...] | Unknown, vpc: Vpc) -> tuple[str | Unknown, ...]:
        """The keys of an interface's groups; an interface that has none has the VPC's default one."""
        if isinstance(refs, Unknown):
            return (refs,)
        if refs:
            return tuple(self.key(ref) for ref in refs)
        return (default_group_key(vpc) if vpc.default_group is None else self.key(vpc.default_group),)

    def group(self, key: str | Unknown, vpc: Vpc) -> Group | Unknown:
        """A group by its key, also the one that EC2 makes: it lets its members in, and all out."""
        if key == default_group_key(vpc) and isinstance(vpc.default_group, Unknown):
            return self.world.groups.get(key, vpc.default_group)
        if key == default_group_key(vpc):
            own = Rule(groups=(key,))
            out = Rule(cidrs=("0.0.0.0/0", "::/0"))
            made = Group(id=key, name=f"the default group of {vpc.name}", ingress=(own,), egress=(out,))
            return self.world.groups.get(key, made)
        return self.find(self.world.groups, key)


def main_table_key(vpc: Ref) -> str:
    """The key of the main table that EC2 makes in a VPC."""
    return f"{vpc}/main-table"


def default_group_key(vpc: Vpc) -> str:
    """The key of the default group that EC2 makes."""
    return f"{vpc.id}/default-group"
