"""The Session document that is there already: whose it is, and what may be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pulumi
import pulumi_aws as aws

from components.console import DEFAULT_DOCUMENT
from components.errors import ConfigError
from components.region import Region
from components.session_settings import DocumentMode

_DOCUMENT_TYPE = "aws:ssm/document:Document"
_STASH_TYPE = "pulumi:index:Stash"


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a document held, before this stack.

    Attributes:
        name: of the document.
        arn: of it, with the Region and the account.
        version: its number, with which AWS keeps it.
        content: JSON, or YAML if it was written so.
    """

    name: str
    arn: str
    version: str
    content: str

    @property
    def region(self) -> str:
        """Name of the Region that it is in."""
        return self.arn.split(":")[3]

    def stash_name(self, component: str) -> str:
        """Name of the resource that keeps this: a Stash keeps its first value, so another version is another one."""
        return f"{component}-{self.arn}:{self.version}"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A document that is not in this stack's state.

    Attributes:
        held: its latest version, which sessions take.
        default_version: which one is the default.
    """

    held: Held
    default_version: str


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is known of a document before any resource is registered.

    Attributes:
        in_state: this stack has it.
        before: what it held when this stack adopted it.
        found: the account has it, and this stack does not.
    """

    in_state: bool
    before: Held | None
    found: Found | None

    @classmethod
    def ask(cls, region: Region, name: str, opts: pulumi.InvokeOptions | None = None) -> "Situation":
        """Ask the stack's own state, and AWS if it is not there.

        Only the state tells a document of ours from another's: a person may edit ours, and its text with it.
        The name alone does not: a stack may have been in another Region or account, or have components in two.
        """
        resources, arn = _state(), region.arn("ssm", f"document/{name}")
        in_state = _has_document(resources, arn)
        before = [held for held in _stashed(resources).values() if held.arn == arn]
        return cls(
            in_state=in_state,
            # An update that failed may have left an older one there.
            before=max(before, key=lambda held: int(held.version), default=None) if in_state else None,
            found=None if in_state else _ask_account(arn, name, opts),
        )


def adopted_by(component: str) -> Held | None:
    """What the component of this name adopted in the stack's last update, and has still."""
    resources = _state()
    for urn, held in _stashed(resources).items():
        if urn.endswith(f"::{held.stash_name(component)}") and _has_document(resources, held.arn):
            return held
    return None


@dataclass(frozen=True, kw_only=True)
class DocumentPlan:
    """How the document is registered.

    Attributes:
        adopted: what it held before; a document that was adopted stays in the account in the end.
        takes_over: it is to be imported as it is. Pulumi imports nothing that differs from what is there.
    """

    adopted: Held | None = None
    takes_over: bool = False


def plan_document(mode: DocumentMode, name: str, situation: Situation) -> DocumentPlan:
    """Decide what is done about a document, so that nothing of another's is overwritten or deleted.

    Args:
        mode: any but skip.
        name: of the document.
        situation: what there is of this name.

    Raises:
        ConfigError: the mode does not go with what there is.
    """
    if mode is DocumentMode.ADOPT:
        return _plan_adoption(mode, name, situation)
    if situation.before is not None:
        raise _refusal(
            mode,
            f"this stack adopted {name}, and destroying the stack would delete it with all its versions. "
            "Set it back to adopt.",
        )
    if situation.found is not None:
        choices = (
            "Set it to adopt to take it over (what it holds is kept), to named for a document of another name, "
            "or to skip to leave it to its owner."
            if name == DEFAULT_DOCUMENT
            else "Give sessions.name another name."
        )
        raise _refusal(
            mode, f"this account has a document {name} in this Region, and this stack did not make it. {choices}"
        )
    return DocumentPlan()


def _plan_adoption(mode: DocumentMode, name: str, situation: Situation) -> DocumentPlan:
    if situation.in_state:
        if situation.before is None:
            raise _refusal(mode, f"this stack made {name}, so there is nothing to adopt. Set it back to create.")
        return DocumentPlan(adopted=situation.before)
    if situation.found is None:
        raise _refusal(mode, f"this account has no {name} in this Region. Set it to create.")
    held = situation.found.held
    if situation.found.default_version != held.version:
        # The provider updates the default version, and UpdateDocument takes the latest only.
        raise _refusal(
            mode,
            f"the default version of {name} is {situation.found.default_version}, and sessions take the latest, "
            f"{held.version}. Make them one: "
            f"aws ssm update-document-default-version --name {name} --document-version {held.version}",
        )
    return DocumentPlan(adopted=held, takes_over=True)


def _refusal(mode: DocumentMode, advice: str) -> ConfigError:
    return ConfigError("sessions.document", mode.value, advice)


def _state() -> Mapping[str, Any]:
    """The resources of this stack after its last update, by URN; for each its type and outputs."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    answer = pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {"stackName": stack})
    resources: Mapping[str, Any] = answer.value["outputs"]
    return resources


def _has_document(resources: Mapping[str, Any], arn: str) -> bool:
    return any(outputs.get("arn") == arn for outputs in _outputs(resources, _DOCUMENT_TYPE).values())


def _stashed(resources: Mapping[str, Any]) -> Mapping[str, Held]:
    """What documents held, by the URN of what keeps it. Stashes may be of other components too."""
    values = {urn: outputs.get("output") for urn, outputs in _outputs(resources, _STASH_TYPE).items()}
    parts = {part.name for part in fields(Held)}
    return {urn: Held(**value) for urn, value in values.items() if isinstance(value, dict) and value.keys() == parts}


def _outputs(resources: Mapping[str, Any], type_: str) -> Mapping[str, Mapping[str, Any]]:
    return {urn: resource["outputs"] for urn, resource in resources.items() if resource["type"] == type_}


def _ask_account(arn: str, name: str, opts: pulumi.InvokeOptions | None) -> Found | None:
    try:
        latest = aws.ssm.get_document(name=name, document_version="$LATEST", opts=opts)
    except Exception as error:
        # Pulumi has no type for what a function failed with.
        if "InvalidDocument:" in str(error):
            return None
        raise
    default = aws.ssm.get_document(name=name, opts=opts)
    return Found(
        held=Held(name=name, arn=arn, version=str(latest.document_version), content=latest.content),
        default_version=str(default.document_version),
    )
