"""The resources in what `pulumi preview --json` and `pulumi stack export` write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_policy import PolicyResource, PolicyResourceOptions
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.policy import PolicyCustomTimeouts
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from ssm_guard.config_error import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Steps after which the resource that they are about is there no more: in AWS, or in the stack alone.
_DELETED = ("delete", "delete-replaced")
_GONE = (*_DELETED, "discard", "discard-replaced")
_OPTIONS = PolicyResourceOptions(
    protect=False,
    ignore_changes=[],
    delete_before_replace=None,
    aliases=[],
    custom_timeouts=PolicyCustomTimeouts(0, 0, 0),
    additional_secret_outputs=[],
)


def resources_in(text: str) -> list[PolicyResource]:
    """The resources of a preview or a state, as a policy for a stack is given them.

    What the program only looks up (`get`) is left out, as the engine leaves it out there: of a VPC that is looked up,
    nothing tells what else is in it. Its id stays wherever another resource names it.

    Raises:
        ConfigError: the text is neither, or a preview that does not show the whole stack.
    """
    whole = _parsed(text)
    states = {state["urn"]: state for state in _states(whole)}
    found = {urn: _resource(state) for urn, state in states.items()}
    for urn, state in states.items():
        found[urn].parent = found.get(str(state.get("parent")))
        for key, urns in _mapping(state.get("propertyDependencies")).items():
            named = [found[one] for one in _texts(urns) if one in found]
            if named:
                found[urn].property_dependencies[key] = named
    return list(found.values())


def ids_of_deleted(text: str) -> set[str]:
    """The ids of what a preview takes away from AWS.

    Raises:
        ConfigError: the text is no JSON.
    """
    whole = _parsed(text)
    steps = map(_mapping, _list(_mapping(whole).get("steps")))
    deleted = [_mapping(step.get("oldState")) for step in steps if step.get("op") in _DELETED]
    return set(_texts([state.get("id") for state in deleted if not state.get("retainOnDelete")]))


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"it is no JSON: {error}") from error


def _states(whole: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(whole, dict) and isinstance(whole.get("steps"), list):
        _require_all(whole)
        steps = [step for step in whole["steps"] if isinstance(step, dict) and step.get("op") not in _GONE]
        # What stays as it is has its outputs in the old state alone.
        found = [
            {**(_mapping(step.get("oldState")) if step.get("op") == "same" else {}), **_mapping(step.get("newState"))}
            for step in steps
        ]
    elif isinstance(whole, dict) and isinstance(_mapping(whole.get("deployment")).get("resources"), list):
        states = map(_mapping, whole["deployment"]["resources"])
        found = [dict(state) for state in states if not state.get("delete")]
    else:
        raise ConfigError(
            "it has neither `steps` nor `deployment.resources`: use what `pulumi preview --json --show-sames` or "
            "`pulumi stack export` writes"
        )
    for state in found:
        if isinstance(state.get("urn"), str) and isinstance(state.get("type"), str) and not state.get("external"):
            yield state


def _require_all(preview: Mapping[str, Any]) -> None:
    """Makes sure that a preview came to its end and shows the resources that stay as they are.

    The engine counts all of those, shows none but the stack's own without --show-sames, and neither counts nor shows
    its default providers.

    Raises:
        ConfigError: one of them is not so.
    """
    for said in map(_mapping, _list(preview.get("diagnostics"))):
        if said.get("severity") == "error":
            first = str(said.get("message", "")).removeprefix("error: ").strip().partition("\n")[0]
            raise ConfigError(f"the preview ended in an error{first and f': {first}'}")
    same = _mapping(preview.get("changeSummary")).get("same")
    shown = sum(_mapping(step).get("op") == "same" for step in preview["steps"])
    hidden = same - shown if isinstance(same, int) else 0
    if hidden > 0:
        who = "1 resource that stays as it is is" if hidden == 1 else f"{hidden} resources that stay as they are are"
        raise ConfigError(f"{who} not in it: add --show-sames to `pulumi preview`")


def _resource(state: Mapping[str, Any]) -> PolicyResource:
    """What the program writes counts before what the last update left."""
    known = {"id": state["id"]} if state.get("id") else {}
    props = {**known, **_mapping(state.get("outputs")), **_mapping(state.get("inputs"))}
    plain = {key: _plain(value) for key, value in props.items() if not key.startswith("__")}
    name = state["urn"].rpartition("::")[2]
    return PolicyResource(state["type"], plain, state["urn"], name, _OPTIONS, None, None, [], {})


def _plain(value: Any) -> Any:  # noqa: ANN401 - properties are anything
    """The value, with what is secret taken out of its wrapping, or not known where it is encrypted."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG:
        return _opened(value.get("plaintext"))
    return {key: _plain(item) for key, item in value.items()}


def _opened(plaintext: object) -> Any:  # noqa: ANN401 - as above
    try:
        return _plain(json.loads(plaintext)) if isinstance(plaintext, str) else UNKNOWN_STRING_VALUE
    except (ValueError, RecursionError):
        return UNKNOWN_STRING_VALUE


def _texts(value: object) -> list[str]:
    return [one for one in _list(value) if isinstance(one, str)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
