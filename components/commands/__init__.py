"""Scripts that run on instances as part of an update, through Systems Manager."""

from components.commands.command import Instances, SsmCommand, SsmCommandArgs, Tagged
from components.commands.document import Shell
from components.commands.runs import CommandError

__all__ = ["CommandError", "Instances", "Shell", "SsmCommand", "SsmCommandArgs", "Tagged"]
