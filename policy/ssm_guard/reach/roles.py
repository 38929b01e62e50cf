"""Roles, instance profiles, Default Host Management and the session preferences of a stack."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reachability.model import OneOf, Preferences, Profile, Role, Unknown
from ssm_guard.reach import types
from ssm_guard.reach.look import Look, looks, perhaps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reachability.model import Document, Ref
    from ssm_guard.node import Node
    from ssm_guard.stack import Stack

_PREFERENCES = "SSM-SessionManagerRunShell"
_INPUTS = ("cloudWatchLogGroupName", "s3BucketName", "s3KeyPrefix", "kmsKeyId")
_DEFAULT_HOST_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"
_ACCOUNT = re.compile(r"arn:[\w-]+:(?:ec2|ssm):[\w*-]*:(\d{12}):")
_ARN_ACCOUNT = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:(\d{12}):")


@dataclass
class _Policies:
    """What other resources give a role."""

    documents: list[Document] = field(default_factory=list)
    managed: list[str | Unknown] = field(default_factory=list)
    gaps: Unknown | None = None


def roles(stack: Stack, account: str) -> Iterator[Role]:
    """The roles with all that the stack gives them."""
    added = _added(stack)
    for role in looks(stack, [types.ROLE]):
        more = added[role.urn]
        documents, managed, unknown = [*more.documents], [*more.managed], more.gaps
        inline, arns = role["inlinePolicies"], role["managedPolicyArns"]
        if role.is_written(inline):
            # One block without a policy takes away what others have written.
            documents += [role.text(item["policy"]) for item in inline.each() if item["policy"].value not in (None, "")]
        if role.is_written(arns):
            managed += [arn for arn in _arns(role, arns) if arn not in managed]
        documents += [text for arn in managed if (text := _of_stack(stack, arn)) is not None]
        boundary = role.ref(role["permissionsBoundary"], [types.POLICY])
        yield Role(
            id=role.urn,
            name=role.label,
            arn=_arn(role, account),
            trust=role.text(role["assumeRolePolicy"]),
            documents=tuple(dict.fromkeys(documents)),
            managed=tuple(arn for arn in managed if _of_stack(stack, arn) is None),
            boundary=_boundary(stack, boundary),
            gaps=unknown,
        )


def _arn(role: Look, account: str) -> str | Unknown:
    """What its ARN is, or will be: name and path are known before it exists."""
    known, name, path = role["arn"].value, role.text(role["name"]), role.text(role["path"]) or "/"
    if isinstance(known, str) and known:
        return known
    if account and isinstance(name, str) and name and isinstance(path, str):
        return f"arn:aws:iam::{account}:role{path}{name}"
    return Unknown(f"the ARN of {role.label}", "it is known after the update")


def _arns(owner: Look, node: Node) -> list[str | Unknown]:
    """The managed policies that a list names: by URN those of the stack, by ARN the others."""
    refs = owner.refs(node, [types.POLICY])
    if isinstance(refs, Unknown):
        return [refs]
    return [owner.unknown(node) if isinstance(ref, OneOf) else ref for ref in refs]


def _of_stack(stack: Stack, arn: str | Unknown) -> Document | None:
    """The text of a policy that is a resource of the stack."""
    resource = stack.at(arn) if isinstance(arn, str) else None
    return Look(stack, resource).text(Look(stack, resource)["policy"]) if resource else None


def _boundary(stack: Stack, ref: Ref | None) -> Document | None:
    if ref is None or isinstance(ref, Unknown):
        return ref
    if isinstance(ref, OneOf):
        return Unknown(ref.what, ref.source)
    return _of_stack(stack, ref) or ref


def _added(stack: Stack) -> dict[str, _Policies]:
    """Inline policies and attachments that are resources, by role."""
    found: dict[str, _Policies] = defaultdict(_Policies)
    for one in looks(stack, [types.ROLE_POLICY]):
        for policies in _whose(stack, one, found):
            policies.documents.append(one.text(one["policy"]))
    for one in looks(stack, types.ROLE_ATTACHMENTS):
        several = one["policyArns"]
        node = several if one.is_written(several) else one["policyArn"]
        for policies in _whose(stack, one, found):
            policies.managed += _arns(one, node)
    return found


def _whose(stack: Stack, one: Look, found: dict[str, _Policies]) -> Iterator[_Policies]:
    """The roles that a policy is given to; where it is one of several, each of these may have it."""
    role = one["role"] if one.is_written(one["role"]) else one["roleName"]
    has_many = stack.token(one.resource) == types.POLICY_ATTACHMENT
    refs = one.refs(one["roles"], [types.ROLE]) if has_many else one.ref(role, [types.ROLE])
    for ref in refs if isinstance(refs, tuple) else (refs,):
        if isinstance(ref, str):
            yield found[ref]
            continue
        for key in perhaps(stack, ref, [types.ROLE]):
            found[key].gaps = Unknown(f"whether {one.label} is a policy of it", "the role is known after the update")


def profiles(stack: Stack) -> Iterator[Profile]:
    """The instance profiles."""
    for profile in looks(stack, [types.PROFILE]):
        yield Profile(id=profile.urn, name=profile.label, role=profile.ref(profile["role"], [types.ROLE]))


def default_host_management(stack: Stack) -> Ref | None:
    """The role that the service setting names, as `service-role/NAME`."""
    for setting in looks(stack, [types.SERVICE_SETTING]):
        about = setting.text(setting["settingId"])
        if isinstance(about, str) and about.endswith(_DEFAULT_HOST_MANAGEMENT):
            return _setting_role(setting)
    return None


def _setting_role(setting: Look) -> Ref | None:
    node = setting["settingValue"]
    value = node.value
    if isinstance(value, str):
        if value in {"", "$None"}:
            return None
        name = value.rpartition("/")[2]
        named = [role.urn for role in looks(setting.stack, [types.ROLE]) if role["name"].value == name]
        return named[0] if len(named) == 1 else name
    return setting.ref(node, [types.ROLE])


def preferences(stack: Stack) -> Preferences | Unknown | None:
    """What the document of the account asks of an agent."""
    for document in looks(stack, [types.DOCUMENT]):
        if document["name"].value == _PREFERENCES:
            content = document["content"]
            if not isinstance(content.value, str):
                return Unknown(f"the preferences in {document.label}", document.unknown(content).source)
            return _preferences(document, content.value)
    return None


def _preferences(document: Look, content: str) -> Preferences | Unknown:
    try:
        inputs = json.loads(content)["inputs"]
        wanted = [inputs.get(key) or "" for key in _INPUTS]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Unknown(f"the preferences in {document.label}", "its content is no JSON that can be read")
    group, bucket, prefix, key = (one if isinstance(one, str) else "" for one in wanted)
    return Preferences(log_group=group, bucket=bucket, prefix=prefix, key=key)


def account_of(stack: Stack) -> str:
    """The account that the stack is in, or "": from what exists, else from the ARNs that its own roles write.

    Who lets a role of an instance act on instances and parameters of an account means the account that they are in.
    """
    known = {
        found[1]
        for token in (types.ROLE, *types.VPCS, *types.INSTANCES, types.POLICY, types.PROFILE)
        for one in looks(stack, [token])
        if isinstance(arn := one["arn"].value, str) and (found := _ARN_ACCOUNT.match(arn))
    }
    if not known:
        known = {
            account
            for one in looks(stack, [types.ROLE_POLICY, types.POLICY])
            if isinstance(text := one["policy"].value, str)
            for account in _ACCOUNT.findall(text)
        }
    return known.pop() if len(known) == 1 else ""
