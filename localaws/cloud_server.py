"""The AWS of an embedded run: moto on a free port of loopback. Started by `cloud`, never by a person."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from moto.moto_server import threaded_moto_server
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from localaws import cloud_gaps
from localaws.answer_once import AnswerOnce


class _Application(DomainDispatcherApplication):
    """moto's, asked once for each call."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - whatever moto gives it
        super().__init__(*args, **kwargs)
        self._once = AnswerOnce(super().__call__)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:  # noqa: ANN401 - as moto has it
        return self._once(environ, start_response)


def main(record: Path) -> None:
    """Serves until it is ended; writes where it listens to `record` once it does."""
    cloud_gaps.fill()
    # moto makes its application itself, of this name.
    vars(threaded_moto_server)["DomainDispatcherApplication"] = _Application
    server = threaded_moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    facts = {"endpoint": f"http://{host}:{port}", "pid": os.getpid(), "started": time.time()}
    new = record.with_suffix(".new")
    new.write_text(json.dumps(facts))
    new.replace(record)
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
