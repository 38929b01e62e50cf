"""What a run asks of AWS, written down on the way, as the actions that an IAM policy would have to allow."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from botocore.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message

    from tests.engine.embedded import Cloud

# S3's API has no word for what is asked, but a part of the address. What IAM calls it, after Get or Put: "Service
# Authorization Reference, Actions for Amazon S3". What deletes such a part needs the right to put it, but for two.
PARTS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
DELETED_BY_NAME = ("policy", "website")
WITHOUT_A_PART = {"HEAD": "ListBucket", "GET": "ListBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}
VERBS = {"HEAD": "Get", "GET": "Get", "PUT": "Put"}
# "No permissions are required to perform this operation": GetCallerIdentity, AWS STS API Reference.
FREE = "sts:GetCallerIdentity"


# What a request asks beside its own action: the action, a part of the body -> the action that it asks too.
TOO = {
    # What AWS does for who asks, with that one's rights: EC2 Auto Scaling user guide, "Launch template support" and
    # "Service-linked roles".
    (r"autoscaling:(Create|Update)AutoScalingGroup", "LaunchTemplateSpecification"): "ec2:RunInstances",
    (r"autoscaling:(Create|Update)AutoScalingGroup", "LaunchTemplateId"): "iam:PassRole",
    ("autoscaling:CreateAutoScalingGroup", "Tags.member"): "autoscaling:CreateOrUpdateTags",
    ("autoscaling:CreateAutoScalingGroup", "AutoScalingGroupName"): "iam:CreateServiceLinkedRole",
    (r"ec2:(Create|Allocate|Run)\w+", "TagSpecification"): "ec2:CreateTags",
    ("ec2:RunInstances", "IamInstanceProfile"): "iam:PassRole",
    ("ec2:CreateFlowLogs", "DeliverLogsPermissionArn"): "iam:PassRole",
    # "Grant permissions to use EC2 Instance Connect Endpoint", EC2 user guide.
    ("ec2:CreateInstanceConnectEndpoint", "SubnetId"): "ec2:CreateNetworkInterface",
    ("ec2:CreateInstanceConnectEndpoint", "Action"): "iam:CreateServiceLinkedRole",
    ("iam:CreateInstanceProfile", "Tags.member"): "iam:TagInstanceProfile",
    ("iam:CreatePolicy", "Tags.member"): "iam:TagPolicy",
    ("iam:CreateRole", "Tags.member"): "iam:TagRole",
    ("kms:CreateKey", '"Tags"'): "kms:TagResource",
    ("logs:CreateLogGroup", '"tags"'): "logs:TagResource",
    (r"ssm:(CreateDocument|PutParameter)", '"Tags"'): "ssm:AddTagsToResource",
    ("ssm:UpdateServiceSetting", "default-ec2-instance-management-role"): "iam:PassRole",
}


def actions(method: str, path: str, headers: Message, body: str) -> set[str]:
    """The IAM actions of a signed request: `ec2:CreateVpc` and, where it has tags, `ec2:CreateTags`."""
    service = re.findall(r"Credential=[^/]*/\d+/[^/]*/([^/]*)/", headers["Authorization"])[0]
    if target := headers.get("X-Amz-Target"):
        name = target.rsplit(".", 1)[1]
    elif named := parse_qs(body).get("Action"):
        (name,) = named
    elif service == "route53":
        name = _of_route53(method, path)
    else:
        name = _of_s3(method, path)
    action = f"{service}:{name}"
    if action == FREE:
        return set()
    return {action, *(more for (own, part), more in TOO.items() if re.fullmatch(own, action) and part in body)}


def _of_route53(method: str, path: str) -> str:
    (name,) = (name for verb, place, name in _places_of_route53() if verb == method and place.fullmatch(path))
    return name


@cache
def _places_of_route53() -> list[tuple[str, re.Pattern[str], str]]:
    """Method, path and operation, which IAM's action is called after: botocore's model of the API has them."""
    model = Session().get_service_model("route53")
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = re.sub(r"\{\w+\+?\}", "[^/?]+", http["requestUri"].split("?")[0].rstrip("/"))
        found.append((http["method"], re.compile(rf"{path}/?(\?.*)?"), name))
    return found


def _of_s3(method: str, path: str) -> str:
    address = urlsplit(path)
    parts = parse_qs(address.query, keep_blank_values=True).keys() - {"x-id", "list-type", "prefix", "max-keys"}
    if "/" in address.path.strip("/"):
        return f"{VERBS.get(method, 'Delete')}Object{'Version' if 'versionId' in parts else ''}"
    if not parts:
        return WITHOUT_A_PART[method]
    if "versions" in parts:
        return "ListBucketVersions"
    if "delete" in parts:
        return "DeleteObjectVersion"
    (part,) = parts
    verb = "Delete" if method == "DELETE" and part in DELETED_BY_NAME else VERBS.get(method, "Put")
    return verb + PARTS[part]


def _refusal(headers: Message) -> tuple[str, bytes]:
    """What AWS answers where a right is missing, and its type, in the words of the protocol that asks."""
    message = "You are not authorized to perform this operation."
    if "X-Amz-Target" in headers:
        return "application/x-amz-json-1.1", json.dumps(
            {"__type": "AccessDeniedException", "message": message}
        ).encode()
    if "/ec2/" in headers["Authorization"]:
        error = f"<Error><Code>UnauthorizedOperation</Code><Message>{message}</Message></Error>"
        return "text/xml", f"<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>".encode()
    error = f"<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>"
    return "text/xml", f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>".encode()


class Passage(ThreadingHTTPServer):
    """Stands before the AWS on this machine, and passes on what is not refused."""

    daemon_threads = True

    def __init__(self, endpoint: str, watch: Callable[[set[str]], None], refuses: Callable[[set[str]], bool]) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.address = urlsplit(endpoint)
        self.actions: set[str] = set()
        self.watch = watch
        self.refuses = refuses


class Request(BaseHTTPRequestHandler):
    server: Passage
    protocol_version = "HTTP/1.1"

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = set()
        if "Authorization" in self.headers:
            asked = actions(self.command, self.path, self.headers, body.decode(errors="replace"))
            self.server.actions |= asked
            if self.server.refuses(asked):
                self._refuse()
                return
        there = HTTPConnection(str(self.server.address.hostname), self.server.address.port)
        there.request(self.command, self.path, body, dict(self.headers))
        answer = there.getresponse()
        content = answer.read()
        self.server.watch(asked)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "transfer-encoding", "content-length", "server", "date"}:
                self.send_header(name, value)
        self.send_header("Content-Length", answer.getheader("Content-Length") or str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        there.close()

    def _refuse(self) -> None:
        kind, content = _refusal(self.headers)
        self.send_response(403)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = pass_on  # noqa: N815 - as http.server names them

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def recorded(
    cloud: Cloud,
    watch: Callable[[set[str]], None] = lambda _: None,
    refuses: Callable[[set[str]], bool] = lambda _: False,
) -> Iterator[set[str]]:
    """The actions of all that is asked of the cloud until this ends.

    `watch` is told of each call once it is done. What `refuses` says yes to is answered as where a right is missing.
    """
    cloud.start()
    record = cloud.folder / "server.json"
    facts: dict[str, Any] = json.loads(record.read_text())
    with Passage(facts["endpoint"], watch, refuses) as passage:
        thread = threading.Thread(target=passage.serve_forever)
        thread.start()
        record.write_text(json.dumps({**facts, "endpoint": f"http://127.0.0.1:{passage.server_port}"}))
        try:
            yield passage.actions
        finally:
            record.write_text(json.dumps(facts))
            passage.shutdown()
            thread.join()
