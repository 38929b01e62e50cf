"""Finds HashiCorp's provider for AWS, or lets the bridge fetch it."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from localaws import golang, places, steps
from localaws.errors import LocalawsError

VERSION = "5.100.0"
VARIABLE = "LOCALAWS_TERRAFORM_PROVIDER_AWS"
SOURCE = "hashicorp/aws"
# Terraform's implied local mirrors: https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
MIRRORS = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
)
# Some images carry a mirror in a folder of its own there.
OPT = Path("/opt")
CPU = {"x86_64": "amd64", "aarch64": "arm64"}


def os_arch() -> str:
    """`linux_amd64`, as Terraform names this machine."""
    machine = platform.machine()
    return f"{sys.platform}_{CPU.get(machine, machine)}"


def find() -> Path | None:
    """The provider's binary on this machine: from the variable, a mirror, or an earlier download.

    Raises:
        LocalawsError: if the variable names anything but an executable file with Terraform's name for it.
    """
    if named := os.environ.get(VARIABLE):
        path = Path(named).resolve()
        if not (path.is_file() and os.access(path, os.X_OK) and path.name.startswith("terraform-provider-aws")):
            raise LocalawsError(
                f"{VARIABLE} is {named!r}: that is not an executable file called terraform-provider-aws_v{VERSION}… "
                "Point it to HashiCorp's binary, or unset it."
            )
        return path
    for folder in _folders():
        for path in sorted(folder.glob("terraform-provider-aws*")):
            if os.access(path, os.X_OK):
                return path
    return None


def arguments() -> list[str]:
    """What the bridge is told to run.

    Raises:
        LocalawsError: if the provider is not on this machine.
    """
    if path := find():
        return [str(path)]
    raise LocalawsError(f"terraform-provider-aws {VERSION} has gone from this machine. Run: python3 -m localaws setup")


def ensure() -> None:
    """Makes sure that the provider is on this machine.

    Raises:
        LocalawsError: if it is nowhere and can't be fetched: what was looked for, and where to put it.
    """
    if find():
        return
    # Only now: with them come gRPC and Pulumi's SDK, which load for longer than all that each command needs.
    import grpc  # noqa: PLC0415

    from localaws.adapter import bridge, listener  # noqa: PLC0415

    try:
        with steps.step(f"terraform-provider-aws {VERSION} from OpenTofu's registry"), listener.listening() as engine:
            bridge.start(places.ENGINE / golang.BRIDGE.binary, [SOURCE, VERSION], [engine], places.ROOT).close()
    except (OSError, grpc.RpcError) as error:
        looked = "\n".join(f"    {folder}" for folder in _folders())
        raise LocalawsError(
            f"terraform-provider-aws {VERSION} is not on this machine and could not be fetched:\n"
            f"    {bridge.reason(error)}\n"
            f"Looked for a file terraform-provider-aws_v{VERSION}… in\n{looked}\n"
            f"Put HashiCorp's binary for {os_arch()} in one of them, or its path in the variable {VARIABLE}."
        ) from error


def _folders() -> list[Path]:
    roots = [Path(mirror).expanduser() for mirror in MIRRORS] + sorted(OPT.glob("*/"))
    layout = Path(SOURCE, VERSION, os_arch())
    return [root / "registry.terraform.io" / layout for root in roots] + [
        places.PROVIDER / "registry.opentofu.org" / layout
    ]
