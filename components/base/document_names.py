"""Names of Session documents: the account's own, and what AWS takes for another."""

import re

# What opens a session where no document is named: the preferences of the account in this Region.
DEFAULT_DOCUMENT = "SSM-SessionManagerRunShell"

# What CreateDocument takes.
DOCUMENT_NAME = re.compile(r"[A-Za-z0-9_.-]{3,128}")
# It refuses these at the start of a name, in upper and lower case.
NAMES_OF_AWS = ("aws", "amazon", "amzn")
