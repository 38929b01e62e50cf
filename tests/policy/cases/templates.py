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

CASES = [*FUNCTIONS, *WHOLE]
