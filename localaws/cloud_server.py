"""The AWS of an embedded run: moto on a free port of loopback. Started by `cloud`, never by a person."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from moto.server import ThreadedMotoServer

from localaws import cloud_gaps


def main(record: Path) -> None:
    """Serves until it is ended; writes where it listens to `record` once it does."""
    cloud_gaps.fill()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    facts = {"endpoint": f"http://{host}:{port}", "pid": os.getpid()}
    new = record.with_suffix(".new")
    new.write_text(json.dumps(facts))
    new.replace(record)
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
