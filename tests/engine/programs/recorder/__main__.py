"""A pack that demands nothing: it writes what the engine sends, a line a resource, into the file that RECORD names."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pulumi_policy import (
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import serialize_properties


def write(kind: str, resource: ResourceValidationArgs | PolicyResource) -> None:
    """One line: inputs or outputs, whose they are, and what stands in them."""
    line = [kind, resource.resource_type, resource.name, serialize_properties(resource.props)]
    with Path(os.environ["RECORD"]).open("a", encoding="utf-8") as record:
        record.write(json.dumps(line) + "\n")


def inputs(args: ResourceValidationArgs, _report: ReportViolation) -> None:
    """What a policy for a resource sees."""
    write("inputs", args)


def outputs(args: StackValidationArgs, _report: ReportViolation) -> None:
    """What a policy for a stack sees."""
    for resource in args.resources:
        write("outputs", resource)


PolicyPack(
    "recorder",
    policies=[
        ResourceValidationPolicy(name="inputs", description="Writes down.", validate=inputs),
        StackValidationPolicy(name="outputs", description="Writes down.", validate=outputs),
    ],
)
