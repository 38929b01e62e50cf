"""Shows the policy pack stop this example, at preview and at up, and asks the cloud whether port 22 was opened.

Exit code 0: both were stopped and nothing is open. 1: the pack let something through.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = ("--cwd", str(Path(__file__).resolve().parent))
STACK = ("--stack", "dev")
PACK = ("--policy-pack", str(ROOT / "policy"))
OPEN = "SecurityGroups[?IpPermissions[?IpRanges[?CidrIp=='0.0.0.0/0']]].GroupId"


def localaws(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs localaws with these words; its steps go to the person, what it answers comes back."""
    command = [sys.executable, "-m", "localaws", *words]
    return subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, check=False)


def main() -> int:
    """Tries both, then takes down what the stopped `up` had made before it came to the group."""
    stopped = True
    for words in (("preview",), ("up", "--yes", "--skip-preview")):
        done = localaws("pulumi", *PROJECT, *words, *STACK, *PACK)
        print(f"{done.stdout}\n==> pulumi {words[0]} ended with exit code {done.returncode}\n", flush=True)
        # A pack that fails to start ends Pulumi with the same code, but says nothing.
        stopped = stopped and done.returncode != 0 and "[mandatory]" in done.stdout and "no-world-ssh" in done.stdout
    groups = localaws("aws", "ec2", "describe-security-groups", "--query", OPEN, "--output", "text")
    found = groups.stdout.strip()
    print(f"==> security groups open to 0.0.0.0/0 in the cloud: {found or 'none'}\n", flush=True)
    down = localaws("pulumi", *PROJECT, "destroy", "--yes", "--skip-preview", *STACK)
    if down.returncode:
        print(down.stdout, flush=True)
    return 0 if stopped and groups.returncode == 0 and not found and down.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
