"""Tells how a script ended: to its command's parameter and, where there is one, to the log group.

Runs on instances, with Python 3.7 or newer and its standard library alone: an instance may have neither the AWS CLI nor
curl. `run.sh` gives it what `main` takes.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import os
import random
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

METADATA = os.environ.get("SSM_ONLY_METADATA", "http://169.254.169.254/latest")
# A standard parameter holds 4,096 characters; this many bytes are 3,600 of base64.
TAIL = 2_700
# PutLogEvents, CloudWatch Logs API reference: 1,048,576 bytes and 10,000 events, and 26 bytes more for each event.
BATCH_BYTES, BATCH_EVENTS, EVENT_CHARACTERS, EVENT_BYTES = 1_000_000, 10_000, 60_000, 26
TRIES = 7


def metadata(path: str, token: str) -> str:
    """Ask the instance's metadata service."""
    return _metadata("/meta-data/" + path, {"X-aws-ec2-metadata-token": token}, "GET")


def metadata_token() -> str:
    """What it wants to see before it answers."""
    return _metadata("/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}, "PUT")


def _metadata(path: str, headers: dict[str, str], method: str) -> str:
    # No proxy leads there.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(urllib.request.Request(METADATA + path, headers=headers, method=method), timeout=5) as answer:
        return str(answer.read().decode())


def sign(
    headers: Mapping[str, str], body: bytes, keys: Mapping[str, str], *, region: str, service: str, now: str
) -> dict[str, str]:
    """The headers with a signature of them and the body: "Create a signed AWS API request", IAM user guide."""
    scope = [now[:8], region, service, "aws4_request"]
    headers = {**headers, "x-amz-date": now, "x-amz-security-token": keys["Token"]}
    names = sorted(headers)
    listed = ";".join(names)
    canonical = [f"{name}:{headers[name]}" for name in names]
    request = "\n".join(["POST", "/", "", *canonical, "", listed, hashlib.sha256(body).hexdigest()])
    text = "\n".join(["AWS4-HMAC-SHA256", now, "/".join(scope), hashlib.sha256(request.encode()).hexdigest()])
    key = ("AWS4" + keys["SecretAccessKey"]).encode()
    for part in (*scope, text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    credential = "/".join([keys["AccessKeyId"], *scope])
    signature = f"Credential={credential}, SignedHeaders={listed}, Signature={key.hex()}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 {signature}"}


class Caller:
    """Calls AWS as the instance's role.

    Attributes:
        instance: its id.
    """

    def __init__(self, region: str, domain: str) -> None:
        """Ask the instance who it is."""
        self._region, self._domain = region, domain
        token = metadata_token()
        self.instance = metadata("instance-id", token)
        role = metadata("iam/security-credentials/", token).split()[0]
        self._keys = json.loads(metadata("iam/security-credentials/" + role, token))

    def call(self, service: str, target: str, content: object) -> None:
        """Do what the target names, with this content."""
        host = f"{service}.{self._region}.{self._domain}"
        body = json.dumps(content).encode()
        now = dt.datetime.now(dt.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = {"content-type": "application/x-amz-json-1.1", "host": host, "x-amz-target": target}
        headers = sign(headers, body, self._keys, region=self._region, service=service, now=now)
        url = os.environ.get("SSM_ONLY_ENDPOINT", f"https://{host}")
        with urllib.request.urlopen(urllib.request.Request(f"{url}/", body, headers, method="POST"), timeout=20):
            pass


def patiently(action: Callable[[], Any]) -> Any:  # noqa: ANN401 - it is whatever the action gives
    """Try for about a minute: rights that are new take seconds, and machines of a fleet write at the same time."""
    for attempt in range(TRIES - 1):
        try:
            return action()
        except OSError:
            time.sleep(random.uniform(0.5, 1) * 2**attempt)
    return action()


def batches(output: bytes) -> Iterator[list[dict[str, Any]]]:
    """The output's lines as events, as many at a time as one call takes."""
    batch: list[dict[str, Any]] = []
    size = 0
    for line in output.decode(errors="replace").splitlines():
        # CloudWatch takes no empty event.
        event = line[:EVENT_CHARACTERS] or " "
        length = len(event.encode()) + EVENT_BYTES
        if batch and (size + length > BATCH_BYTES or len(batch) == BATCH_EVENTS):
            yield batch
            batch, size = [], 0
        batch.append({"timestamp": int(time.time() * 1000), "message": event})
        size += length
    if batch:
        yield batch


def write_logs(caller: Caller, group: str, stream: str, output: bytes) -> None:
    """All of it, into a new stream."""
    where = {"logGroupName": group, "logStreamName": stream}
    caller.call("logs", "Logs_20140328.CreateLogStream", where)
    for batch in batches(output):
        caller.call("logs", "Logs_20140328.PutLogEvents", {**where, "logEvents": batch})


def main(file: str, ended: str, run: str, parameter: str, region: str, domain: str, group: str, command: str) -> None:  # noqa: PLR0917 - words of a command line
    """Tell what is in the file and how it ended: an exit code, or `none` if it was stopped."""
    output = Path(file).read_bytes()
    caller = patiently(lambda: Caller(region, domain))
    if group:
        # The time makes it another stream where the same run starts again, after a reboot for one.
        stream = f"{command}/{caller.instance}/{run}/{int(time.time())}"
        try:
            write_logs(caller, group, stream, output)
        except OSError as error:
            print(f"ssm-only: the output is not in {group}: {error}")
    code = None if ended == "none" else int(ended)
    tail = base64.b64encode(output[-TAIL:]).decode()
    report = json.dumps({"run": run, "instance": caller.instance, "code": code, "output": tail})
    written = {"Name": parameter, "Value": report, "Type": "String", "Overwrite": True}
    patiently(lambda: caller.call("ssm", "AmazonSSM.PutParameter", written))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except OSError as error:
        said = error.read().decode(errors="replace")[:300] if isinstance(error, HTTPError) else ""
        sys.exit(f"ssm-only: nobody was told how the script ended: {error} {said}")
