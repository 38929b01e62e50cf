"""Types outside EC2 that open port 22 by themselves, and aws-native's spelling of all of them."""

from __future__ import annotations

from tests.policy.cases import Case
from tests.policy.judging import UNKNOWN

WORLD = "0.0.0.0/0"
OFFICE = "203.0.113.0/24"

NATIVE_GROUP = "aws-native:ec2:SecurityGroup"
NATIVE_INGRESS = "aws-native:ec2:SecurityGroupIngress"
NATIVE_RULE = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22}
NATIVE_EC2 = [
    Case(
        "the world",
        NATIVE_GROUP,
        {"securityGroupIngress": [{**NATIVE_RULE, "cidrIp": WORLD}]},
        ("securityGroupIngress[0].cidrIp",),
    ),
    Case("an office", NATIVE_GROUP, {"securityGroupIngress": [{**NATIVE_RULE, "cidrIp": OFFICE}]}),
    Case(
        "every IPv6 address",
        NATIVE_GROUP,
        {"securityGroupIngress": [{**NATIVE_RULE, "cidrIpv6": "::/0"}]},
        ("securityGroupIngress[0].cidrIpv6",),
    ),
    Case(
        "halves in two rules",
        NATIVE_GROUP,
        {"securityGroupIngress": [{**NATIVE_RULE, "cidrIp": "0.0.0.0/1"}, {**NATIVE_RULE, "cidrIp": "128.0.0.0/1"}]},
        ("securityGroupIngress[0].cidrIp (0.0.0.0/1), securityGroupIngress[1].cidrIp (128.0.0.0/1) add up",),
    ),
    Case("out to the world", NATIVE_GROUP, {"securityGroupEgress": [{"ipProtocol": "-1", "cidrIp": WORLD}]}),
    Case("the world", NATIVE_INGRESS, {**NATIVE_RULE, "groupId": "sg-1", "cidrIp": WORLD}, ("cidrIp",)),
    Case("another group", NATIVE_INGRESS, {**NATIVE_RULE, "sourceSecurityGroupId": "sg-2"}),
    Case("an unknown source", NATIVE_INGRESS, {**NATIVE_RULE, "cidrIp": UNKNOWN}, advised=("cidrIp",)),
]

PORTS = "aws:lightsail/instancePublicPorts:InstancePublicPorts"
NATIVE_LIGHTSAIL = "aws-native:lightsail:Instance"
SSH = {"protocol": "tcp", "fromPort": 22, "toPort": 22}
LIGHTSAIL = [
    Case("the world", PORTS, {"portInfos": [{**SSH, "cidrs": [WORLD]}]}, ("portInfos[0].cidrs[0]",)),
    Case("one address without a prefix", PORTS, {"portInfos": [{**SSH, "cidrs": ["198.51.100.7"]}]}),
    Case("no source, which is everybody", PORTS, {"portInfos": [SSH]}, ("portInfos[0].cidrs: 0.0.0.0/0",)),
    Case("the console's own addresses", PORTS, {"portInfos": [{**SSH, "cidrListAliases": ["lightsail-connect"]}]}),
    Case(
        "every IPv6 address",
        PORTS,
        {"portInfos": [{**SSH, "cidrs": [OFFICE], "ipv6Cidrs": ["::/0"]}]},
        ("portInfos[0].ipv6Cidrs[0]",),
    ),
    Case("https", PORTS, {"portInfos": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrs": [WORLD]}]}),
    Case(
        "every protocol",
        PORTS,
        {"portInfos": [{"protocol": "all", "fromPort": 0, "toPort": 65535}]},
        ("portInfos[0].cidrs",),
    ),
    Case(
        "the world",
        NATIVE_LIGHTSAIL,
        {"networking": {"ports": [{**SSH, "cidrs": [WORLD]}]}},
        ("networking.ports[0].cidrs[0]",),
    ),
    Case("an office", NATIVE_LIGHTSAIL, {"networking": {"ports": [{**SSH, "cidrs": [OFFICE]}]}}),
    Case("an outbound port", NATIVE_LIGHTSAIL, {"networking": {"ports": [{**SSH, "accessDirection": "outbound"}]}}),
    Case("the default firewall of Linux", NATIVE_LIGHTSAIL, {"blueprintId": "ubuntu_22_04"}, ("networking",)),
    Case("the default firewall of Windows", NATIVE_LIGHTSAIL, {"blueprintId": "windows_server_2022"}),
    Case("no port at all", NATIVE_LIGHTSAIL, {"networking": {"ports": []}}),
]

FLEET = "aws:gamelift/fleet:Fleet"
PERMISSION = {"protocol": "TCP", "fromPort": 22, "toPort": 22, "ipRange": WORLD}
GAMELIFT = [
    Case("the world", FLEET, {"ec2InboundPermissions": [PERMISSION]}, ("ec2InboundPermissions[0].ipRange",)),
    Case("an office", FLEET, {"ec2InboundPermissions": [{**PERMISSION, "ipRange": OFFICE}]}),
    Case("players by UDP", FLEET, {"ec2InboundPermissions": [{**PERMISSION, "protocol": "UDP"}]}),
    Case(
        "the world",
        "aws-native:gamelift:Fleet",
        {"ec2InboundPermissions": [PERMISSION]},
        ("ec2InboundPermissions[0].ipRange",),
    ),
    Case("players by UDP", "aws-native:gamelift:Fleet", {"ec2InboundPermissions": [{**PERMISSION, "protocol": "UDP"}]}),
    Case(
        "the world",
        "aws-native:gamelift:ContainerFleet",
        {"instanceInboundPermissions": [PERMISSION]},
        ("instanceInboundPermissions[0].ipRange",),
    ),
    Case(
        "a game's own port",
        "aws-native:gamelift:ContainerFleet",
        {"instanceInboundPermissions": [{**PERMISSION, "fromPort": 7777, "toPort": 7777}]},
    ),
]

NODES = "aws:eks/nodeGroup:NodeGroup"
NATIVE_NODES = "aws-native:eks:Nodegroup"
EKS = [
    Case("a key and no source", NODES, {"remoteAccess": {"ec2SshKey": "k"}}, ("remoteAccess.ec2SshKey: 0.0.0.0/0",)),
    Case(
        "a key and an empty list",
        NODES,
        {"remoteAccess": {"ec2SshKey": "k", "sourceSecurityGroupIds": []}},
        ("remoteAccess.ec2SshKey",),
    ),
    Case("a key and a group", NODES, {"remoteAccess": {"ec2SshKey": "k", "sourceSecurityGroupIds": ["sg-1"]}}),
    Case("a key and a new group", NODES, {"remoteAccess": {"ec2SshKey": "k", "sourceSecurityGroupIds": [UNKNOWN]}}),
    Case(
        "a key and an unknown list",
        NODES,
        {"remoteAccess": {"ec2SshKey": "k", "sourceSecurityGroupIds": UNKNOWN}},
        advised=("remoteAccess.sourceSecurityGroupIds",),
    ),
    Case("a key that is an empty text", NODES, {"remoteAccess": {"ec2SshKey": ""}}),
    Case("an unknown key", NODES, {"remoteAccess": {"ec2SshKey": UNKNOWN}}, advised=("remoteAccess.ec2SshKey",)),
    Case(
        "Windows opens 3389 instead", NODES, {"amiType": "WINDOWS_CORE_2022_x86_64", "remoteAccess": {"ec2SshKey": "k"}}
    ),
    Case("no remote access", NODES, {"scalingConfig": {"minSize": 1}}),
    Case("a key and no source", NATIVE_NODES, {"remoteAccess": {"ec2SshKey": "k"}}, ("remoteAccess.ec2SshKey",)),
    Case("a key and a group", NATIVE_NODES, {"remoteAccess": {"ec2SshKey": "k", "sourceSecurityGroups": ["sg-1"]}}),
]


def options(name_key: str, list_key: str, **given: object) -> dict[str, object]:
    namespace = "aws:autoscaling:launchconfiguration"
    return {list_key: [{"namespace": namespace, name_key: name, "value": value} for name, value in given.items()]}


def beanstalk(sentence: str, *blocked: str, advised: tuple[str, ...] = (), **given: object) -> list[Case]:
    """The same settings for the four types that take them; each expected part is written as `settings[0].value`."""
    cases = []
    for token, name_key, list_key in (
        ("aws:elasticbeanstalk/environment:Environment", "name", "settings"),
        ("aws:elasticbeanstalk/configurationTemplate:ConfigurationTemplate", "name", "settings"),
        ("aws-native:elasticbeanstalk:Environment", "optionName", "optionSettings"),
        ("aws-native:elasticbeanstalk:ConfigurationTemplate", "optionName", "optionSettings"),
    ):
        parts = tuple(part.replace("settings", list_key) for part in blocked)
        doubts = tuple(part.replace("settings", list_key) for part in advised)
        cases.append(
            Case(f"{sentence} ({token.partition(':')[0]})", token, options(name_key, list_key, **given), parts, doubts)
        )
    return cases


BEANSTALK = [
    *beanstalk("SSH from the world", "settings[0].value: 0.0.0.0/0", SSHSourceRestriction="tcp,22,22,0.0.0.0/0"),
    *beanstalk("with spaces", "settings[0].value: 0.0.0.0/0", SSHSourceRestriction="tcp, 22, 22, 0.0.0.0/0"),
    *beanstalk("SSH from an office", EC2KeyName="k", SSHSourceRestriction="tcp, 22, 22, 203.0.113.0/24"),
    *beanstalk("SSH from a group", EC2KeyName="k", SSHSourceRestriction="tcp,22,22,sg-1"),
    *beanstalk("a restriction that is none", "settings[0].value: cannot judge '22'", SSHSourceRestriction="22"),
    *beanstalk("an unknown restriction", advised=("settings[0].value",), SSHSourceRestriction=UNKNOWN),
    *beanstalk("a key and the default group", "settings[0].value: 0.0.0.0/0", EC2KeyName="k"),
    *beanstalk("a key without the default group", EC2KeyName="k", DisableDefaultEC2SecurityGroup="true"),
    *beanstalk("no key", InstanceType="t3.micro"),
    Case(
        "an unknown setting",
        "aws:elasticbeanstalk/environment:Environment",
        {"settings": [UNKNOWN]},
        advised=("settings[0]",),
    ),
]

CASES = [*NATIVE_EC2, *LIGHTSAIL, *GAMELIFT, *EKS, *BEANSTALK]
