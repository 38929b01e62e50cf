"""Readers for resources that carry other resources: CloudFormation stacks, CloudControl, Service Catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_policy.deserialize import SPECIAL_SIG_KEY

from ssm_guard.node import Doubt, Node, Path, Why, path_text, short
from ssm_guard.opening import Opening, unreadable
from ssm_guard.readers.aws import beanstalk, ec2_native, edges, eks, gamelift, lightsail, network_acl
from ssm_guard.template import Template, TemplateNode
from ssm_guard.template_joins import PREFIX_LIST, Declared, listed, public_listeners
from ssm_guard.template_text import TemplateError, parse, parse_json

if TYPE_CHECKING:
    from ssm_guard.readers.cloud import Reader

# Transforms that add no inbound rule of their own.
_HARMLESS_TRANSFORMS = {"AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::SecretsManager-2020-07-23"}
# A template may stand in a template as a text. In YAML that takes little room: 1 MB holds hundreds of levels, each of
# which is read anew.
_DEEPEST_TEMPLATE = 4


def stack(resource: Node) -> Iterator[Opening]:
    """A stack or a stack set: `templateUrl`, and `templateBody` as text or, in aws-native, as an object.

    The URL comes first, whatever the body: the provider fills that in with what it found there, so it is unknown before
    the first update, and what another URL held before the next one.
    """
    url, body = resource["templateUrl"], resource["templateBody"]
    yield from _elsewhere(url)
    if not body.value or (url.value and isinstance(body.value, Doubt)):
        return
    # A text that is written in a template is read as it is, with the dynamic references in it.
    parsed = body.raw if isinstance(body, TemplateNode) and isinstance(body.raw, str) else body.value
    if isinstance(parsed, str):
        try:
            parsed = parse(parsed)
        except TemplateError as error:
            yield unreadable(Doubt(Why.OPAQUE, body.where, f"a template that is {error}"), body.path)
            return
    level = resource.template.level + 1 if isinstance(resource, TemplateNode) else 0
    if not isinstance(parsed, Mapping) or SPECIAL_SIG_KEY in parsed or level > _DEEPEST_TEMPLATE:
        yield unreadable(body.doubt(Why.OPAQUE), body.path)
        return
    yield from _template(Template(parsed, _parameters(resource["parameters"]), level), body)


def _nested(resource: Node) -> Iterator[Opening]:
    """A stack within a template: its groups are others than those of the same names around it."""
    for opening in stack(resource):
        yield replace(opening, group=f"{resource.where}.{opening.group}")


def application(resource: Node) -> Iterator[Opening]:
    """An application of the Serverless Application Repository: a template that somebody published."""
    yield from _elsewhere(resource["applicationId"], resource["location"])


def product(resource: Node) -> Iterator[Opening]:
    """Service Catalog's products and artifacts: templates at a URL, or those of a stack."""
    for artifact in (*resource["provisioningArtifactParameters"].each(), resource):
        yield from _elsewhere(artifact["templateUrl"], artifact["templatePhysicalId"], artifact["info"])


def provisioned_product(resource: Node) -> Iterator[Opening]:
    """What somebody makes of a product of Service Catalog."""
    yield from _elsewhere(resource["productId"], resource["productName"])


def _elsewhere(*places: Node) -> Iterator[Opening]:
    """What stands at the first of these that is there: out of sight, and its name may be unknown too."""
    for place in places:
        if place.value:
            said = "a template" if isinstance(place.value, Doubt) else short(place.value)
            yield unreadable(Doubt(Why.OPAQUE, place.where, said), place.path)
            return


# Readers by CloudFormation's type name. What aws-native has too is registered under its token in readers/__init__.py.
CFN_READERS: Mapping[str, Reader] = {
    "AWS::CloudFormation::Stack": _nested,
    "AWS::CloudFormation::StackSet": _nested,
    "AWS::EC2::NetworkAclEntry": network_acl.network_acl_entry,
    PREFIX_LIST: edges.prefix_list,
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
    "AWS::Serverless::Application": application,
    "AWS::ServiceCatalog::CloudFormationProduct": product,
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct": provisioned_product,
    "AWS::Transfer::Server": edges.transfer_server,
}


def _template(template: Template, body: Node) -> Iterator[Opening]:
    transforms = template.body.get("Transform")
    for transform in transforms if isinstance(transforms, list) else [transforms]:
        if transform is not None and str(transform) not in _HARMLESS_TRANSFORMS:
            said = transform if isinstance(transform, str) else short(transform)
            yield unreadable(Doubt(Why.OPAQUE, body.where, f"what the macro {said} makes of it"), body.path)
    declared: dict[str, Declared] = {}
    for name, resource in template.section("Resources").items():
        node = TemplateNode(resource, (*body.path, str(name)), template, resource)
        if str(name).startswith("Fn::"):
            yield unreadable(Doubt(Why.OPAQUE, node.where, f"what {name} makes"), node.path)
        elif isinstance(resource, Mapping) and template.condition(resource.get("Condition")) is not False:
            declared[str(name)] = Declared(str(resource.get("Type")), node["Properties"])
            yield from _hidden(str(resource.get("Type")), resource, node)
    for name, one in declared.items():
        for opening in _openings(one):
            yield listed(opening if opening.group else replace(opening, group=name), declared)
    yield from public_listeners(declared)


def _hidden(type_name: str, resource: Mapping[str, object], node: Node) -> Iterator[Opening]:
    """What a module or a macro makes of a resource, where that may be an inbound rule."""
    if type_name.endswith("::MODULE"):
        yield unreadable(Doubt(Why.OPAQUE, node.where, f"what the module {type_name} makes"), node.path)
    whole = [node.path] if "Fn::Transform" in resource else []
    for path in _transforms(resource, node.path) if type_name in CFN_READERS else whole:
        yield unreadable(Doubt(Why.OPAQUE, path_text(path), "what Fn::Transform makes"), path)


def _transforms(value: object, path: Path) -> Iterator[Path]:
    """The places in a resource to which a macro adds."""
    left = [(value, path)]
    while left:
        value, path = left.pop()
        if isinstance(value, Mapping):
            if "Fn::Transform" in value:
                yield path
            left += ((inner, (*path, str(key))) for key, inner in value.items())
        elif isinstance(value, list):
            left += ((inner, (*path, index)) for index, inner in enumerate(value))


def _openings(declared: Declared) -> list[Opening]:
    """The openings of a resource that CloudFormation would make; a rule belongs to the group that it names."""
    reader, properties = CFN_READERS.get(declared.type), declared.properties
    try:
        return list(reader(properties)) if reader else []
    except RecursionError:
        return [unreadable(Doubt(Why.OPAQUE, properties.where, "what so many functions come to"), properties.path)]


def _parameters(node: Node) -> Mapping[str, object]:
    """A map in the classic provider and in aws-native's stack; a list of pairs in a stack set."""
    pairs = ((pair["parameterKey"].refers_to, pair["parameterValue"].value) for pair in node.each())
    found = {key: value for key, value in pairs if isinstance(key, str)}
    return found | {key: item.value for key, item in node.items()}


def cloud_control(resource: Node) -> Iterator[Opening]:
    """`aws:cloudcontrol/resource:Resource`: the properties are a JSON text."""
    state = resource["desiredState"]
    yield from _any_type(resource["typeName"], state)


def extension_resource(resource: Node) -> Iterator[Opening]:
    """`aws-native:index:ExtensionResource`: the properties are a map, in CloudFormation's spelling."""
    yield from _any_type(resource["type"], resource["properties"])


def _any_type(type_name: Node, place: Node) -> Iterator[Opening]:
    if isinstance(type_name.value, Doubt):
        yield unreadable(type_name.value, type_name.path)
    # What no reader knows is none of the pack's business, be it well-formed or not.
    if not isinstance(type_name.value, str) or type_name.value not in CFN_READERS:
        return
    properties = place.value
    if isinstance(properties, str):
        try:
            properties = parse_json(properties)
        except TemplateError as error:
            yield unreadable(Doubt(Why.MALFORMED, place.where, str(error)), place.path)
            return
    # The other entries of its network ACL are resources of their own.
    alone = type_name.value != "AWS::EC2::NetworkAclEntry"
    for opening in _openings(Declared(type_name.value, TemplateNode(properties, place.path, Template(), properties))):
        yield replace(opening, alone=alone)
