"""The environment of an embedded run: this machine's AWS and Pulumi home, and nothing of the person's own."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from localaws import golang, installed, places, processes, provider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.cloud import Cloud

REGION = "us-east-1"
LOOPBACK = "127.0.0.1,localhost"
# It adds options to commands, --event-log for one, and changes nothing of what they do.
KEPT = "PULUMI_DEBUG_COMMANDS"
# The engine, the bridge and the provider are in Go, and build large schemas as each command begins. With Go's own 100 a
# third of their work is collecting garbage meanwhile; with this the bridge takes 360 MB in place of 210 MB.
GARBAGE_PERCENT = "400"


def embedded(cloud: Cloud, own: Mapping[str, str]) -> dict[str, str]:
    """The environment for `pulumi` and `aws`, from a person's own.

    Their AWS_…, PULUMI_… and PYTHON… variables are left out, and the AWS SDKs find no shared files:
    their credentials, profile and login are neither read nor changed.
    """
    kept = {
        key: value for key, value in own.items() if key == KEPT or not key.startswith(("AWS_", "PULUMI_", "PYTHON"))
    }
    past_proxies = ",".join(filter(None, (own.get("NO_PROXY"), own.get("no_proxy"), LOOPBACK)))
    return {
        "GOGC": GARBAGE_PERCENT,
        **kept,
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        # Go and botocore read the one, gRPC the other.
        "NO_PROXY": past_proxies,
        "no_proxy": past_proxies,
        "PULUMI_HOME": str(places.PULUMI_HOME),
        "PULUMI_BACKEND_URL": places.STATE.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "localaws",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # A copy of the state for each update, which nothing ever removes; the last one is kept beside it anyhow.
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        # Takes a plugin that is newer than what the program's SDK asks for, as the adapter is.
        "PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH": "true",
        "VIRTUAL_ENV": str(places.VENV),
        # Language hosts are looked for on it, and those beside the engine are its own.
        "PATH": os.pathsep.join(
            (str(installed.binary().parent), str(places.VENV / "bin"), own.get("PATH", os.defpath))
        ),
        processes.MARK: str(places.CLOUD),
        **({} if installed.aws_plugin() else _adapter()),
    }


def _adapter() -> dict[str, str]:
    """What the adapter starts."""
    return {
        "LOCALAWS_BRIDGE": str(places.ENGINE / golang.BRIDGE.binary),
        "LOCALAWS_PROVIDER": json.dumps(provider.arguments()),
    }
