"""What one cloud brings to the pack: its readers, its rule sets, its other spellings, and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ssm_guard.node import Node
from ssm_guard.opening import Opening

Reader = Callable[[Node], Iterator[Opening]]


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """Rules that are resources of their own, and what they are rules of.

    Attributes:
        sets: the types that rules belong to. One with a reader holds rules itself.
        rules: the types of such rules, each with the properties that name the set; the first that is written counts.
            A reader that finds the name elsewhere puts it in `Opening.group`.
        scope: properties of a set and of a rule in which a set's name is unique, as in a project or a resource group.
        exclusive: whether a set's own rules count for nothing beside separate ones. True where the provider forbids
            the mixture and a refresh writes the separate rules into the set.
    """

    sets: tuple[str, ...]
    rules: Mapping[str, tuple[str, ...]]
    scope: tuple[str, ...] = ()
    exclusive: bool = False


@dataclass(frozen=True, kw_only=True)
class Repair:
    """How a type of plain rules is repaired: a list of rules, or one rule that is a resource.

    Attributes:
        ports: the names of a rule's first and last port, where a rule may be split in two; empty where it may not.
        needs_a_rule: whether the provider refuses an empty list of rules.
        needs_its_lists: whether a source that is missing means something else than nobody.
    """

    ports: tuple[str, ...] = ()
    needs_a_rule: bool = False
    needs_its_lists: bool = False


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """One cloud, whatever the number of its providers.

    Attributes:
        name: what the setting `clouds` calls it.
        prefixes: how the tokens of its providers begin, up to the first colon.
        readers: by type token.
        remedy: what to do instead of opening the port, as a sentence of a message.
        rule_sets: what the stack policy puts together.
        renamed: tokens of older packages, each with the token of today.
        today: the token of today for one that holds a version, where there are too many to list.
        repairs: what `no-world-ssh` can repair, by type token.
        packages: other names of the Terraform provider, whose types begin as that one's do.
        terraform: types of the Terraform provider, each with the token of Pulumi's own package.
    """

    name: str
    prefixes: tuple[str, ...]
    readers: Mapping[str, Reader]
    remedy: str
    rule_sets: tuple[RuleSet, ...] = ()
    repairs: Mapping[str, Repair] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    today: Callable[[str], str] = str
    packages: tuple[str, ...] = ()
    terraform: Mapping[str, str] = field(default_factory=dict)
