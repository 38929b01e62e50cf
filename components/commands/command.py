"""A script that runs on instances through Systems Manager, as a part of `pulumi up`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from ..base.errors import SECRET, ConfigError
from ..base.needs import NO_NEEDS, SessionNeeds
from .document import ScriptError, ScriptSettings, Shell, command_document
from .last_runs import COMPONENT, LastRuns
from .rights import command_policy
from .runs import choose_run, digest
from .waiting import Wait, wait_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from ..base.region import Region

# The longest name of a log group: CreateLogGroup, CloudWatch Logs API reference.
LONGEST_GROUP = "x" * 512

# What the parameter holds until an instance has written to it.
_NO_REPORT = '{"run": "none yet"}'


@dataclass(frozen=True, kw_only=True)
class Instances:
    """Instances by their ids: up to 50, of an association's limits."""

    ids: Sequence[pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """All instances that have a tag, and all that will have it: the script runs on each that comes.

    Attributes:
        key: of the tag. That of an Auto Scaling group's instances is `aws:autoscaling:groupName`.
        value: of the tag.
    """

    key: str
    value: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class SsmCommandArgs:
    """What a command is made from.

    Attributes:
        region: the Region that the provider is set to.
        last_runs: what the stack's last update left, asked before the program's first resource.
        targets: where the script runs.
        roles: names of the roles of these instances, each by a name that stays. Each gets a policy with what the
            command needs beyond a session.
        script: the text. Whoever may call ssm:GetDocument can read it.
        shell: what runs it, as root or SYSTEM. sh runs what its first line (`#!`) names.
        triggers: when one of them changes, the script runs again; so it does when it changes itself.
        timeout_seconds: a script that takes longer is stopped, and has failed.
        online_seconds: that an update waits for instances to come online, beyond the script's own time.
        needs: where the output goes: bucket and log group of session logs. The instances' roles have the rights.
        secret: whether Pulumi keeps the script encrypted.
        tags: on everything that takes tags.
    """

    region: Region
    last_runs: LastRuns
    targets: Instances | Tagged
    roles: Mapping[str, pulumi.Input[str]]
    script: str
    shell: Shell = Shell.SH
    triggers: Sequence[pulumi.Input[Any]] = ()
    timeout_seconds: int = 600
    online_seconds: int = 900
    needs: SessionNeeds = NO_NEEDS
    secret: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


class SsmCommand(pulumi.ComponentResource):
    """The command's document, its association, the parameter that instances report to, and their right to do so.

    An update that starts a run waits until it has succeeded everywhere.

    Attributes:
        done: says which run it was once it has succeeded; what takes it as an input comes after the script.

    Raises:
        ConfigError: the script cannot be a document.
    """

    done: pulumi.Output[str]

    def __init__(self, name: str, args: SsmCommandArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make all that the script needs before the association, which runs it at once."""
        self._name, self._args = name, args
        self._require_document()
        self._tags = {**args.tags, "Name": name}
        self._parameter = report_parameter(name)
        super().__init__(COMPONENT, name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        content = self._content()
        document = self._make_document(content)
        before = [self._make_report(), *self._make_rights(document)]
        last_succeeded = args.last_runs.succeeded.get(name)
        run = self._choose_run(document, content)
        association = self._make_association(document, run, before)
        self.done = pulumi.Output.all(association.id, run).apply(
            lambda known: self._wait(known[0], known[1], last_succeeded)
        )
        # The stack's state says by this which run the next update need not start again.
        self.register_outputs({"run": self.done})

    def _require_document(self) -> None:
        """Later, in an apply, it would be too late: other resources would be there already."""
        try:
            self._write_document(log_group_arn=LONGEST_GROUP, script=self._args.script)
        except ScriptError as error:
            shown = SECRET if self._args.secret else self._args.script
            raise ConfigError(f"{self._name}.script", shown, str(error)) from error

    def _content(self) -> pulumi.Output[str]:
        args = self._args
        script = pulumi.Output.secret(args.script) if args.secret else pulumi.Output.from_input(args.script)
        return pulumi.Output.all(args.needs.log_group_arn or "", script).apply(
            lambda known: self._write_document(log_group_arn=known[0], script=known[1])
        )

    def _make_document(self, content: pulumi.Output[str]) -> aws.ssm.Document:
        return aws.ssm.Document(
            self._name,
            document_type="Command",
            document_format="JSON",
            target_type="/AWS::EC2::Instance",
            content=content,
            tags=self._tags,
            opts=self._child,
        )

    def _write_document(self, *, log_group_arn: str, script: str) -> str:
        args = self._args
        settings = ScriptSettings(
            command=self._name,
            script=script,
            shell=args.shell,
            seconds=args.timeout_seconds,
            region=args.region.name,
            domain=args.region.dns_suffix,
            log_group=log_group_arn.rpartition(":")[2],
        )
        return command_document(settings)

    def _make_report(self) -> aws.ssm.Parameter:
        # Made here, so that destroy takes it away; what stands in it is the instances' to say.
        theirs = pulumi.ResourceOptions(parent=self, ignore_changes=["value", "description"])
        return aws.ssm.Parameter(
            f"{self._name}-report",
            name=self._parameter,
            type=aws.ssm.ParameterType.STRING,
            description="How the script of a command ended, as JSON; each report of an instance is a version",
            # Pulumi keeps it encrypted, unlike insecure_value: after a refresh it is what a script wrote.
            value=_NO_REPORT,
            tags=self._tags,
            opts=theirs,
        )

    def _make_rights(self, document: aws.ssm.Document) -> Sequence[pulumi.Resource]:
        region, parameter = self._args.region, self._parameter
        policy = document.arn.apply(lambda arn: command_policy(region, arn, parameter))
        return [
            aws.iam.RolePolicy(
                f"{self._name}/{key}", name=f"command-{self._name}", role=role, policy=policy, opts=self._child
            )
            for key, role in self._args.roles.items()
        ]

    def _choose_run(self, document: aws.ssm.Document, content: pulumi.Output[str]) -> pulumi.Output[str]:
        """Another one with all that Systems Manager would run the script again for, since it is to be waited for."""
        args, last = self._args, self._args.last_runs
        started, succeeded = last.started.get(self._name), last.succeeded.get(self._name)
        where = args.targets.ids if isinstance(args.targets, Instances) else [args.targets.key, args.targets.value]
        association = [document.name, content, args.needs.bucket or "", args.needs.bucket_prefix, self._parameter]
        run = pulumi.Output.all(*association, *where, *args.triggers).apply(
            lambda known: choose_run(digest(len(where), known), started, succeeded)
        )
        # Of a trigger that is secret it tells no more than that it changed.
        return pulumi.Output.unsecret(run)

    def _make_association(
        self, document: aws.ssm.Document, run: pulumi.Output[str], before: Sequence[pulumi.Resource]
    ) -> aws.ssm.Association:
        args = self._args
        where = (
            aws.ssm.AssociationTargetArgs(key="InstanceIds", values=list(args.targets.ids))
            if isinstance(args.targets, Instances)
            else aws.ssm.AssociationTargetArgs(key=f"tag:{args.targets.key}", values=[args.targets.value])
        )
        return aws.ssm.Association(
            self._name,
            association_name=self._name,
            name=document.name,
            # A number, not $DEFAULT: with that, a new document would start the old run once more.
            document_version=document.latest_version,
            parameters={"run": run, "report": self._parameter},
            targets=[where],
            output_location=self._output_location(),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )

    def _output_location(self) -> aws.ssm.AssociationOutputLocationArgs | None:
        needs = self._args.needs
        if needs.bucket is None:
            return None
        prefix = "/".join(part for part in (needs.bucket_prefix, "commands", self._name) if part)
        return aws.ssm.AssociationOutputLocationArgs(s3_bucket_name=needs.bucket, s3_key_prefix=prefix)

    async def _wait(self, association: str, run: str, succeeded: str | None) -> str:
        if not pulumi.runtime.is_dry_run() and run != succeeded:
            await wait_for(self._planned_wait(association), run)
        return run

    def _planned_wait(self, association: str) -> Wait:
        args, opts = self._args, pulumi.InvokeOutputOptions(parent=self)
        return Wait(
            command=self._name,
            parameter=self._parameter,
            instances=_asker(args.targets, opts),
            seconds=args.timeout_seconds,
            online_seconds=args.online_seconds,
            hint="The next `pulumi up` runs it again. What Systems Manager says of it: "
            f"aws ssm describe-association-executions --association-id {association} --region {args.region.name}",
            opts=opts,
        )


def report_parameter(name: str) -> str:
    """The parameter that the instances of a command report to."""
    # Not /ssm-only/…: names that begin with ssm are AWS's own.
    return f"/commands/{pulumi.get_project()}/{pulumi.get_stack()}/{name}"


def _asker(targets: Instances | Tagged, opts: pulumi.InvokeOutputOptions) -> Callable[[], Awaitable[Collection[str]]]:
    """Asks for the ids of those that are there now."""

    async def ask() -> Collection[str]:
        if isinstance(targets, Instances):
            return await pulumi.Output.all(*targets.ids).future() or ()
        value = await pulumi.Output.from_input(targets.value).future()
        has = aws.ec2.GetInstancesFilterArgs(name=f"tag:{targets.key}", values=[value or ""])
        found = await aws.ec2.get_instances_output(
            filters=[has], instance_state_names=["pending", "running"], opts=opts
        ).future()
        return found.ids if found is not None else ()

    return ask
