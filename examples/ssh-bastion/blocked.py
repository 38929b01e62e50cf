"""Shows the policy pack stop this example, at preview and at up, and asks the cloud whether port 22 was opened.

Exit code 0: both were stopped and nothing is open. 1: the pack let something through, or nobody could be asked.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = ("--cwd", "examples/ssh-bastion", "--stack", "dev")
UNASKED = ("--yes", "--skip-preview")
PACK = ("--policy-pack", str(ROOT / "policy"))
OPEN = "SecurityGroups[?IpPermissions[?IpRanges[?CidrIp=='0.0.0.0/0']]].GroupId"
HELD = "The policy pack held: preview and up were stopped, and no security group is open to 0.0.0.0/0."


def localaws(*words: str) -> tuple[int, str]:
    """Runs localaws with these words; gives its exit code and what it said, which a person has seen as it came."""
    print(f"$ python3 -m localaws {shlex.join(words)}", flush=True)
    said = []
    command = [sys.executable, "-m", "localaws", *words]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as running:
        for line in running.stdout or ():
            print(line, end="", flush=True)
            said.append(line)
    print(flush=True)
    return running.returncode, "".join(said)


def pulumi(*words: str) -> tuple[int, str]:
    """Runs Pulumi on the example, in colours where a person looks on."""
    colours = ("--color", "always") if sys.stdout.isatty() else ()
    return localaws("pulumi", *words, *PROJECT, *colours)


def not_stopped(*words: str) -> str | None:
    """Tries the example under the pack; tells what is wrong if the pack is not what stopped it."""
    code, said = pulumi(*words, *PACK)
    if code == 0:
        return f"The policy pack did not hold: {words[0]} went through."
    # A pack that fails to start ends Pulumi with the same code, but says nothing.
    if "[mandatory]" not in said or "no-world-ssh" not in said:
        return f"The policy pack was not asked: {words[0]} failed for another reason, which stands above."
    return None


def opened() -> str | None:
    """Asks the cloud itself; tells what is wrong if a group is open, or nobody could be asked."""
    code, said = localaws("aws", "ec2", "describe-security-groups", "--query", OPEN, "--output", "text")
    if code:
        return "Whether port 22 is open is not known: the cloud could not be asked."
    return f"The policy pack did not hold: {said.strip()} is open to 0.0.0.0/0." if said.strip() else None


def take_down() -> str | None:
    """Takes down what the stopped `up` had made before it came to the group."""
    code, _ = pulumi("destroy", *UNASKED)
    return "What the stopped up had made could not be taken down." if code else None


def main() -> int:
    """Tries both, and says in the end how it went."""
    wrong = not_stopped("preview")
    if wrong is None:
        problems = (not_stopped("up", *UNASKED), opened(), take_down())
        wrong = " ".join(filter(None, problems))
    print(f"==> {wrong or HELD}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
