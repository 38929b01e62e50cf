"""What an instance meets on its network: the metadata service, the bucket and the API, on loopback.

`unshare --net python aws.py FOLDER CERTIFICATE COMMAND …` runs a command on a network where nothing else is. FOLDER
holds what is served, one folder a host; a request to the API is kept there as `request.json`.
"""

import json
import ssl
import subprocess
import sys
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

METADATA = "169.254.169.254"
TOKEN = "X-aws-ec2-metadata-token"


class Handler(BaseHTTPRequestHandler):
    def __init__(self, folder: Path, *args: object) -> None:
        self.folder = folder
        super().__init__(*args)  # type: ignore[arg-type] # socketserver's own

    def do_GET(self) -> None:
        host = self.headers["Host"]
        path = self.folder / host / self.path.strip("/")
        if host == METADATA and self.headers[TOKEN] != "a-token":
            self.answer(401)
        elif path.is_dir() and (path / "index").exists():
            self.answer(200, (path / "index").read_bytes())
        elif path.is_file():
            self.answer(200, path.read_bytes(), missing=1 if path.with_name(f"{path.name}.short").exists() else 0)
        else:
            self.answer(404)

    def do_PUT(self) -> None:
        asked = self.path == "/latest/api/token" and self.headers[f"{TOKEN}-ttl-seconds"] == "60"
        self.answer(200, b"a-token") if asked else self.answer(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = {"headers": {name.lower(): value for name, value in self.headers.items()}, "body": body.decode()}
        (self.folder / "request.json").write_text(json.dumps(request))
        self.answer(200, b'{"Version": 1}')

    def answer(self, status: int, content: bytes = b"", missing: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) + missing))
        self.end_headers()
        self.wfile.write(content)


def main(folder: str, certificate: str, *command: str) -> int:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", f"{METADATA}/32", "dev", "lo"], check=True)
    for address, port in ((METADATA, 80), ("127.0.0.1", 443)):
        server = ThreadingHTTPServer((address, port), partial(Handler, Path(folder)))
        if port == 443:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
