"""NAT instances: what is made, and the script of their boot, really run by two shells."""

import base64
import dataclasses
import os
import subprocess
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from components.network.nat_instance import NatInstance, NatWay, nat_user_data
from components.network.network import SsmNetwork, SsmNetworkArgs
from components.network.routes import Variant
from tests.components.graph import (
    EGRESS,
    EIP,
    INGRESS,
    INSTANCE,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    ROUTE,
    SECURITY_GROUP,
    US_EAST_1,
    Graph,
    deploy,
)

WORLD = IPv4Network("0.0.0.0/0")
MIRRORS = NatWay(port=80, to=WORLD)
PARTNER = NatWay(port=80, to=IPv4Network("198.51.100.0/24"))
NAMES = NatWay(port=53, to=IPv4Network("192.0.2.53/32"), protocol="udp")
A, B = US_EAST_1.zones[:2]


def network(*ways: NatWay, nat_per_zone: bool = False, replace: bool = False) -> Graph:
    args = SsmNetworkArgs(
        variant=Variant.NAT,
        region=US_EAST_1,
        zones=(A, B),
        cidr=IPv4Network("10.0.0.0/16"),
        nat_per_zone=nat_per_zone,
        nat_instance=NatInstance(image_id="ami-al2023", ways=ways, replace_on_new_image=replace),
        tags={"team": "platform"},
    )
    return deploy(lambda: SsmNetwork("net", args))


def rules(graph: Graph, type_: str) -> set[tuple[str, int, int, str]]:
    made = graph.of(type_).values()
    assert {rule["securityGroupId"] for rule in made} == {"net-nat-id"}
    return {(rule["ipProtocol"], rule["fromPort"], rule["toPort"], rule["cidrIpv4"]) for rule in made}


PRIVATE_A, PRIVATE_B = "10.0.0.0/20", "10.0.16.0/20"


@pytest.mark.parametrize(
    ("ways", "enters", "leaves"),
    [
        pytest.param([], [("tcp", 443)], [("tcp", 443, WORLD)], id="Systems Manager alone"),
        pytest.param(
            [MIRRORS], [("tcp", 443), ("tcp", 80)], [("tcp", 443, WORLD), ("tcp", 80, WORLD)], id="one port more"
        ),
        pytest.param(
            [PARTNER, MIRRORS, MIRRORS],
            [("tcp", 443), ("tcp", 80)],
            [("tcp", 443, WORLD), ("tcp", 80, PARTNER.to), ("tcp", 80, WORLD)],
            id="one port twice: EC2 refuses a rule that is there",
        ),
        pytest.param(
            [NAMES], [("tcp", 443), ("udp", 53)], [("tcp", 443, WORLD), ("udp", 53, NAMES.to)], id="another protocol"
        ),
    ],
)
def test_only_private_subnets_send_and_only_what_was_asked_for(
    ways: Sequence[NatWay], enters: Sequence[tuple[str, int]], leaves: Sequence[tuple[str, int, IPv4Network]]
) -> None:
    graph = network(*ways)

    assert rules(graph, INGRESS) == {(*way, way[1], block) for way in enters for block in (PRIVATE_A, PRIVATE_B)}
    assert rules(graph, EGRESS) == {(protocol, port, port, str(to)) for protocol, port, to in leaves}
    assert "ingress" not in graph.of(SECURITY_GROUP)["net-nat"]


def test_routes_lead_to_the_one_instance_and_there_is_no_gateway() -> None:
    graph = network()

    assert {name: route.get("networkInterfaceId") for name, route in graph.of(ROUTE).items()} == {
        f"net-public-{A}": None,
        f"net-private-{A}": f"net-nat-instance-{A}-interface",
        f"net-private-{B}": f"net-nat-instance-{A}-interface",
    }
    assert graph.of(NAT_GATEWAY) == {}
    assert {name: address["instance"] for name, address in graph.of(EIP).items()} == {
        f"net-nat-instance-{A}": f"net-nat-instance-{A}-id"
    }


def test_each_zone_has_its_own_if_asked() -> None:
    graph = network(nat_per_zone=True)

    assert {name: one["subnetId"] for name, one in graph.of(INSTANCE).items()} == {
        f"net-nat-instance-{zone}": f"net-public-{zone}-id" for zone in (A, B)
    }
    for zone in (A, B):
        route = graph.of(ROUTE)[f"net-private-{zone}"]
        assert route["networkInterfaceId"] == f"net-nat-instance-{zone}-interface"


def test_the_instance_passes_packets_on_and_has_neither_role_nor_key() -> None:
    instance = dict(network().of(INSTANCE)[f"net-nat-instance-{A}"])

    assert (
        instance.pop("userDataBase64") == base64.b64encode(nat_user_data(IPv4Network("10.0.0.0/16")).encode()).decode()
    )
    assert instance == {
        "ami": "ami-al2023",
        "instanceType": "t4g.nano",
        "subnetId": f"net-public-{A}-id",
        "vpcSecurityGroupIds": ["net-nat-id"],
        "sourceDestCheck": False,
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        "rootBlockDevice": {
            "encrypted": True,
            "volumeSize": 8,
            "volumeType": "gp3",
            "tags": {"team": "platform", "Name": f"net-nat-instance-{A}"},
        },
        "tags": {"team": "platform", "Name": f"net-nat-instance-{A}"},
    }


def test_it_keeps_its_image_unless_told_otherwise() -> None:
    name = f"net-nat-instance-{A}"

    assert network().one(INSTANCE, name).ignores == {"ami"}
    assert network(replace=True).one(INSTANCE, name).ignores == set()


def test_a_replacement_is_made_before_the_old_one_ends() -> None:
    """Pulumi's own order, as long as nothing says otherwise: the way out is there until another is."""
    assert network().one(INSTANCE, f"net-nat-instance-{A}").deleted_first is None


def test_instances_wait_for_the_whole_way() -> None:
    ready: list[Any] = []

    def program() -> None:
        args = SsmNetworkArgs(
            variant=Variant.NAT,
            region=US_EAST_1,
            zones=(A,),
            cidr=IPv4Network("10.0.0.0/16"),
            nat_instance=NatInstance(image_id="ami-al2023"),
        )
        ready.extend(SsmNetwork("net", args).path.ready)

    graph = deploy(program)
    types = {one.pulumi_resource_type for one in ready}

    assert {INSTANCE, EIP, EGRESS, INGRESS, ROUTE} <= types
    # The instance asks S3 for a package at its first boot.
    before = graph.made_before(graph.one(INSTANCE, f"net-nat-instance-{A}"))
    assert {(INTERNET_GATEWAY, "net-internet"), (ROUTE, f"net-public-{A}")} <= before


def test_what_takes_tags_has_them() -> None:
    graph = network(MIRRORS)

    for type_ in (INSTANCE, EIP, SECURITY_GROUP, INGRESS, EGRESS):
        for name, inputs in graph.of(type_).items():
            assert inputs["tags"] == {"team": "platform", "Name": name}


@pytest.mark.parametrize("field", [one.name for one in dataclasses.fields(NatWay)])
def test_no_two_ways_have_one_name(field: str) -> None:
    other: Mapping[str, Any] = {"port": 81, "to": PARTNER.to, "protocol": "udp"}

    assert dataclasses.replace(MIRRORS, **{field: other[field]}).name != MIRRORS.name


STUBS = {
    "systemctl": "",
    "sysctl": "",
    # It brings what it installs.
    "dnf": '[ ! -e "$STATE/offline" ] || exit 1; cp "$STATE/nft" "$BIN/nft"',
}


@dataclasses.dataclass
class Machine:
    """An instance at boot as the script sees it: commands that write down their calls, and a root of its own."""

    shell: str
    folder: Path

    def __post_init__(self) -> None:
        self.root, self.bin = self.folder / "root", self.folder / "bin"
        for folder in (self.bin, self.root / "etc/systemd/system"):
            folder.mkdir(parents=True)
        for command, body in STUBS.items():
            self.has(self.bin / command, body)
        self.has(self.folder / "nft", 'cat >"$STATE/ruleset"')
        for command in ("cat", "cp", "mkdir"):
            (self.bin / command).symlink_to(f"/bin/{command}")

    def has(self, path: Path, body: str) -> None:
        path.write_text(f'#!/bin/sh\necho "{path.name} $*" >>"$STATE/calls"\n{body}\n')
        path.chmod(0o755)

    def run(self, script: str) -> int:
        file = self.folder / "script"
        file.write_text(script)
        places = {"STATE": str(self.folder), "BIN": str(self.bin), "SSM_ONLY_ROOT": str(self.root)}
        return subprocess.run([self.shell, file], env={"PATH": str(self.bin), **places}, check=False).returncode

    def boots(self, block: str = "10.0.0.0/16") -> None:
        """cloud-init takes the first line off, and runs the rest."""
        first, script = nat_user_data(IPv4Network(block)).split("\n", 1)
        assert (first, self.run(script)) == ("#cloud-boothook", 0)

    def starts(self) -> int:
        """What the service runs."""
        return self.run((self.root / "var/lib/ssm-only/nat.sh").read_text())

    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture(params=["/bin/bash", "/bin/dash"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    assert os.access(request.param, os.X_OK), f"{request.param} is needed to run the script as instances do"
    return Machine(request.param, tmp_path)


def test_a_boot_sets_up_the_service_and_waits_for_nothing(machine: Machine) -> None:
    machine.boots()
    unit = (machine.root / "etc/systemd/system/ssm-only-nat.service").read_text()

    assert machine.calls() == [
        "systemctl daemon-reload",
        "systemctl enable ssm-only-nat.service",
        "systemctl start --no-block ssm-only-nat.service",
    ]
    for line in ("ExecStart=/bin/sh /var/lib/ssm-only/nat.sh", "Restart=on-failure", "WantedBy=multi-user.target"):
        assert f"\n{line}\n" in unit


def test_the_service_fetches_nft_once_and_masks_what_leaves_the_network(machine: Machine) -> None:
    machine.boots("10.9.0.0/20")
    (machine.folder / "calls").unlink()

    assert machine.starts() == 0
    assert machine.calls() == [
        "dnf --assumeyes --quiet install nftables",
        "sysctl --quiet --write net.ipv4.ip_forward=1",
        "nft --file -",
    ]
    assert "ip saddr 10.9.0.0/20 ip daddr != 10.9.0.0/20 masquerade" in (machine.folder / "ruleset").read_text()
    (machine.folder / "calls").unlink()

    assert machine.starts() == 0
    assert machine.calls() == ["sysctl --quiet --write net.ipv4.ip_forward=1", "nft --file -"]


def test_as_long_as_nothing_leads_out_the_service_fails_and_is_tried_again(machine: Machine) -> None:
    machine.boots()
    (machine.folder / "offline").touch()
    assert machine.starts() != 0
    assert not (machine.folder / "ruleset").exists()

    (machine.folder / "offline").unlink()
    assert machine.starts() == 0


def test_another_block_takes_effect_at_the_next_boot(machine: Machine) -> None:
    for block in ("10.0.0.0/16", "10.1.0.0/16"):
        machine.boots(block)
        machine.starts()
        assert block in (machine.folder / "ruleset").read_text()
