"""The policies that the guides show for roles, held to what a stack asked of AWS."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.engine.embedded import ROOT

if TYPE_CHECKING:
    from collections.abc import Collection


def blocks(guide: str) -> list[str]:
    """The JSON that a guide shows."""
    return re.findall(r"```json\n(.*?)```", (ROOT / "docs" / guide).read_text(), re.DOTALL)


def actions(statements: Collection[Any]) -> set[str]:
    """What these statements allow."""
    listed = [one["Action"] for one in statements]
    return {action for one in listed for action in ([one] if isinstance(one, str) else one)}


DEPLOYER = blocks("deployer.md")
STATEMENTS: dict[str, Any] = {one["Sid"]: one for policy in DEPLOYER for one in json.loads(policy)["Statement"]}
# In the first column of its last table: what a new stack does not ask.
SELDOM = {
    action
    for row in re.findall(r"^\| (`[a-z0-9]+:\w+`.*?) \|", (ROOT / "docs/deployer.md").read_text(), re.MULTILINE)
    for action in re.findall(r"`([^`]+)`", row)
}
PREVIEW = actions(json.loads(blocks("pull-requests.md")[1])["Statement"])
DRIFT = actions(json.loads(blocks("drift.md")[0]))

# What each stack of the tests is to ask; for every stack, as the guide's table has it.
EVERY_STACK = {
    sid
    for row in re.findall(r"^\| (`.*`) \| every stack", (ROOT / "docs/deployer.md").read_text(), re.MULTILINE)
    for sid in re.findall(r"`(\w+)`", row)
}
OF_VARIANT = {
    "igw": EVERY_STACK | {"InternetGateway", "PublicInstances"},
    "nat": EVERY_STACK | {"InternetGateway", "NatGateway"},
    "privatelink": EVERY_STACK | {"PrivateLink"},
}
OF_HUB = OF_VARIANT["privatelink"] | {"MakePrivateZones", "PrivateZones"}
OF_EXISTING = OF_VARIANT["privatelink"] - {"Network"} | {"TheVpcThatYouHave"}
# What a stack in a VPC that is there needs of the statement `Network`.
NETWORK_OF_EXISTING = set(json.loads(blocks("existing-vpc.md")[0]))
# What a stack with all options of its network asks beside that.
OF_NETWORK_OPTIONS = {
    *("NetworkAcls", "FlowLogs", "HandFlowLogsTheirRole", "InstanceConnect", "InstanceConnectsOwnRole"),
    "PublicAccessExclusion",
}
# By the option of a network, what its stack asks in all.
OF_OPTION = {
    "natKind": OF_VARIANT["nat"] - {"NatGateway"} | {"NatInstance"},
    "dualStack in igw": OF_VARIANT["igw"] | {"DualStack"},
    "dualStack in nat": OF_VARIANT["nat"] | {"DualStack", "DualStackThroughNat"},
    "dualStack in privatelink": OF_VARIANT["privatelink"] | {"DualStack"},
}
OF_FLEETS = {"Fleets", "LookAtFleets", "LaunchTemplates", "FirstFleet"}
# What test_options has in its stack.
OF_OPTIONS = {"OptionsOfInstances", "VolumeKey", "PrefixLists", "RulesInOtherGroups", "SpotRole"}
OPTIONAL = OF_HUB.union(OF_EXISTING, OF_NETWORK_OPTIONS, OF_FLEETS, OF_OPTIONS, *OF_OPTION.values())
# That of log targets is the preview role's too.
OF_EVERYTHING = (
    STATEMENTS.keys() - OF_VARIANT["igw"] - OF_VARIANT["nat"] - OPTIONAL - {"YourLogTargets"}
    | OF_VARIANT["privatelink"]
)


def deployer(sids: Collection[str]) -> set[str]:
    """What these statements of docs/deployer.md allow."""
    return actions([STATEMENTS[sid] for sid in sids])


def unallowed(asked: Collection[str], allowed: Collection[str]) -> set[str]:
    """What was asked and is not allowed."""
    return {one for one in asked if not any(fnmatchcase(one, pattern) for pattern in allowed)}


def unasked(asked: Collection[str], allowed: Collection[str]) -> set[str]:
    """What is allowed, was not asked, and is not called seldom."""
    return {pattern for pattern in allowed if not any(fnmatchcase(one, pattern) for one in asked)} - SELDOM
