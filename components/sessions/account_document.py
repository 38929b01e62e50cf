"""The Session document that is there already: whose it is, and what may be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pulumi
import pulumi_aws as aws

from ..base.answers import is_missing
from ..base.document_names import DEFAULT_DOCUMENT
from ..base.errors import ConfigError
from ..base.region import Region
from ..base.state import state_of_stack
from .settings import DocumentMode

_DOCUMENT_TYPE = "aws:ssm/document:Document"
_STASH_TYPE = "pulumi:index:Stash"


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a version of a document holds.

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
    """A document that the account has.

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
        found: what the account has. The state may be behind: the engine's `--refresh` comes after it is read here.
        written: number of the latest version that the state knows, if it knows one.
    """

    in_state: bool
    before: Held | None
    found: Found | None
    written: str | None = None

    @classmethod
    def ask(cls, region: Region, name: str, opts: pulumi.InvokeOptions | None = None) -> "Situation":
        """Ask the stack's own state, and AWS.

        Only the state tells a document of ours from another's: a person may edit ours, and its text with it.
        The name alone does not: a stack may have been in another Region or account, or have components in two.
        """
        resources, arn = state_of_stack(), region.arn("ssm", f"document/{name}")
        ours = _document(resources, arn)
        before = [held for held in _stashed(resources).values() if held.arn == arn]
        return cls(
            in_state=ours is not None,
            # An update that failed may have left an older one there.
            before=None if ours is None else max(before, key=lambda held: int(held.version), default=None),
            found=_ask_account(arn, name, opts),
            written=None if ours is None else ours.get("latestVersion"),
        )


def adopted_by(component: str) -> Held | None:
    """What the component of this name adopted in the stack's last update, and has still."""
    resources = state_of_stack()
    for urn, held in _stashed(resources).items():
        if urn.endswith(f"::{held.stash_name(component)}") and _document(resources, held.arn) is not None:
            return held
    return None


@dataclass(frozen=True, kw_only=True)
class DocumentPlan:
    """How the document is registered.

    Attributes:
        adopted: what it held before; a document that was adopted stays in the account in the end.
        takes_over: it is to be imported as it is. Pulumi imports nothing that differs from what is there.
        latest: the version that the account has now; None where it has no such document.
        is_behind: the stack's state is, since somebody changed or deleted the document, or an update failed.
    """

    adopted: Held | None = None
    takes_over: bool = False
    latest: Held | None = None
    is_behind: bool = False


def plan_document(mode: DocumentMode, name: str, situation: Situation) -> DocumentPlan:
    """Decide what is done about a document, so that nothing of another's is overwritten or deleted.

    Args:
        mode: any but skip.
        name: of the document.
        situation: what there is of this name.

    Raises:
        ConfigError: the mode does not go with what there is.
    """
    found = situation.found
    adopted = _find_adopted(mode, name, situation) if mode is DocumentMode.ADOPT else None
    if adopted is None:
        _require_own(mode, name, situation)
    if found is not None and found.default_version != found.held.version:
        # The provider updates the default version, and UpdateDocument takes the latest only.
        raise _refusal(
            mode,
            f"the default version of {name} is {found.default_version}, and sessions take the latest, "
            f"{found.held.version}. Make them one: "
            f"aws ssm update-document-default-version --region {found.held.region} --name {name} "
            f"--document-version {found.held.version}",
        )
    return DocumentPlan(
        adopted=adopted,
        takes_over=adopted is not None and not situation.in_state,
        latest=found.held if found else None,
        is_behind=situation.in_state and (found is None or found.held.version != situation.written),
    )


def _require_own(mode: DocumentMode, name: str, situation: Situation) -> None:
    if situation.before is not None:
        raise _refusal(
            mode,
            f"this stack adopted {name}, and destroying the stack would delete it with all its versions. "
            "Set it back to adopt.",
        )
    if situation.found is not None and not situation.in_state:
        choices = (
            "Set it to adopt to take it over (what it holds is kept), to named for a document of another name, "
            "or to skip to leave it to its owner."
            if name == DEFAULT_DOCUMENT
            else "Give sessions.name another name."
        )
        raise _refusal(
            mode, f"this account has a document {name} in this Region, and this stack did not make it. {choices}"
        )


def _find_adopted(mode: DocumentMode, name: str, situation: Situation) -> Held:
    if situation.in_state:
        if situation.before is None:
            raise _refusal(mode, f"this stack made {name}, so there is nothing to adopt. Set it back to create.")
        return situation.before
    if situation.found is None:
        raise _refusal(mode, f"this account has no {name} in this Region. Set it to create.")
    return situation.found.held


def _refusal(mode: DocumentMode, advice: str) -> ConfigError:
    return ConfigError("sessions.document", mode.value, advice)


def _document(resources: Mapping[str, Any], arn: str) -> Mapping[str, Any] | None:
    documents = _outputs(resources, _DOCUMENT_TYPE).values()
    return next((outputs for outputs in documents if outputs.get("arn") == arn), None)


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
        if is_missing(error):
            return None
        raise
    default = aws.ssm.get_document(name=name, opts=opts)
    return Found(
        held=Held(name=name, arn=arn, version=str(latest.document_version), content=latest.content),
        default_version=str(default.document_version),
    )
