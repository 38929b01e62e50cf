"""The document that carries the boot script."""

import base64
import json
from pathlib import Path

import yaml

from components.user_data import linux_user_data

SCRIPT = Path(__file__).parents[2] / "components" / "agent" / "linux.sh"

# EC2 takes 16 KiB of user data before its own base64.
LIMIT = 16 * 1024


def test_the_script_arrives_byte_for_byte_where_cloud_init_runs_it_at_every_boot() -> None:
    (entry,) = yaml.safe_load(linux_user_data())["write_files"]

    assert base64.b64decode(entry.pop("content"), validate=True) == SCRIPT.read_bytes()
    assert entry == {
        "path": "/var/lib/cloud/scripts/per-boot/ssm-only-agent",
        "permissions": "0755",
        "encoding": "b64",
    }


def test_it_is_a_cloud_config_that_json_reads_too() -> None:
    header, document = linux_user_data().split("\n", maxsplit=1)

    assert header == "#cloud-config"
    assert list(json.loads(document)) == ["write_files"]


def test_it_is_small_enough_for_ec2() -> None:
    assert len(linux_user_data().encode()) < LIMIT
