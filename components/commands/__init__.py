"""Scripts that run on instances as part of an update, through Systems Manager."""

from components.commands.command import Instances, SsmCommand, SsmCommandArgs, Tagged
from components.commands.document import Shell
from components.commands.last_runs import LastRuns
from components.commands.runs import CommandError

__all__ = ["CommandError", "Instances", "LastRuns", "Shell", "SsmCommand", "SsmCommandArgs", "Tagged"]
