"""State Manager's associations, which moto 5.2.5 lacks. No script runs here, so what a run comes to is given.

A run is over at once, with success. Where an association has a parameter `report`, the name of a parameter of Parameter
Store, each of its instances writes there what a script of such a document would: JSON of the association's other
parameters and of `instance`, `code` (0) and `output` (nothing, in base64).

A parameter `/localaws/runs/NAME`, with the association's name, says otherwise: `{"code": 1, "output": "disk full"}` is
a run that fails, and `{}` one that never ends. `/localaws/runs/NAME/INSTANCE` says it of one instance.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ssm.exceptions import SSMException
from moto.ssm.models import SimpleSystemManagerBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.ssm.responses import SimpleSystemManagerResponse

_SUCCESS = {"code": 0, "output": ""}
_WORST_FIRST = ("Failed", "Pending", "Success")

# What CreateAssociation and UpdateAssociation take, and DescribeAssociation tells.
_GIVEN = (
    "Name",
    "AssociationName",
    "DocumentVersion",
    "Parameters",
    "Targets",
    "ScheduleExpression",
    "OutputLocation",
    "MaxConcurrency",
    "MaxErrors",
    "ComplianceSeverity",
    "SyncCompliance",
    "ApplyOnlyAtCronInterval",
)


@dataclass
class _Association:
    """What was asked for, and its last run.

    Attributes:
        given: what it was made with.
        versions: how often it ran.
        instances: that the last run was for, and what became of it there.
    """

    given: dict[str, Any]
    id: str = field(default_factory=lambda: str(uuid4()))
    execution: str = ""
    versions: int = 0
    instances: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Of the last run: the worst of its instances'; without any it has not begun."""
        return min(self.instances.values(), key=_WORST_FIRST.index, default="Pending")

    def described(self) -> dict[str, Any]:
        counts = Counter(self.instances.values())
        overview = {"Status": self.status, "AssociationStatusAggregatedCount": counts}
        version = {"AssociationId": self.id, "AssociationVersion": str(self.versions), "Overview": overview}
        return {"ApplyOnlyAtCronInterval": False, **self.given, **version}


_ASSOCIATIONS: dict[tuple[str, str], dict[str, _Association]] = {}

_validate = SimpleSystemManagerBackend._validate_resource_type_and_id  # noqa: SLF001 - moto's only place for it


def validate_tagged(backend: SimpleSystemManagerBackend, resource_type: str, resource_id: str) -> str:
    """Whether there is such a thing to have tags; associations have them too."""
    if resource_type != "Association":
        return _validate(backend, resource_type, resource_id)
    if resource_id not in _ASSOCIATIONS.get((backend.account_id, backend.region_name), {}):
        raise SSMException("InvalidResourceId", f"There is no association {resource_id}.")
    return resource_id


def create_association(asked: SimpleSystemManagerResponse) -> ActionResult:
    """Make one, and run it."""
    made = _Association(_given(asked))
    _ours(asked)[made.id] = made
    tags = {one["Key"]: one["Value"] for one in asked._get_param("Tags", [])}  # noqa: SLF001 - moto's own way to read a parameter
    if tags:
        asked.ssm_backend.add_tags_to_resource("Association", made.id, tags)
    _run(asked, made)
    return ActionResult({"AssociationDescription": made.described()})


def update_association(asked: SimpleSystemManagerResponse) -> ActionResult:
    """What is not given again is gone, but for the document; and it runs again.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateAssociation.html
    """
    found = _find(asked)
    found.given = {"Name": found.given["Name"], **_given(asked)}
    _run(asked, found)
    return ActionResult({"AssociationDescription": found.described()})


def start_associations_once(asked: SimpleSystemManagerResponse) -> ActionResult:
    """Run them as they are."""
    for one in asked._get_param("AssociationIds"):  # noqa: SLF001 - moto's own way to read a parameter
        _run(asked, _find(asked, one))
    return ActionResult({})


def describe_association(asked: SimpleSystemManagerResponse) -> ActionResult:
    """One, by its id."""
    return ActionResult({"AssociationDescription": _find(asked).described()})


def delete_association(asked: SimpleSystemManagerResponse) -> ActionResult:
    """One, by its id."""
    del _ours(asked)[_find(asked).id]
    return ActionResult({})


def list_associations(asked: SimpleSystemManagerResponse) -> ActionResult:
    """All of them; the filters are not looked at."""
    return ActionResult({"Associations": [one.described() for one in _ours(asked).values()]})


def describe_association_executions(asked: SimpleSystemManagerResponse) -> ActionResult:
    """The last run."""
    found = _find(asked)
    last = {"AssociationId": found.id, "ExecutionId": found.execution, "Status": found.status}
    return ActionResult({"AssociationExecutions": [last]})


def describe_association_execution_targets(asked: SimpleSystemManagerResponse) -> ActionResult:
    """What the last run came to on each instance."""
    found = _find(asked)
    run = {"AssociationId": found.id, "ExecutionId": found.execution}
    targets = [
        {**run, "Status": status, "ResourceId": one, "ResourceType": "ManagedInstance"}
        for one, status in found.instances.items()
    ]
    return ActionResult({"AssociationExecutionTargets": targets})


def _given(asked: SimpleSystemManagerResponse) -> dict[str, Any]:
    parts = {name: asked._get_param(name) for name in _GIVEN}  # noqa: SLF001 - moto's own way to read a parameter
    return {name: part for name, part in parts.items() if part is not None}


def _ours(asked: SimpleSystemManagerResponse) -> dict[str, _Association]:
    return _ASSOCIATIONS.setdefault((asked.current_account, asked.region), {})


def _find(asked: SimpleSystemManagerResponse, wanted: str = "") -> _Association:
    name = wanted or asked._get_param("AssociationId")  # noqa: SLF001 - moto's own way to read a parameter
    found = _ours(asked).get(name)
    if found is None:
        raise SSMException("AssociationDoesNotExist", f"There is no association {name}.")
    return found


def _run(asked: SimpleSystemManagerResponse, one: _Association) -> None:
    one.versions += 1
    one.execution = str(uuid4())
    outcomes = {instance: _outcome(asked, one, instance) for instance in _instances(asked, one)}
    one.instances = {instance: _status(outcome) for instance, outcome in outcomes.items()}
    parameters = {name: values[0] for name, values in one.given.get("Parameters", {}).items()}
    report = parameters.pop("report", None)
    for instance, outcome in outcomes.items() if report else ():
        if outcome:
            output = base64.b64encode(outcome["output"].encode()).decode()
            _write(asked, report, {**parameters, "instance": instance, "code": outcome["code"], "output": output})


def _status(outcome: dict[str, Any]) -> str:
    return "Pending" if not outcome else "Success" if outcome["code"] == 0 else "Failed"


def _outcome(asked: SimpleSystemManagerResponse, one: _Association, instance: str) -> dict[str, Any]:
    name = f"/localaws/runs/{one.given.get('AssociationName')}"
    said = asked.ssm_backend.get_parameter(f"{name}/{instance}") or asked.ssm_backend.get_parameter(name)
    outcome: dict[str, Any] = json.loads(said.value) if said else _SUCCESS
    return outcome


def _instances(asked: SimpleSystemManagerResponse, one: _Association) -> Iterator[str]:
    """Those that run now. State Manager takes ids and tags: "About targets and rate controls", user guide."""
    running = [
        instance
        for instance in ec2_backends[asked.current_account][asked.region].all_instances()
        if instance.state == "running"
    ]
    for target in one.given.get("Targets", []):
        key, values = target["Key"], target["Values"]
        tag = re.fullmatch("tag:(.+)", key)
        for instance in running:
            tags = {part["key"]: part["value"] for part in instance.get_tags()} if tag else {}
            has = tags.get(tag[1]) if tag else instance.id
            if has in values:
                yield instance.id


def _write(asked: SimpleSystemManagerResponse, name: str, report: dict[str, Any]) -> None:
    """A new version of the parameter. A script that finds none has nowhere to write to."""
    if asked.ssm_backend.get_parameter(name) is not None:
        asked.ssm_backend.put_parameter(
            name=name,
            description="",
            value=json.dumps(report),
            parameter_type="String",
            allowed_pattern="",
            keyid="",
            overwrite=True,
            tags=[],
            data_type="text",
            tier=None,
            policies=None,
        )
