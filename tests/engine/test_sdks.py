"""The examples in languages that have an SDK of the components, with what Pulumi's generators write from the schema.

`pulumi package add` writes it for a person; the language hosts here are older than that.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from localaws import golang, places
from tests.engine.embedded import ROOT, Cloud
from tests.engine.node import installed, npm
from tests.engine.test_languages import EXAMPLES, PACK, Program, require_all_of_it

if TYPE_CHECKING:
    from pathlib import Path


def write_sdk(language: str, program: Path) -> None:
    """Where `package add` writes it."""
    folder = program / "sdks" / "ssm-only"
    shutil.rmtree(folder, ignore_errors=True)
    words = [places.ENGINE / golang.WRITE_SDK.binary, language, ROOT / "plugin" / "schema.json", folder]
    subprocess.run(words, check=True)


def test_a_program_in_typescript_makes_all_of_it_and_leaves_nothing(cloud: Cloud) -> None:
    # It lies as deep in the checkout as the example: its path to the plugin is right there too.
    folder = installed(EXAMPLES / "typescript", "languages")
    write_sdk("nodejs", folder)
    # Its packages have to do for the SDK: a second @pulumi/pulumi beside the program's would be fetched.
    npm(folder, "install", "--offline", "./sdks/ssm-only")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    program = Program(cloud=cloud, folder=folder)
    cloud.localaws("aws", "sts", "get-caller-identity")
    before = cloud.account()

    require_all_of_it(program, cloud.up(*program.where, *PACK))
    cloud.destroy(*program.where)
    assert cloud.account() == before
