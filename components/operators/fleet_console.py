"""Ready lines for a fleet: they find an instance when they run, since those of today may be gone tomorrow."""

import shlex
from collections.abc import Mapping
from dataclasses import replace

from ..base.region import Region
from .console import Line, Ways, ready_lines

# Stands for the instance in a line until the words that find one take its place. No shell would quote it.
_ANY = "ONE-OF-THE-FLEET"

# A tag that AWS gives to each instance of a group, and nobody else can.
_GROUP_TAG = "aws:autoscaling:groupName"


def fleet_outputs(region: Region, ways: Ways, known: Mapping[str, str]) -> Mapping[str, Line]:
    """What a stack hands on of one fleet: what is known of it, the line that lists its instances, and its ready lines.

    Those for SSH and the console's link are of one instance, which `list` names.
    """
    group = known["group_name"]
    one = f'"$({one_command(region.name, group)})"'
    alike = replace(ways, ssh=False, ssh_users=())
    lines = ready_lines(region, group, _ANY, alike)
    return {
        **known,
        "list": list_command(region.name, group),
        **{name: _of_one(line, one) for name, line in lines.items() if name != "console"},
    }


def _of_one(line: Line, one: str) -> Line:
    if isinstance(line, str):
        return line.replace(_ANY, one)
    return {host: words.replace(_ANY, one) for host, words in line.items()}


def list_command(region: str, group: str) -> str:
    """The AWS CLI's line that lists the running instances of a group: id, zone, address and start of each."""
    return _describe(
        region,
        group,
        "Reservations[].Instances[].[InstanceId,Placement.AvailabilityZone,PrivateIpAddress,LaunchTime]",
        "table",
    )


def one_command(region: str, group: str) -> str:
    """The AWS CLI's line that gives the id of a running instance of a group."""
    return _describe(region, group, "Reservations[0].Instances[0].InstanceId", "text")


def _describe(region: str, group: str, query: str, output: str) -> str:
    filters = [f"Name=tag:{_GROUP_TAG},Values={group}", "Name=instance-state-name,Values=running"]
    return shlex.join(
        [
            *("aws", "ec2", "describe-instances", "--region", region, "--filters", *filters),
            *("--query", query, "--output", output),
        ]
    )
