"""Each component of the plugin makes what a stack of this project makes from the same settings."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest

from components.instance.fleet_settings import KEYS
from components.instance.settings import READERS
from tests.components.commands.test_command import STARTED
from tests.components.graph import DOCUMENT, SERVICE_SETTING, Answer, Graph, deploy
from tests.components.network.existing.account import IN_A, IN_B, MESSAGES, SSM, VPC, Account, endpoint
from tests.components.sessions.test_preferences import NEW
from tests.components.test_program import run
from tests.components.test_scripts import GET_PARAMETER, reported
from tests.plugin.program import OF_NETWORK, OF_PREFERENCES, make, those

POLICY = "aws:iam/policy:Policy"


def stack(settings: Mapping[str, Any], answers: Mapping[str, Answer] | None = None) -> Graph:
    """What the program at the root makes."""
    config = {f"ssm-only:{key}": one if isinstance(one, str) else json.dumps(one) for key, one in settings.items()}
    return run(config, answers=answers)


def plugin(program: Callable[[], object], answers: Mapping[str, Answer] | None = None) -> Graph:
    """What the components make that the engine asks for, one after the other."""
    return deploy(program, answers={**NEW.answers, **(answers or {})})


def resources(graph: Graph, within: str = "") -> dict[tuple[str, str], Any]:
    """Type, name and inputs of all that AWS gets from a component."""
    return {
        (one.type, one.name): (one.inputs, one.secret, one.ignores, one.retained)
        for one in graph
        if f":{within}$" in one.urn or not within
    }


NETWORKS: Mapping[str, Mapping[str, Any]] = {
    "privatelink": {},
    "privatelink in zones that are named": {"zones": ["us-east-1c", "use1-az6"]},
    "igw": {"variant": "igw"},
    "nat in each zone": {"variant": "nat", "natPerZone": True, "publicAccessExclusion": True},
    "NAT instances": {"variant": "nat", "natKind": "instance", "replaceOnNewImage": True},
    "dual stack": {"variant": "igw", "dualStack": True},
    "a hub": {"shareEndpoints": ["10.1.0.0/16"], "spokeVpcs": ["vpc-0123456789abcdef0"]},
    "every option": {
        "zones": 3,
        "cidr": "10.9.0.0/20",
        "ec2messages": True,
        "endpoints": ["ecr.api"],
        "endpointAccounts": ["111122223333"],
        "buckets": ["shop-assets"],
        "networkAcls": True,
        "egress": [{"port": 5432, "to": "10.9.0.0/20", "why": "database"}],
        "flowLogs": {"retentionDays": 30},
        "instanceConnect": True,
        "permissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
        "tags": {"team": "web"},
    },
}


@pytest.mark.parametrize("settings", [pytest.param(one, id=name) for name, one in NETWORKS.items()])
def test_a_network_is_that_of_a_stack(settings: Mapping[str, Any]) -> None:
    direct = resources(stack(settings), within="SsmNetwork")

    assert resources(plugin(lambda: make("SsmNetwork", "main", settings))) == direct


INSTANCES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    # what is said of the network, and of the instance
    "the default": ({}, {}),
    "igw": ({"variant": "igw"}, {"associatePublicIp": True}),
    "nat, in the second zone": ({"variant": "nat"}, {"zone": 2}),
    "dual stack": ({"variant": "nat", "dualStack": True}, {}),
    "Windows": ({"instanceConnect": True}, {"platform": "windows-2022", "instanceType": "t3.small"}),
    "an image of one's own": (
        {},
        {
            "platform": "custom",
            "ami": "ami-00000000000000001",
            "family": "deb",
            "instanceType": "t4g.micro",
            "volumeSize": 20,
        },
    ),
    "every option": (
        {"instanceConnect": True, "ec2messages": True},
        {
            "platform": "debian-13",
            "instanceType": "t3.small",
            "volumeType": "gp3",
            "volumeIops": 4000,
            "volumeThroughput": 200,
            "volumes": [{"device": "/dev/sdf", "size": 10, "type": "gp3", "keep": True}],
            "tags": {"team": "web"},
            "userData": "#!/bin/sh\necho hello\n",
            "policies": ["arn:aws:iam::123456789012:policy/shop"],
            "egress": [{"port": 5432, "to": "10.0.0.0/16", "why": "database", "protocol": "tcp"}],
            "metadataHopLimit": 2,
            "monitoring": True,
            "placement": {"group": "rack", "partition": 2, "tenancy": "dedicated"},
            "cpuCredits": "standard",
            "terminationProtection": True,
            "stopProtection": True,
            "keepInstance": True,
            "ec2messages": True,
            "proxy": {"https": "http://10.0.0.9:3128", "noProxy": [".example.internal"]},
            "replaceOnNewImage": True,
            "replaceOnUserData": True,
            "runCommand": True,
            "patching": True,
            "agentUpdate": True,
            "parameterPaths": ["/shop/web"],
            "managedInstanceCore": True,
            "permissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
            "bootReport": True,
            "ssmUserSudo": False,
            "runAsUsers": ["ops"],
            "sessionProfile": "exec bash",
        },
    ),
    "spot": ({}, {"spot": {"interruption": "stop", "maxPrice": "0.05"}}),
    "the role of Default Host Management": ({}, {"defaultHostManagement": "use"}),
}


def as_stack(network: Mapping[str, Any], machine: Mapping[str, Any], of_entry: Collection[str]) -> dict[str, Any]:
    """Settings of a stack: the entry of a list, and the rest."""
    entry = {"name": "web", **{key: one for key, one in machine.items() if key in of_entry}}
    return {**network, **{key: one for key, one in machine.items() if key not in of_entry}, "entry": entry}


@pytest.mark.parametrize(("network", "instance"), [pytest.param(*one, id=name) for name, one in INSTANCES.items()])
def test_an_instance_is_that_of_a_stack(network: Mapping[str, Any], instance: Mapping[str, Any]) -> None:
    settings = as_stack(network, instance, READERS)
    settings["instances"] = [settings.pop("entry")]
    platforms = {"platforms": [instance["platform"]]} if instance.get("platform", "custom") != "custom" else {}

    def program() -> None:
        made = make(
            "SsmNetwork",
            "main",
            {**network, **platforms},
        )
        make("SsmInstance", "web", {**instance, **those(made, *OF_NETWORK)})

    assert resources(plugin(program)) == resources(stack(settings))


def test_an_instance_has_groups_of_ones_own() -> None:
    """A stack has none before its own VPC is there."""
    groups = ["sg-0bbbbbbbbbbbbbbbb"]
    graph = plugin(
        lambda: make(
            "SsmInstance", "web", {"securityGroups": groups, **those(make("SsmNetwork", "main", {}), *OF_NETWORK)}
        )
    )
    (instance,) = graph.of("aws:ec2/instance:Instance").values()

    assert instance["vpcSecurityGroupIds"][1:] == groups


FLEETS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "the default": ({}, {}),
    "every option": (
        {"variant": "nat"},
        {
            "instanceType": "t4g.micro",
            "min": 2,
            "max": 6,
            "desired": 3,
            "zones": [1, 2],
            "otherTypes": ["t4g.nano"],
            "onDemandBase": 1,
            "onDemandPercentage": 20,
            "refresh": True,
            "minHealthyPercentage": 50,
            "cpuCredits": "unlimited",
            "tags": {"team": "web"},
            "runCommand": True,
        },
    ),
}


@pytest.mark.parametrize(("network", "fleet"), [pytest.param(*one, id=name) for name, one in FLEETS.items()])
def test_a_fleet_is_that_of_a_stack(network: Mapping[str, Any], fleet: Mapping[str, Any]) -> None:
    settings = as_stack(network, fleet, KEYS)
    settings |= {"fleets": [settings.pop("entry")], "instances": []}

    def program() -> None:
        made = make("SsmNetwork", "main", network)
        ids = those(made, *OF_NETWORK)
        make("SsmFleet", "web", {"zones": [1, 2], **fleet, **ids})

    assert resources(plugin(program)) == resources(stack(settings))


SESSIONS: Mapping[str, Any] = {
    "s3": {"expireDays": 90, "prefix": "web"},
    "cloudwatch": {"retentionDays": 90},
    "key": "create",
    "idleMinutes": 15,
    "maxMinutes": 60,
    "runAs": {"user": "ops"},
}
OPERATORS: Mapping[str, Any] = {
    "portForwarding": True,
    "remoteHosts": [{"host": "db.example.internal", "to": "10.0.3.0/24", "port": 5432, "why": "database"}],
    "instanceConnect": True,
    "sshUsers": ["ec2-user"],
    "groups": ["operators"],
    "role": {"trust": ["arn:aws:iam::123456789012:user/ann"], "mfa": True, "maxHours": 4},
}


def test_preferences_and_operators_and_all_that_hangs_on_them_are_those_of_a_stack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("components.commands.command.choose_run", STARTED)
    entry = {"name": "greet", "script": "#!/bin/sh\necho hello\n", "triggers": ["7"], "timeoutMinutes": 5}
    settings = {
        "instanceConnect": True,
        "instances": [{"name": "web"}],
        "sessions": SESSIONS,
        "operators": OPERATORS,
        "runCommand": True,
        "runAsUsers": ["ops"],
        "sessionProfile": "exec bash",
        "commands": [entry],
        "tags": {"team": "web"},
    }
    tags, way = {"tags": {"team": "web"}}, {key: OPERATORS["remoteHosts"][0][key] for key in ("to", "port", "why")}

    def program() -> None:
        preferences = make("SessionPreferences", "main", {"sessions": SESSIONS, "readSessionProfile": True, **tags})
        needs = those(preferences, *OF_PREFERENCES)
        network = make("SsmNetwork", "main", {"instanceConnect": True, **needs, **tags})
        own = {"runCommand": True, "runAsUsers": ["ops"], "sessionProfile": "exec bash", "egress": [way]}
        instance = make("SsmInstance", "web", {**own, **those(network, *OF_NETWORK), **needs, **tags})
        make(
            "OperatorAccess",
            "operators",
            {
                "operators": OPERATORS,
                **those(preferences, "documentName", "sessionKeyArn"),
                **those(network, "connectEndpointArn", "cidr"),
                **tags,
            },
        )
        command = {key: one for key, one in entry.items() if key != "name"}
        where = {"instanceIds": [instance["instanceId"]], "roles": {"web": instance["roleName"]}}
        make("SsmCommand", "greet", {**command, **where, **needs, **tags})

    answers = {GET_PARAMETER: reported("web-amazon-linux-2023-arm64-id")}
    assert resources(plugin(program, answers)) == resources(stack(settings, answers))


@pytest.mark.parametrize(
    ("kind", "key", "type_"),
    [
        pytest.param("SessionPreferences", "sessions", DOCUMENT, id="the preferences"),
        pytest.param("OperatorAccess", "operators", POLICY, id="the access"),
    ],
)
def test_an_empty_map_has_every_default(kind: str, key: str, type_: str) -> None:
    """In a stack's configuration it is the default, and makes nothing."""
    graph = plugin(lambda: make(kind, "main", {key: {}}))

    assert len(graph.of(type_)) == 1
    assert type_ not in {one.type for one in stack({key: {}})}


def test_default_host_management_is_that_of_a_stack() -> None:
    settings = {"defaultHostManagement": "create", "sessions": {"s3": {}}}

    def program() -> None:
        preferences = make("SessionPreferences", "main", {"sessions": settings["sessions"]})
        make("DefaultHostManagement", "default-host", those(preferences, *OF_PREFERENCES))

    made = plugin(program)
    assert resources(made, "DefaultHostManagement") == resources(stack(settings), "DefaultHostManagement")
    assert {kind for kind, _ in resources(made, "DefaultHostManagement")} >= {SERVICE_SETTING}


@pytest.mark.parametrize(
    ("account", "variant"),
    [
        pytest.param(Account(), "privatelink", id="nothing is there"),
        pytest.param(
            Account(
                endpoints=[endpoint("vpce-1", SSM), endpoint("vpce-2", MESSAGES)],
                rules={"sgr-1": {"group": "sg-1", "isEgress": False, "ipProtocol": "-1", "cidrIpv4": "10.8.0.0/16"}},
            ),
            "privatelink",
            id="endpoints are there",
        ),
        pytest.param(
            Account(routes={"rtb-main": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]}, gateways=["igw-1"]),
            "igw",
            id="a way out is there",
        ),
    ],
)
def test_what_is_added_to_a_network_is_that_of_a_stack(account: Account, variant: str) -> None:
    network = {"vpc": VPC, "subnets": [IN_A, IN_B]}
    egress = [{"port": 5432, "to": "172.16.0.0/12", "why": "database"}]
    settings = {"network": network, "variant": variant, "instances": [{"name": "web", "zone": 2, "egress": egress}]}

    def program() -> None:
        made = make("ExistingNetwork", "main", {"network": network, "variant": variant})
        make("SsmInstance", "web", {"zone": 2, "egress": egress, **those(made, *OF_NETWORK)})

    assert resources(plugin(program, account.answers)) == resources(stack(settings, account.answers))
