"""Scripts that run on instances as part of an update, through Systems Manager."""

from .command import Instances, SsmCommand, SsmCommandArgs, Tagged
from .document import Shell
from .last_runs import LastRuns
from .runs import CommandError

__all__ = ["CommandError", "Instances", "LastRuns", "Shell", "SsmCommand", "SsmCommandArgs", "Tagged"]
