"""Resources that carry other resources: CloudFormation's stacks, CloudControl, aws-native's ExtensionResource."""

from __future__ import annotations

import json

from tests.policy.cases import Case
from tests.policy.judging import UNKNOWN

STACK = "aws:cloudformation/stack:Stack"
GROUP = """
Parameters:
  Who: {Type: String, Default: 203.0.113.0/24}
  Anyone: {Type: String, Default: 0.0.0.0/0}
  Asked: {Type: String}
  Several: {Type: CommaDelimitedList, Default: "203.0.113.0/24, 0.0.0.0/0"}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /office/cidr}
  Port: {Type: Number, Default: 22}
  Stage: {Type: String, Default: prod}
  Dynamic: {Type: String, Default: "{{resolve:secretsmanager:office}}"}
Mappings:
  Sources: {prod: {ssh: 203.0.113.0/24}, dev: {ssh: 0.0.0.0/0}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Not [!Condition IsDev]
  IsBoth: !And [!Condition IsDev, !Condition IsProd]
  IsEither: !Or [!Condition IsDev, !Condition IsAsked]
  IsAsked: !Equals [!Ref Asked, "yes"]
  IsItself: !Condition IsItself
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: ssh
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: %s}
"""
INGRESS = "templateBody.Group.Properties.SecurityGroupIngress"
CIDR = f"{INGRESS}[0].CidrIp"


def stack(sentence: str, source: str, *blocked: str, advised: tuple[str, ...] = (), **parameters: object) -> Case:
    props = {"templateBody": GROUP % source, "parameters": parameters}
    return Case(sentence, STACK, props, blocked, advised)


def _doubled(levels: int) -> str:
    text = "a"
    for _ in range(levels):
        text = f'{{"Fn::Sub": ["${{A}}${{A}}", {{"A": {text}}}]}}'
    return text


FUNCTIONS = [
    stack("a literal", "0.0.0.0/0", CIDR),
    stack("a literal office", "203.0.113.0/24"),
    stack("a dynamic reference is opaque", "'{{resolve:ssm:/x}}'"),
    stack("a parameter that is a dynamic reference is opaque", "!Ref Who", Who="{{resolve:ssm:/x}}"),
    stack("a parameter with its default", "!Ref Anyone", CIDR),
    stack("a parameter with a harmless default", "!Ref Who"),
    stack("a parameter given as the world", "!Ref Who", CIDR, Who="0.0.0.0/0"),
    stack("a parameter given as an office", "!Ref Anyone", Anyone="203.0.113.0/24"),
    stack("a parameter that is unknown", "!Ref Who", advised=(CIDR,), Who=UNKNOWN),
    stack("a parameter that nobody gave is opaque", "!Ref Asked"),
    stack("a value from the parameter store is opaque", "!Ref Stored"),
    stack("a value of another stack is opaque", "!ImportValue office"),
    stack("a text with parameters in it", '!Sub ["${A}.0.0.0/${B}", {A: "0", B: "0"}]', CIDR),
    stack("a text with an office in it", '!Sub "${Who}"'),
    stack("joined", '!Join ["/", ["0.0.0.0", "0"]]', CIDR),
    stack("joined to an office", '!Join ["/", ["203.0.113.0", "24"]]'),
    stack("selected from a list", "!Select [1, !Ref Several]", CIDR),
    stack("selected from a list, the office", "!Select [0, !Ref Several]"),
    stack("split and selected", '!Select [1, !Split ["|", "x|0.0.0.0/0"]]', CIDR),
    stack("looked up", "!FindInMap [Sources, !Ref Stage, ssh]"),
    stack("looked up for another stage", "!FindInMap [Sources, !Ref Stage, ssh]", CIDR, Stage="dev"),
    stack("if a condition that holds", "!If [IsProd, 0.0.0.0/0, 203.0.113.0/24]", CIDR),
    stack("if a condition that doesn't hold", "!If [IsDev, 0.0.0.0/0, 203.0.113.0/24]"),
    stack("if both of two that exclude each other", "!If [IsBoth, 0.0.0.0/0, 203.0.113.0/24]"),
    stack("if a condition that can't be told", "!If [IsAsked, 0.0.0.0/0, 203.0.113.0/24]", CIDR),
    stack("if either of two, one of which can't be told", "!If [IsEither, 203.0.113.0/24, 0.0.0.0/0]", CIDR),
    stack("if either, the other of which holds", "!If [IsEither, 203.0.113.0/24, 0.0.0.0/0]", Stage="dev"),
    stack("if a condition that refers to itself", "!If [IsItself, 0.0.0.0/0, 203.0.113.0/24]", CIDR),
    stack("no value where it can't be told", '!If [IsAsked, !Ref "AWS::NoValue", 203.0.113.0/24]'),
    stack("a dynamic reference as a default is opaque", "!Ref Dynamic"),
    stack("a dynamic reference in a list is opaque", "!Select [0, !Split [',', !Ref Dynamic]]"),
    stack("a dynamic reference in a text is opaque", "!Sub '{{resolve:ssm:/${Stage}}}'"),
    stack("a dynamic reference as a given parameter is opaque", "!Ref Who", Who="{{resolve:ssm:/office}}"),
    stack("braces that are no reference", "'{resolve:ssm:/office}'", CIDR),
    stack("an empty name in a text", '!Sub "${}"', CIDR),
    stack("a literal in a text", '!Sub "${!Anyone}"', CIDR),
    stack("an empty parameter in a text", '!Sub "0.0.0.0/0${Asked}"', CIDR, Asked=""),
    stack("names that nobody closed are no source", f'!Sub "{"${" * 1_000}"', CIDR),
    stack("10,000 names that nobody closed are opaque", f'!Sub "{"${" * 10_000}"'),
    stack("text that doubles with each level is opaque", _doubled(30)),
    stack("a list that is joined to no end is opaque", f"!Join [{'x' * 3_000}, [a, b, c]]"),
]

TWO_GROUPS = {
    "Resources": {
        "One": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "x"}},
        "Two": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "y"}},
        "Low": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {"GroupId": {"Fn::GetAtt": ["One", "GroupId"]}, "IpProtocol": "-1", "CidrIp": "0.0.0.0/1"},
        },
        "High": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {"GroupId": {"Ref": "One"}, "IpProtocol": "-1", "CidrIp": "128.0.0.0/1"},
        },
    }
}
APART = json.loads(json.dumps(TWO_GROUPS).replace('{"Ref": "One"}', '{"Ref": "Two"}'))
CONDITIONAL = {
    "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
    "Resources": {
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Condition": "Never",
            "Properties": {"SecurityGroupIngress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]},
        }
    },
}
NUMBERED = """
Resources:
  1: {Type: AWS::EC2::SecurityGroupIngress, Properties: {IpProtocol: -1, CidrIp: 0.0.0.0/0}}
"""
CARRIED = {
    "SecurityGroup": (
        "AWS::EC2::SecurityGroup",
        {"SecurityGroupIngress": [{"IpProtocol": -1, "CidrIp": "0.0.0.0/0"}]},
        "SecurityGroupIngress[0].CidrIp",
    ),
    "fleet": (
        "AWS::GameLift::Fleet",
        {"EC2InboundPermissions": [{"FromPort": 22, "ToPort": 22, "IpRange": "0.0.0.0/0", "Protocol": "TCP"}]},
        "EC2InboundPermissions[0].IpRange",
    ),
    "node group": ("AWS::EKS::Nodegroup", {"RemoteAccess": {"Ec2SshKey": "k"}}, "RemoteAccess.Ec2SshKey"),
    "environment": (
        "AWS::ElasticBeanstalk::Environment",
        {
            "OptionSettings": [
                {
                    "Namespace": "aws:autoscaling:launchconfiguration",
                    "OptionName": "SSHSourceRestriction",
                    "Value": "tcp,22,22,0.0.0.0/0",
                }
            ]
        },
        "OptionSettings[0].Value",
    ),
    "instance": ("AWS::Lightsail::Instance", {"InstanceName": "x"}, "Networking"),
}
# By itself it is judged with the whole stack: another entry of its ACL may deny before it.
ACL_ENTRY = {
    "ACL entry": (
        "AWS::EC2::NetworkAclEntry",
        {"Protocol": 6, "RuleAction": "allow", "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 22, "To": 22}},
        "CidrBlock",
    ),
}

WHOLE = [
    *(
        Case(
            f"a {name} in a template",
            STACK,
            {"templateBody": json.dumps({"Resources": {"It": {"Type": type_name, "Properties": props}}})},
            (f"templateBody.It.Properties.{part}",),
        )
        for name, (type_name, props, part) in {**CARRIED, **ACL_ENTRY}.items()
    ),
    *(
        Case(
            f"a {name} by CloudControl",
            "aws:cloudcontrol/resource:Resource",
            {"typeName": type_name, "desiredState": json.dumps(props)},
            (f"desiredState.{part}",),
        )
        for name, (type_name, props, part) in CARRIED.items()
    ),
    *(
        Case(
            f"a {name} as an extension resource",
            "aws-native:index:ExtensionResource",
            {"type": type_name, "properties": props},
            (f"properties.{part}",),
        )
        for name, (type_name, props, part) in CARRIED.items()
    ),
    Case(
        "rules of one group, two halves",
        STACK,
        {"templateBody": json.dumps(TWO_GROUPS)},
        ("templateBody.Low.Properties.CidrIp (0.0.0.0/1), templateBody.High",),
    ),
    Case("rules of two groups, a half each", STACK, {"templateBody": json.dumps(APART)}),
    Case("a resource whose condition doesn't hold", STACK, {"templateBody": json.dumps(CONDITIONAL)}),
    Case(
        "a stack set's template", "aws:cloudformation/stackSet:StackSet", {"templateBody": GROUP % "0.0.0.0/0"}, (CIDR,)
    ),
    Case(
        "a stack set's harmless template",
        "aws:cloudformation/stackSet:StackSet",
        {"templateBody": GROUP % "10.0.0.0/8"},
    ),
    Case(
        "a template as an object",
        "aws-native:cloudformation:Stack",
        {"templateBody": TWO_GROUPS},
        ("templateBody.Low.Properties.CidrIp (0.0.0.0/1)",),
    ),
    Case("a template as a harmless object", "aws-native:cloudformation:Stack", {"templateBody": APART}),
    Case(
        "a parameter in a list of pairs",
        "aws-native:cloudformation:StackSet",
        {"templateBody": GROUP % "!Ref Who", "parameters": [{"parameterKey": "Who", "parameterValue": "0.0.0.0/0"}]},
        (CIDR,),
    ),
    Case(
        "a harmless parameter in a list of pairs",
        "aws-native:cloudformation:StackSet",
        {"templateBody": GROUP % "!Ref Who", "parameters": [{"parameterKey": "Stage", "parameterValue": "x"}]},
    ),
    Case(
        "a resource whose name is a number",
        STACK,
        {"templateBody": NUMBERED},
        ("templateBody.1.Properties.CidrIp",),
    ),
    Case(
        "a misspelt key beside the right one",
        "aws:cloudcontrol/resource:Resource",
        {
            "typeName": "AWS::EC2::SecurityGroupIngress",
            "desiredState": '{"cidrip": "10.0.0.0/8", "CidrIp": "0.0.0.0/0", "IpProtocol": -1}',
        },
        ("desiredState.CidrIp",),
    ),
    Case("an unknown template", STACK, {"templateBody": UNKNOWN}, advised=("templateBody",)),
    Case("a template at a URL is opaque", STACK, {"templateUrl": "https://example.com/t.yaml"}),
    Case(
        "a bucket by CloudControl",
        "aws:cloudcontrol/resource:Resource",
        {"typeName": "AWS::S3::Bucket", "desiredState": "{}"},
    ),
    Case(
        "an unknown state",
        "aws:cloudcontrol/resource:Resource",
        {"typeName": "AWS::EC2::SecurityGroup", "desiredState": UNKNOWN},
        advised=("desiredState",),
    ),
    Case(
        "a state that is no JSON",
        "aws:cloudcontrol/resource:Resource",
        {"typeName": "AWS::EC2::SecurityGroup", "desiredState": "{"},
        ("desiredState: cannot judge no JSON",),
    ),
    Case(
        "an unknown type", "aws-native:index:ExtensionResource", {"type": UNKNOWN, "properties": {}}, advised=("type",)
    ),
    Case(
        "a harmless extension resource",
        "aws-native:index:ExtensionResource",
        {"type": "AWS::EC2::SecurityGroupIngress", "properties": {"IpProtocol": "6", "CidrIp": "10.0.0.0/8"}},
    ),
]


def resources(**declared: object) -> dict[str, object]:
    return {"templateBody": json.dumps({"Resources": declared})}


def of_type(kind: str, **properties: object) -> dict[str, object]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}


def inner(cidr: str) -> str:
    return json.dumps({"Resources": {"In": of_type("EC2::SecurityGroupIngress", IpProtocol="-1", CidrIp=cidr)}})


IN = ".In.Properties.TemplateBody"


def _within(levels: int) -> str:
    """A template as a text in a template, over and over: in YAML each level is some 200 characters and an indent."""
    text = "Resources: {In: {Type: AWS::EC2::SecurityGroupIngress, Properties: {IpProtocol: -1, CidrIp: 0.0.0.0/0}}}"
    for _ in range(levels):
        body = "".join(f"\n    {line}" for line in text.splitlines())
        text = f"Resources:\n In:\n  Type: AWS::CloudFormation::StackSet\n  Properties:\n   TemplateBody: |{body}"
    return text


def listing(cidr: str, **rule: object) -> dict[str, object]:
    entries = of_type("EC2::PrefixList", Entries=[{"Cidr": cidr}])
    names = {"SourcePrefixListId": {"Fn::GetAtt": ["List", "PrefixListId"]}}
    return resources(List=entries, Rule=of_type("EC2::SecurityGroupIngress", **{**SSH, **names, **rule}))


def balanced(
    port: int = 22, scheme: object = "internet-facing", protocol: str = "TCP", **more: object
) -> dict[str, object]:
    kind = "ElasticLoadBalancingV2"
    return resources(
        Balancer=of_type(f"{kind}::LoadBalancer", Type="network", Scheme=scheme, **more),
        Targets=of_type(f"{kind}::TargetGroup", Port=8022, Targets=[{"Id": "i-1", "Port": 2022}]),
        Back=of_type(f"{kind}::TargetGroup", Port=22),
        Listener=of_type(
            f"{kind}::Listener",
            LoadBalancerArn={"Ref": "Balancer"},
            Port=port,
            Protocol=protocol,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": {"Ref": "Back" if port == 2022 else "Targets"}}],
        ),
    )


HALVES = resources(
    Web=of_type("EC2::SecurityGroup", SecurityGroupIngress=[{**SSH, "CidrIp": "0.0.0.0/1"}]),
    In=of_type("CloudFormation::StackSet", TemplateBody=inner("128.0.0.0/1").replace('"In"', '"Web"')),
)
NATIVE_STACK, CONTROL = "aws-native:cloudformation:Stack", "aws:cloudcontrol/resource:Resource"
EXTENSION = "aws-native:index:ExtensionResource"
DEEP_METADATA = "Metadata: " + "[" * 900 + "]" * 900 + "\n" + GROUP
CARRIERS = [
    *(
        Case(
            f"a stack of {what} by CloudControl",
            CONTROL,
            {"typeName": f"AWS::CloudFormation::{kind}", **state},
            blocked,
        )
        for kind in ("Stack", "StackSet")
        for what, state, blocked in (
            (
                f"a {kind} with the world",
                {"desiredState": json.dumps({"TemplateBody": inner("0.0.0.0/0")})},
                ("desiredState.TemplateBody.In.Properties.CidrIp",),
            ),
            (f"a {kind} with an office", {"desiredState": json.dumps({"TemplateBody": inner("10.0.0.0/8")})}, ()),
        )
    ),
    Case(
        "a stack as an extension resource",
        EXTENSION,
        {"type": "AWS::CloudFormation::Stack", "properties": {"TemplateBody": inner("0.0.0.0/0")}},
        ("properties.TemplateBody.In.Properties.CidrIp",),
    ),
    Case(
        "a harmless stack as an extension resource",
        EXTENSION,
        {"type": "AWS::CloudFormation::Stack", "properties": {"TemplateBody": inner("10.0.0.0/8")}},
    ),
    Case(
        "a stack set in a template",
        STACK,
        resources(Set=of_type("CloudFormation::StackSet", TemplateBody=inner("0.0.0.0/0"))),
        ("templateBody.Set.Properties.TemplateBody.In.Properties.CidrIp",),
    ),
    Case(
        "a stack set in a template, with a parameter of the stack around it",
        STACK,
        resources(
            Set=of_type(
                "CloudFormation::StackSet",
                TemplateBody=GROUP % "!Ref Who",
                Parameters=[{"ParameterKey": "Who", "ParameterValue": {"Fn::Join": ["/", ["0.0.0.0/0"]]}}],
            )
        ),
        ("templateBody.Set.Properties.TemplateBody.Group",),
    ),
    Case(
        "a stack set in a template, with a parameter that can't be told",
        STACK,
        resources(
            Set=of_type(
                "CloudFormation::StackSet",
                TemplateBody=GROUP % "!Ref Anyone",
                Parameters=[{"ParameterKey": "Anyone", "ParameterValue": {"Fn::ImportValue": "x"}}],
            )
        ),
    ),
    Case("a half in a template, and the other in a stack of the same names within it", STACK, HALVES),
    Case(
        "a state of a type that is none of the pack's business, and no JSON",
        CONTROL,
        {"typeName": "AWS::X", "desiredState": "{"},
    ),
    Case(
        "a template and a URL, which says nothing before it is known",
        STACK,
        {"templateUrl": "https://example.com/t", "templateBody": UNKNOWN},
    ),
    Case(
        "a template at a URL that is not known yet is opaque",
        STACK,
        {"templateUrl": UNKNOWN, "templateBody": UNKNOWN},
    ),
    Case("a world beside a value that is nested deeply", STACK, {"templateBody": DEEP_METADATA % "0.0.0.0/0"}, (CIDR,)),
    Case("an office beside a value that is nested deeply", STACK, {"templateBody": DEEP_METADATA % "203.0.113.0/24"}),
    Case(
        "a value that is nested deeply is opaque",
        STACK,
        {"templateBody": GROUP % ("!Join ['', [" * 300 + "a" + "]]" * 300)},
    ),
]
CARRIERS += [
    Case(
        "a state of 1 MB of a group is no state",
        CONTROL,
        {"typeName": "AWS::EC2::SecurityGroup", "desiredState": " " * 1_100_000},
        ("desiredState: cannot judge longer than the 1,048,576 bytes",),
    ),
    Case(
        "a state of 1 MB of a bucket",
        CONTROL,
        {"typeName": "AWS::S3::Bucket", "desiredState": " " * 1_100_000},
    ),
    Case(
        "a template within three others",
        STACK,
        {"templateBody": _within(3)},
        (f"templateBody{IN * 3}.In.Properties.CidrIp",),
    ),
    Case("a template within a hundred others is opaque", STACK, {"templateBody": _within(100)}),
]
IN_ONE_TEMPLATE = [
    Case(
        "a prefix list with the world and its rule",
        STACK,
        listing("0.0.0.0/0"),
        ("templateBody.List.Properties.Entries[0].Cidr",),
    ),
    Case("a prefix list with an office and its rule", STACK, listing("10.0.0.0/8")),
    Case("a prefix list with the world and a rule for https", STACK, listing("0.0.0.0/0", FromPort=443, ToPort=443)),
    Case(
        "a prefix list with half of the world, and a rule for the other half",
        STACK,
        listing("0.0.0.0/1", CidrIp="128.0.0.0/1"),
        ("templateBody.Rule.Properties.CidrIp (128.0.0.0/1), templateBody.List.Properties.Entries[0].Cidr",),
    ),
    Case("a prefix list of another stack is opaque", STACK, listing("0.0.0.0/0", SourcePrefixListId="pl-1")),
    Case("a public listener in a template", STACK, balanced(), ("templateBody.Listener.Properties.Port",)),
    Case("a public listener in a template, for https", STACK, balanced(443)),
    Case("an internal listener in a template", STACK, balanced(scheme="internal")),
    Case("a public listener in a template, for UDP", STACK, balanced(protocol="UDP")),
    Case("a public listener with security groups in a template", STACK, balanced(SecurityGroups=["sg-1"])),
    Case(
        "a public listener in a template that forwards to 22",
        STACK,
        balanced(2022),
        ("templateBody.Back.Properties.Port",),
    ),
    Case(
        "a listener in a template whose scheme can't be told is opaque",
        STACK,
        balanced(scheme={"Fn::ImportValue": "x"}),
    ),
]

CASES = [*FUNCTIONS, *WHOLE, *CARRIERS, *IN_ONE_TEMPLATE]
