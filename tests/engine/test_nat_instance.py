"""A NAT instance on the real engine: what EC2 has of it, and that the way out is there while it is replaced."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.calls import recorded
from tests.engine.guides import OF_OPTION, deployer, unallowed, unasked
from tests.engine.stack import PACK, Stack, configured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.embedded import Cloud

WORLD = "0.0.0.0/0"
CONFIG = {
    "variant": "nat",
    "natKind": "instance",
    "egress": [
        {"port": 80, "to": WORLD, "why": "mirrors"},
        {"port": 5432, "to": "10.0.0.0/16", "why": "a database in the network"},
    ],
}
RUNNING: Any = [{"Name": "instance-state-name", "Values": ["running"]}]


@pytest.fixture(scope="module")
def stack(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    cloud.start()
    before = cloud.account()
    allowed = deployer(OF_OPTION["natKind"])
    with recorded(cloud) as asked:
        with configured(cloud, "nat-instance", tmp_path_factory.mktemp("stack")) as stack:
            assert "[advisory]" not in stack.up(CONFIG)
            yield stack
        assert before == cloud.account()
    # A gateway took over for a while.
    assert unallowed(asked, allowed | deployer({"NatGateway"})) == set()
    assert unasked(asked, allowed) == set()


def nat_of(stack: Stack) -> Any:
    """The one NAT instance that runs."""
    ours: Any = [*RUNNING, {"Name": "tag:Name", "Values": ["main-nat-instance-*"]}]
    ((nat,),) = (
        reservation["Instances"] for reservation in stack.cloud.ec2.describe_instances(Filters=ours)["Reservations"]
    )
    return nat


def ways_out(stack: Stack) -> dict[str, str]:
    """For each private subnet's table, what its default route leads to."""
    ours: Any = [{"Name": "tag:Name", "Values": ["main-private-*"]}]
    tables: Any = stack.cloud.ec2.describe_route_tables(Filters=ours)["RouteTables"]
    return {
        table["RouteTableId"]: route.get("NetworkInterfaceId") or route["NatGatewayId"]
        for table in tables
        for route in table["Routes"]
        if route.get("DestinationCidrBlock") == WORLD
    }


def address_of(stack: Stack) -> Any:
    ours: Any = [{"Name": "tag:Name", "Values": ["main-nat-instance-*"]}]
    (address,) = stack.cloud.ec2.describe_addresses(Filters=ours)["Addresses"]
    return address


def live_interfaces(stack: Stack) -> set[str]:
    """Those of instances that run."""
    reservations = stack.cloud.ec2.describe_instances(Filters=RUNNING)["Reservations"]
    return {
        interface["NetworkInterfaceId"]
        for reservation in reservations
        for instance in reservation["Instances"]
        for interface in instance["NetworkInterfaces"]
    }


@contextmanager
def watched(stack: Stack) -> Iterator[list[dict[str, str]]]:
    """Each state of the ways out that EC2 told of meanwhile; one that leads to nothing that runs is an error."""
    states, errors, over = [ways_out(stack)], list[str](), threading.Event()

    def watch() -> None:
        # Nobody ends what a route leads to before the route leads elsewhere: asked in this order, both are seen.
        while not over.wait(0.05):
            before, live, state = ways_out(stack), live_interfaces(stack), ways_out(stack)
            if before == state and not set(state.values()) <= live:
                errors.append(f"{state} lead to nothing of {live}")
            if len(state) != len(states[0]):
                errors.append(f"a route is gone: {state}")
            if state != states[-1]:
                states.append(state)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield states
    finally:
        over.set()
        thread.join()
    assert errors == []


def test_it_passes_on_what_private_subnets_send_and_takes_in_nothing_else(stack: Stack) -> None:
    nat = nat_of(stack)
    interface = nat["NetworkInterfaces"][0]["NetworkInterfaceId"]
    (group_id,) = (group["GroupId"] for group in nat["SecurityGroups"])
    (group,) = stack.cloud.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    ours: Any = [{"Name": "tag:Name", "Values": ["main-private-*"]}]
    private = {one["CidrBlock"] for one in stack.cloud.ec2.describe_subnets(Filters=ours)["Subnets"]}

    assert set(ways_out(stack).values()) == {interface}
    assert not nat["SourceDestCheck"]
    assert address_of(stack)["InstanceId"] == nat["InstanceId"]
    assert {
        (rule["FromPort"], rule["ToPort"]): {one["CidrIp"] for one in rule["IpRanges"]}
        for rule in group["IpPermissions"]
    } == {(80, 80): private, (443, 443): private}
    assert {(rule["FromPort"], rule["ToPort"]) for rule in group["IpPermissionsEgress"]} == {(80, 80), (443, 443)}
    assert not any(rule["Ipv6Ranges"] or rule["UserIdGroupPairs"] for rule in group["IpPermissions"])


def test_it_is_as_closed_as_any_instance_of_ours(stack: Stack) -> None:
    nat = nat_of(stack)
    (disk,) = (one["Ebs"]["VolumeId"] for one in nat["BlockDeviceMappings"])

    assert nat["MetadataOptions"]["HttpTokens"] == "required"
    assert nat["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert "IamInstanceProfile" not in nat
    assert not nat.get("KeyName")
    assert [one["Encrypted"] for one in stack.cloud.ec2.describe_volumes(VolumeIds=[disk])["Volumes"]] == [True]


def test_the_way_out_is_there_while_it_is_replaced(stack: Stack) -> None:
    before, address = nat_of(stack), address_of(stack)["PublicIp"]
    (name,) = (tag["Value"] for tag in before["Tags"] if tag["Key"] == "Name")
    urn = f"urn:pulumi:{stack.name}::ssm-only::ssm-only:components:SsmNetwork$aws:ec2/instance:Instance::{name}"
    with watched(stack) as states:
        stack.cloud.up("-s", stack.name, "--config-file", str(stack.file), *PACK, "--replace", urn)
    after = nat_of(stack)

    assert after["InstanceId"] != before["InstanceId"]
    assert set(states[0].values()) == {before["NetworkInterfaces"][0]["NetworkInterfaceId"]}
    assert set(states[-1].values()) == {after["NetworkInterfaces"][0]["NetworkInterfaceId"]}
    assert (address_of(stack)["InstanceId"], address_of(stack)["PublicIp"]) == (after["InstanceId"], address)
    assert stack.changes(CONFIG) == {}


def test_another_type_is_the_same_instance(stack: Stack) -> None:
    before = nat_of(stack)["InstanceId"]
    stack.up({**CONFIG, "natInstanceType": "t4g.micro"})

    assert (nat_of(stack)["InstanceId"], nat_of(stack)["InstanceType"]) == (before, "t4g.micro")


def test_the_way_out_is_there_while_a_gateway_takes_over_and_back(stack: Stack) -> None:
    gateway = {key: value for key, value in CONFIG.items() if key != "natKind"}
    routes = ways_out(stack)
    stack.up(gateway)
    with_gateway = ways_out(stack)
    stack.up(CONFIG)
    with_instance = ways_out(stack)

    assert {hop.split("-")[0] for hop in with_gateway.values()} == {"nat"}
    assert set(with_instance.values()) == {nat_of(stack)["NetworkInterfaces"][0]["NetworkInterfaceId"]}
    assert routes.keys() == with_gateway.keys() == with_instance.keys()
    assert stack.changes(CONFIG) == {}
