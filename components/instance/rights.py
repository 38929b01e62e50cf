"""What an instance's role may do, from the features it is used for: each has statements that carry its name.

Which resources an action knows stands in the Service Authorization Reference, "Actions, resources, and condition keys
for AWS Systems Manager", and in AWS's refusals of the agent's calls: ssm:UpdateInstanceInformation is asked for the
instance (aws/amazon-ssm-agent#374). These know none, so `*` is the narrowest that AWS takes:

- every action of ssmmessages and ec2messages;
- ssm:GetDeployablePatchSnapshotForInstance, GetManifest, ListAssociations, PutConfigurePackageResult, PutInventory.

logs:DescribeLogGroups knows one, but the agent looks for its group in the list of all, and the session hangs where it
may not see that (aws/amazon-ssm-agent#246).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace

import pulumi

from ..base.buckets import OWNERS_ACL, aws_buckets, bucket_arn, head_needs_list, log_objects_arn
from ..base.errors import ConfigError
from ..base.iam_documents import Statement, allow, document
from ..base.needs import SessionNeeds
from ..base.region import Region

_NO_RESOURCE = ("*",)

# IAM's quota for all inline policies of a role together, and ours is the only one. White space does not count, and it
# has none.
LARGEST_POLICY = 10_240

# PutParameter, Systems Manager API reference. A wildcard is no part of a name, so what matches cannot widen an ARN.
# What begins with aws or ssm is AWS's own ("Requirements and constraints for parameter names", user guide).
_PARAMETER = re.compile(r"/?(?!(?i:aws|ssm))[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*")


@dataclass(frozen=True, kw_only=True)
class Rights:
    """The features that an instance is used for. Whatever is missing here, policies of one's own may add.

    Attributes:
        sessions: people open sessions. False under Default Host Management, whose role has this right: an agent whose
            profile has it too never asks for that role.
        bucket: name of the bucket that gets the logs of sessions.
        bucket_prefix: what their keys begin with.
        own_bucket: whether it is a person's own, and so perhaps another account's.
        bucket_key_arn: KMS key of that bucket, if it has one.
        log_group_arn: of the log group that gets them, without the `:*` at its end.
        session_key_arn: KMS key that encrypts what passes between a person and the instance.
        run_command: Run Command, State Manager and inventory, with documents of AWS's and of this account. A document
            that another account shares needs a policy of one's own.
        patching: AWS-RunPatchBaseline. It is a command, so it brings the statements of run_command with it.
            (AWS-RunPatchBaselineAssociation also needs AWS's policy AmazonSSMPatchAssociation.)
        agent_update: AWS-UpdateSSMAgent. It is a command too.
        ec2messages: agents before 3.3.40.0 get their commands there.
        parameter_paths: paths of Parameter Store: the instance reads these parameters and all below them. To decrypt
            with a KMS key other than aws/ssm needs a policy of one's own.
        report_parameter: name of the one parameter that the instance writes its agent's state to.

    Raises:
        ConfigError: no parameter can have this name.
    """

    sessions: bool = True
    bucket: str | None = None
    bucket_prefix: str = ""
    own_bucket: bool = False
    bucket_key_arn: str | None = None
    log_group_arn: str | None = None
    session_key_arn: str | None = None
    run_command: bool = False
    patching: bool = False
    agent_update: bool = False
    ec2messages: bool = False
    parameter_paths: Sequence[str] = ()
    report_parameter: str | None = None

    def __post_init__(self) -> None:
        """Refuse what would be another resource than the one that was meant."""
        for index, path in enumerate(self.parameter_paths):
            require_parameter(f"parameterPaths[{index}]", path)
        if self.report_parameter is not None:
            require_parameter("bootReport", self.report_parameter)


NO_RIGHTS = Rights(sessions=False)


def with_needs(rights: Rights, needs: SessionNeeds) -> pulumi.Output[Rights]:
    """The same rights and those that sessions of these preferences need, once all names are known."""
    parts = {part.name: getattr(needs, part.name) for part in fields(needs)}
    return pulumi.Output.all(**parts).apply(lambda known: replace(rights, **known))


def instance_policy(region: Region, rights: Rights) -> str:
    """The policy of an instance's role, as JSON.

    Raises:
        ValueError: there is no right to give, and IAM takes no policy without a statement: make none.
    """
    statements = [statement for feature in _FEATURES for statement in feature(region, rights)]
    if not statements:
        raise ValueError("these rights hold nothing: give the role no policy")
    return document(statements)


def require_fits(region: Region, rights: Rights) -> None:
    """Make sure that IAM takes the policy, before anything is made.

    Raises:
        ConfigError: it is too long. Of all that is in it only the paths of parameters have no end.
    """
    length = 0 if rights == NO_RIGHTS else len(instance_policy(region, rights))
    if length > LARGEST_POLICY:
        raise ConfigError(
            "parameterPaths",
            f"{len(rights.parameter_paths)} paths",
            f"the instances' policy would have {length} characters, and IAM takes {LARGEST_POLICY}. Use fewer or "
            "shorter paths, for example one that they have in common.",
        )


def _sessions(region: Region, rights: Rights) -> Iterator[Statement]:
    # "Create a custom IAM role for Session Manager", Systems Manager user guide: these five are the least.
    if rights.sessions:
        yield allow("Sessions", ["ssm:UpdateInstanceInformation"], [_instances(region)])
        channels = [
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ]
        yield allow("SessionsChannels", channels, _NO_RESOURCE)


def _session_logs_to_s3(region: Region, rights: Rights) -> Iterator[Statement]:
    if rights.bucket is not None:
        objects = log_objects_arn(region, rights.bucket, rights.bucket_prefix)
        yield allow("SessionLogsToS3", ["s3:PutObject"], [objects])
        if rights.own_bucket:
            yield allow("SessionLogsToS3Acl", ["s3:PutObjectAcl"], [objects], OWNERS_ACL)
        bucket = bucket_arn(region, rights.bucket)
        if head_needs_list(region):
            yield allow("SessionLogsToS3Region", ["s3:ListBucket"], [bucket])
        # The agent asks whether the bucket is encrypted before it writes.
        yield allow("SessionLogsToS3Encryption", ["s3:GetEncryptionConfiguration"], [bucket])
        if rights.bucket_key_arn is not None:
            # The agent uploads in parts from 5 MB on, and S3 decrypts these to join them ("Uploading an object
            # using multipart upload", S3 user guide).
            both = ["kms:GenerateDataKey", "kms:Decrypt"]
            yield allow("SessionLogsToS3Key", both, [rights.bucket_key_arn])


def _session_logs_to_cloudwatch(_region: Region, rights: Rights) -> Iterator[Statement]:
    if rights.log_group_arn is not None:
        streams = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        # For all but tags the ARN in a policy ends in :* (LogGroup, CloudWatch Logs API reference).
        yield allow("SessionLogsToCloudWatch", streams, [f"{rights.log_group_arn}:*"])
        yield allow("SessionLogsToCloudWatchGroups", ["logs:DescribeLogGroups"], _NO_RESOURCE)


def _session_key(_region: Region, rights: Rights) -> Iterator[Statement]:
    if rights.session_key_arn is not None:
        yield allow("SessionKey", ["kms:Decrypt"], [rights.session_key_arn])


def _run_command(region: Region, rights: Rights) -> Iterator[Statement]:
    # What AmazonSSMManagedInstanceCore has beside sessions, patches and parameters.
    if rights.run_command or rights.patching or rights.agent_update:
        # Documents of AWS's have no account in their ARN.
        documents = [region.arn("ssm", "document/*"), f"arn:{region.partition}:ssm:{region.name}::document/*"]
        yield allow("RunCommandDocuments", ["ssm:DescribeDocument", "ssm:GetDocument"], documents)
        associations = [
            "ssm:DescribeAssociation",
            "ssm:ListInstanceAssociations",
            "ssm:PutComplianceItems",
            "ssm:UpdateAssociationStatus",
            "ssm:UpdateInstanceAssociationStatus",
        ]
        involved = [_instances(region), region.arn("ssm", "association/*"), *documents]
        yield allow("RunCommandAssociations", associations, involved)
        inventory = [
            "ssm:GetManifest",
            "ssm:ListAssociations",
            "ssm:PutConfigurePackageResult",
            "ssm:PutInventory",
        ]
        yield allow("RunCommandInventory", inventory, _NO_RESOURCE)
        yield allow("RunCommandModules", ["s3:GetObject"], aws_buckets(region).documents)


def _patching(region: Region, rights: Rights) -> Iterator[Statement]:
    if rights.patching:
        yield allow("Patching", ["ssm:GetDeployablePatchSnapshotForInstance"], _NO_RESOURCE)
        yield allow("PatchingBaselines", ["s3:GetObject"], aws_buckets(region).patching)


def _agent_update(region: Region, rights: Rights) -> Iterator[Statement]:
    if rights.agent_update:
        yield allow("AgentUpdate", ["s3:GetObject"], aws_buckets(region).agent)


def _ec2messages(_region: Region, rights: Rights) -> Iterator[Statement]:
    if rights.ec2messages:
        names = ("AcknowledgeMessage", "DeleteMessage", "FailMessage", "GetEndpoint", "GetMessages", "SendReply")
        yield allow("Ec2Messages", [f"ec2messages:{name}" for name in names], _NO_RESOURCE)


def _parameters(region: Region, rights: Rights) -> Iterator[Statement]:
    if rights.parameter_paths:
        arns = [_parameter(region, path) for path in rights.parameter_paths]
        read = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
        yield allow("Parameters", read, [one for arn in arns for one in (arn, f"{arn}/*")])


def _report(region: Region, rights: Rights) -> Iterator[Statement]:
    if rights.report_parameter is not None:
        yield allow("ReportParameter", ["ssm:PutParameter"], [_parameter(region, rights.report_parameter)])


_FEATURES: Sequence[Callable[[Region, Rights], Iterator[Statement]]] = (
    _sessions,
    _session_logs_to_s3,
    _session_logs_to_cloudwatch,
    _session_key,
    _run_command,
    _patching,
    _agent_update,
    _ec2messages,
    _parameters,
    _report,
)


def _instances(region: Region) -> str:
    """A policy cannot say "the instance that asks": its id exists only after its role."""
    return region.arn("ec2", "instance/*")


def _parameter(region: Region, name: str) -> str:
    """The slash that a path begins with is the one after `parameter`."""
    return region.arn("ssm", f"parameter/{name.removeprefix('/')}")


def require_parameter(key: str, name: str) -> None:
    """Make sure that a parameter can have this name, or a path of parameters.

    Raises:
        ConfigError: none can.
    """
    if not _PARAMETER.fullmatch(name):
        raise ConfigError(
            key,
            name,
            "this is no name of a parameter of this account. Use letters, digits and . - _ with / between the levels, "
            "and neither aws nor ssm at the start; for example /web/prod.",
        )
