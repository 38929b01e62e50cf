"""What an instance is told at launch: run our script at this boot and at every one that follows."""

import base64
import json
from pathlib import Path

_SCRIPT = Path(__file__).parent / "agent" / "linux.sh"

# cloud-init runs everything in this folder late in each boot, the first included: files are written before that.
_PER_BOOT = "/var/lib/cloud/scripts/per-boot/ssm-only-agent"


def linux_user_data() -> str:
    """A cloud-config document. JSON is YAML, and base64 has no character that either could misread."""
    script = {
        "path": _PER_BOOT,
        "permissions": "0755",
        "encoding": "b64",
        "content": base64.b64encode(_SCRIPT.read_bytes()).decode(),
    }
    return "#cloud-config\n" + json.dumps({"write_files": [script]})
