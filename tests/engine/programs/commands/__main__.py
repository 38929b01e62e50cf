"""A command alone, on instances that some other program has made."""

import sys
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from components.base.errors import one_message
from components.base.region import Region
from components.commands import Instances, LastRuns, SsmCommand, SsmCommandArgs, Tagged

config = pulumi.Config()

with one_message():
    tag = config.get("tag")
    command = SsmCommand(
        "greet",
        SsmCommandArgs(
            region=Region.ask(),
            last_runs=LastRuns.ask(),
            targets=Tagged(key="role", value=tag) if tag else Instances(ids=config.require_object("instances")),
            roles=config.get_object("roles") or {},
            script=config.require("script"),
            triggers=config.get_object("triggers") or [],
            timeout_seconds=1,
            online_seconds=2,
        ),
    )
    pulumi.export("done", command.done)
