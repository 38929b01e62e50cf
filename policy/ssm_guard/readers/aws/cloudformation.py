"""Readers for resources that carry other resources: CloudFormation stacks, CloudControl, Service Catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ssm_guard.node import SENTINELS, Doubt, Node, Why
from ssm_guard.opening import Opening, unreadable
from ssm_guard.readers.aws import beanstalk, ec2_native, edges, eks, gamelift, lightsail, network_acl
from ssm_guard.template import Template, TemplateNode
from ssm_guard.template_text import TemplateError, parse, parse_json

if TYPE_CHECKING:
    from ssm_guard.readers.cloud import Reader

# Transforms that add no inbound rule of their own.
_HARMLESS_TRANSFORMS = {"AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::SecretsManager-2020-07-23"}


def nested_stack(stack: Node) -> Iterator[Opening]:
    """`AWS::CloudFormation::Stack` in a template: its own template is at a URL."""
    yield from _elsewhere(stack["templateUrl"])


# Readers by CloudFormation's type name. What aws-native has too is registered under its token in readers/__init__.py.
CFN_READERS: Mapping[str, Reader] = {
    "AWS::CloudFormation::Stack": nested_stack,
    "AWS::EC2::NetworkAclEntry": network_acl.network_acl_entry,
    "AWS::EC2::PrefixList": edges.prefix_list,
    "AWS::EC2::SecurityGroup": ec2_native.security_group,
    "AWS::EC2::SecurityGroupIngress": ec2_native.security_group_ingress,
    "AWS::EKS::Nodegroup": eks.node_group,
    "AWS::ElasticBeanstalk::ConfigurationTemplate": beanstalk.environment,
    "AWS::ElasticBeanstalk::Environment": beanstalk.environment,
    "AWS::ElasticLoadBalancing::LoadBalancer": edges.classic_load_balancer,
    "AWS::GameLift::ContainerFleet": gamelift.fleet,
    "AWS::GameLift::Fleet": gamelift.fleet,
    "AWS::GlobalAccelerator::EndpointGroup": edges.accelerator_endpoints,
    "AWS::GlobalAccelerator::Listener": edges.accelerator_listener,
    "AWS::Lightsail::Instance": lightsail.native_instance,
    "AWS::Transfer::Server": edges.transfer_server,
}


def stack(resource: Node) -> Iterator[Opening]:
    """`templateBody` of a stack or a stack set of either provider, as text or, in aws-native, as an object."""
    body = resource["templateBody"]
    if body.value is None:
        yield from _elsewhere(resource["templateUrl"])
        return
    parsed: object = body.value
    if isinstance(parsed, str):
        try:
            parsed = parse(parsed)
        except TemplateError as error:
            yield unreadable(Doubt(Why.OPAQUE, body.where, f"a template that is {error}"), body.path)
            return
    if not isinstance(parsed, Mapping):
        yield unreadable(body.doubt(Why.OPAQUE), body.path)
        return
    yield from _template(Template(parsed, _parameters(resource["parameters"])), body)


def _template(template: Template, body: Node) -> Iterator[Opening]:
    transforms = template.body.get("Transform")
    for transform in transforms if isinstance(transforms, list) else [transforms]:
        if transform is not None and str(transform) not in _HARMLESS_TRANSFORMS:
            yield unreadable(Doubt(Why.OPAQUE, body.where, f"what the macro {transform} makes of it"), body.path)
    for name, resource in template.section("Resources").items():
        node = TemplateNode(resource, (*body.path, str(name)), template, resource)
        if str(name).startswith("Fn::"):
            yield unreadable(Doubt(Why.OPAQUE, node.where, f"what {name} makes"), node.path)
        elif isinstance(resource, Mapping) and template.condition(resource.get("Condition")) is not False:
            yield from _declared(str(resource.get("Type")), node["Properties"], str(name))


def _declared(type_name: str, properties: Node, name: str) -> Iterator[Opening]:
    """The openings of a resource that CloudFormation would make; a rule belongs to the group that it names."""
    reader = CFN_READERS.get(type_name)
    if reader is not None:
        for opening in reader(properties):
            yield opening if opening.group else replace(opening, group=name)


def _parameters(node: Node) -> Mapping[str, object]:
    """A map in the classic provider and in aws-native's stack; a list of pairs in aws-native's stack set."""
    if isinstance(node.value, Mapping):
        return node.value
    pairs = {}
    for pair in node.each():
        key = pair["parameterKey"].value
        if isinstance(key, str):
            value = pair["parameterValue"].value
            pairs[key] = next(iter(SENTINELS)) if isinstance(value, Doubt) else value
    return pairs


def cloud_control(resource: Node) -> Iterator[Opening]:
    """`aws:cloudcontrol/resource:Resource`: the properties are a JSON text."""
    state = resource["desiredState"]
    parsed: object = state.value
    if isinstance(parsed, str):
        try:
            parsed = parse_json(parsed)
        except TemplateError as error:
            yield unreadable(Doubt(Why.MALFORMED, state.where, str(error)), state.path)
            return
    yield from _any_type(resource["typeName"], parsed, state)


def extension_resource(resource: Node) -> Iterator[Opening]:
    """`aws-native:index:ExtensionResource`: the properties are a map, in CloudFormation's spelling."""
    properties = resource["properties"]
    yield from _any_type(resource["type"], properties.value, properties)


def _any_type(type_name: Node, properties: object, place: Node) -> Iterator[Opening]:
    if isinstance(type_name.value, Doubt):
        yield unreadable(type_name.value, type_name.path)
    elif isinstance(type_name.value, str):
        reader = CFN_READERS.get(type_name.value)
        for opening in reader(TemplateNode(properties, place.path, Template(), properties)) if reader else ():
            # The other entries of its network ACL are resources of their own.
            is_entry = type_name.value == "AWS::EC2::NetworkAclEntry"
            yield replace(opening, alone=False) if is_entry else opening


def product(resource: Node) -> Iterator[Opening]:
    """Service Catalog's products and artifacts: templates at a URL."""
    yield from _elsewhere(resource["provisioningArtifactParameters"]["templateUrl"])
    yield from _elsewhere(resource["templateUrl"])


def _elsewhere(url: Node) -> Iterator[Opening]:
    if url.value is not None:
        yield unreadable(url.doubt(Why.OPAQUE), url.path)
