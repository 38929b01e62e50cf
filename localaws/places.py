"""Where localaws keeps things. All of it lies in the checkout's own `.localaws/`, so that two checkouts share nothing.

.localaws/
    venv/       the virtual environment
    go/         the Go toolchain, where the machine has none that is new enough
    engine/     what Go built, and the language hosts' scripts
    provider/   the Terraform provider, if it had to be fetched
    cloud/      one running AWS and all that describes it; LOCALAWS_CLOUD puts it elsewhere, for a second one
        server.json     endpoint and process id of moto
        state/          Pulumi's backend
        home/           PULUMI_HOME
        stacks/         the generated stack config files, one folder for each project
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASE = ROOT / ".localaws"
VENV = BASE / "venv"
PYTHON = VENV / "bin" / "python"
GO = BASE / "go"
ENGINE = BASE / "engine"
PROVIDER = BASE / "provider"
# `reset` removes this folder, so in one that a person names it is a folder of our own.
_ELSEWHERE = os.environ.get("LOCALAWS_CLOUD")
CLOUD = Path(_ELSEWHERE).resolve() / "localaws" if _ELSEWHERE else BASE / "cloud"
STATE = CLOUD / "state"
PULUMI_HOME = CLOUD / "home"
STACKS = CLOUD / "stacks"
SOURCES = Path(__file__).resolve().parent / "engine"
