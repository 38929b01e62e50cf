"""A GitHub on this machine, as `pulumi` sees it: a proxy on loopback that answers for github.com from a folder.

Pulumi clones by HTTPS alone, and the name of the host becomes that of a folder, in which no port may be.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "github.com"


@contextmanager
def github(repositories: Path, folder: Path) -> Iterator[dict[str, str]]:
    """Serves the bare repositories `ORG/REPO.git` of a folder; gives the variables that lead a program to them."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    with Server(authority, repositories) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {
            "HTTPS_PROXY": f"http://127.0.0.1:{server.server_port}",
            # Go reads it.
            "SSL_CERT_FILE": str(folder / "authority.pem"),
            # Pulumi would send a person's own.
            "GITHUB_TOKEN": "",
        }
        server.shutdown()


class Server(ThreadingHTTPServer):
    """The proxy, with the certificate of the host that it plays."""

    def __init__(self, authority: trustme.CA, repositories: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories = repositories
        self.tls = tls_of(authority)


def tls_of(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    return context


class Handler(BaseHTTPRequestHandler):
    """One connection: what is asked of the proxy, then, inside TLS, of the host."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self) -> None:
        if self.path != f"{HOST}:443":
            self.send_error(403, "only github.com is here")
            return
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")

    def finish(self) -> None:
        super().finish()
        # The server knows only the socket that was there before TLS.
        self.connection.close()

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body: bytes) -> None:
        """What Git's own program for servers says, which is a CGI script (git-http-backend(1))."""
        path, _, query = self.path.partition("?")
        variables = {
            "GIT_PROJECT_ROOT": str(self.server.repositories),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
        }
        done = subprocess.run(
            ["git", "http-backend"], env={**os.environ, **variables}, input=body, capture_output=True, check=True
        )
        head, _, text = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing: a test's output is its own."""
