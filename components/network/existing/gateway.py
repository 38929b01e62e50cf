"""The way to S3 from each route table: a gateway endpoint that is there, or one of ours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...base.buckets import aws_buckets, bucket_arn, image_layers, log_objects_arn, objects_in
from ..endpoints import GATEWAY_SERVICE, IMAGE_SERVICE
from .facts import Endpoint, Kept, Kind, Subnet, Survey
from .packets import ANYWHERE, HTTPS, Passage, acl_passes
from .policies import Call, Verdict, judge_all
from .wanted import Findings, Wanted


@dataclass(frozen=True, kw_only=True)
class GatewayPlan:
    """How S3 is reached.

    Attributes:
        table_ids: the route tables that get an endpoint of ours.
        found: ids of the endpoints that the other tables have.
    """

    table_ids: Sequence[str]
    found: Sequence[str]


def plan_gateway(
    survey: Survey, wanted: Wanted, kept: Kept, subnets: Sequence[Subnet], findings: Findings
) -> GatewayPlan:
    """Decide it for each route table: EC2 takes one way to S3 in each."""
    tables = {table.id: table for subnet in subnets for table in [survey.tables[subnet.id]]}
    theirs = _of_tables(survey.endpoints, tables)
    unread = [id_ for id_, table in tables.items() if table.leads_to_s3 and id_ not in (*theirs, *kept.table_ids)]
    made = [id_ for id_ in tables if id_ not in (*theirs, *unread)]
    found = {endpoint.id: endpoint for endpoint in theirs.values()}
    for endpoint in found.values():
        _check_policy(wanted, endpoint, findings)
    for id_ in unread:
        findings.warn(
            wanted.vpc.subnets_key,
            [subnet.id for subnet in subnets if survey.tables[subnet.id].id == id_],
            f"the route table {id_} has a way to S3 whose endpoint is not seen from here, nor what it lets through.",
        )
    if made and any(subnet.owner not in ("", wanted.region.account) for subnet in subnets):
        made = []
        findings.warn(
            wanted.vpc.subnets_key,
            [subnet.id for subnet in subnets],
            "they are shared with this account, which can make no way to S3 in them. Sessions need none; the agent's "
            "updates, Amazon Linux's packages and logs in a bucket do.",
        )
    _check_acls(survey, wanted, subnets, findings)
    return GatewayPlan(table_ids=made, found=sorted(found))


def _of_tables(endpoints: Iterable[Endpoint], tables: Iterable[str]) -> Mapping[str, Endpoint]:
    ways = [one for one in endpoints if one.kind is Kind.GATEWAY and one.service.endswith(f".{GATEWAY_SERVICE}")]
    return {id_: endpoint for id_ in tables for endpoint in ways if id_ in endpoint.table_ids}


def _check_policy(wanted: Wanted, endpoint: Endpoint, findings: Findings) -> None:
    """What the policy of an endpoint that is there stops: sessions need none of it, but their logs in a bucket do."""
    for purpose, calls in _purposes(wanted).items():
        judged = judge_all(endpoint.policy, calls)
        key, value = wanted.vpc.vpc_key, wanted.vpc.vpc or wanted.vpc.tags
        if judged[Verdict.STOPS]:
            lacks = _calls(judged[Verdict.STOPS])
            text = f"the policy of its S3 endpoint {endpoint.id} does not let {purpose} through: {lacks}."
            if purpose == _LOGS:
                mend = "Its owner lets that through, or another bucket takes the logs (sessions.s3.bucket), or none."
                findings.refuse(key, value, f"{text} {mend}")
            else:
                findings.warn(key, value, f"{text} {_WITHOUT[purpose]}")
        elif judged[Verdict.UNKNOWN]:
            conditions = _calls(judged[Verdict.UNKNOWN])
            text = f"the policy of its S3 endpoint {endpoint.id} has conditions for {purpose}: {conditions}. Whether "
            findings.warn(key, value, f"{text}they hold cannot be told from here.")


_AGENT = "the agent's packages"
_LINUX = "Amazon Linux's packages"
_LAYERS = "the layers of images in ECR"
_BUCKETS = "your buckets"
_LOGS = "the logs of sessions"
_WITHOUT = {
    _AGENT: "Sessions open all the same; the agent is neither installed nor updated.",
    _LINUX: "dnf signs no request, so its owner lets anyone through to them; until then there are no updates.",
    _LAYERS: "No image can be pulled until its owner lets anyone read them.",
    _BUCKETS: "Its owner adds them.",
}


def _purposes(wanted: Wanted) -> Mapping[str, Sequence[Call]]:
    region, needs, account = wanted.region, wanted.needs, wanted.region.account
    aws = aws_buckets(region)

    def signed(action: str, resource: str) -> Call:
        return Call(action=action, resource=resource, account=account, names_account=False)

    # Neither curl, which fetches the agent at boot, nor dnf signs.
    purposes = {_AGENT: [Call(action="s3:GetObject", resource=arn) for arn in aws.agent]}
    if wanted.amazon_linux:
        purposes[_LINUX] = [Call(action="s3:GetObject", resource=arn) for arn in aws.linux]
    if IMAGE_SERVICE in wanted.endpoints:
        purposes[_LAYERS] = [Call(action="s3:GetObject", resource=arn) for arn in image_layers(region)]
    if wanted.buckets:
        objects = objects_in(region, *wanted.buckets)
        purposes[_BUCKETS] = [signed(action, arn) for action in ("s3:GetObject", "s3:PutObject") for arn in objects]
    if isinstance(needs.bucket, str):
        purposes[_LOGS] = [
            signed("s3:PutObject", log_objects_arn(region, needs.bucket, needs.bucket_prefix)),
            signed("s3:GetEncryptionConfiguration", bucket_arn(region, needs.bucket)),
        ]
    return purposes


def _check_acls(survey: Survey, wanted: Wanted, subnets: Sequence[Subnet], findings: Findings) -> None:
    """S3 has public addresses, also where a gateway endpoint leads to it."""
    for subnet in subnets:
        acl = survey.acls.get(subnet.id)
        if acl is None:
            continue
        passages = [acl_passes(acl, egress=True, ports=HTTPS, block=ANYWHERE)]
        passages += [acl_passes(acl, egress=False, ports=ports, block=ANYWHERE) for ports in wanted.return_ports]
        if Passage.NONE in passages:
            findings.warn(
                wanted.vpc.subnets_key,
                subnet.id,
                f"network ACL {acl.id} lets nothing through to the public addresses that S3 has. Sessions need no S3; "
                "the agent's updates, Amazon Linux's packages and logs in a bucket do.",
            )


def _calls(calls: Sequence[Call]) -> str:
    return ", ".join(f"{call.action} on {call.resource}" for call in calls)
