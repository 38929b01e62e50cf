"""What a program loads before it makes anything: each of its runs pays for that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# pulumi-aws loads a service, all of its modules, when somebody first names it. An annotation names it too, unless the
# module postpones its annotations.
SERVICES = """
import sys
import components
print(*sorted({name.split(".")[1] for name in sys.modules if name.startswith("pulumi_aws.") and name.count(".") > 1}))
"""


def test_only_services_that_every_stack_has_are_loaded_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", SERVICES], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["ec2", "iam"]
