"""Whether an instance has a way to Systems Manager, from what the EC2 API says: an oracle of the tests' own."""

from __future__ import annotations

from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ec2 import EC2Client

SERVICES = ("ssm", "ssmmessages")
HTTPS = 443
# Where answers come back to: the ends of what Linux, Windows and a NAT gateway take.
EPHEMERAL = (32768, 49152, 60999)
WORLD = ip_address("198.51.100.7")


class Vpc:
    """What is in an instance's VPC at this moment."""

    def __init__(self, ec2: EC2Client, instance_id: str) -> None:
        (found,) = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
        self.instance: Any = found["Instances"][0]
        self._ec2 = ec2
        self._here: Any = [{"Name": "vpc-id", "Values": [self.instance["VpcId"]]}]

    # Each is asked when it is first needed: an instance's way goes past a part of them.

    @cached_property
    def tables(self) -> Any:
        return self._ec2.describe_route_tables(Filters=self._here)["RouteTables"]

    @cached_property
    def nats(self) -> Any:
        return self._ec2.describe_nat_gateways(Filters=self._here)["NatGateways"]

    @cached_property
    def endpoints(self) -> Any:
        found: Any = self._ec2.describe_vpc_endpoints(Filters=self._here)["VpcEndpoints"]
        # moto lists deleted ones too.
        return [one for one in found if one["State"] == "available"]

    @cached_property
    def groups(self) -> dict[str, Any]:
        found = self._ec2.describe_security_groups(Filters=self._here)["SecurityGroups"]
        return {one["GroupId"]: one for one in found}

    @cached_property
    def acls(self) -> Any:
        return self._ec2.describe_network_acls(Filters=self._here)["NetworkAcls"]

    @cached_property
    def blocks(self) -> dict[str, Any]:
        found = self._ec2.describe_subnets(Filters=self._here)["Subnets"]
        return {one["SubnetId"]: ip_network(one["CidrBlock"]) for one in found}

    def missing(self) -> list[str]:
        """The services that the agent does not reach, and why."""
        return [f"{service}: {why}" for service in SERVICES for why in self._in_the_way(service)]

    def _in_the_way(self, service: str) -> Iterator[str]:
        named = [one for one in self.endpoints if one["ServiceName"].endswith(f".{service}")]
        private = [one for one in named if one.get("PrivateDnsEnabled")]
        if private:
            # The service's name leads there, whatever else stands open.
            yield from self._to_endpoint(private[0])
        else:
            yield from self._to_internet()

    def _to_endpoint(self, endpoint: Any) -> Iterator[str]:
        theirs = {one["GroupId"] for one in endpoint["Groups"]}
        if not any(self._lets(self.groups[group]["IpPermissions"], self._own_groups()) for group in theirs):
            yield f"{endpoint['VpcEndpointId']} refuses it"
        if not any(self._lets(self.groups[group]["IpPermissionsEgress"], theirs) for group in self._own_groups()):
            yield "its group lets nothing out to the endpoint"
        # The service's name has an address in each of them.
        for subnet in endpoint["SubnetIds"]:
            yield from self._past_acls(self.instance["SubnetId"], subnet)

    def _to_internet(self) -> Iterator[str]:
        if not any(self._lets(self.groups[group]["IpPermissionsEgress"], set()) for group in self._own_groups()):
            yield "its group lets nothing out to the internet"
        own = self.instance["SubnetId"]
        hop = self._default_route(own)
        if hop.startswith("nat-"):
            (nat,) = (one for one in self.nats if one["NatGatewayId"] == hop)
            yield from self._past_acls(own, nat["SubnetId"])
            yield from self._past_acl(nat["SubnetId"], WORLD)
            if nat["State"] != "available" or not self._default_route(nat["SubnetId"]).startswith("igw-"):
                yield f"{hop} leads nowhere"
        elif not hop.startswith("igw-"):
            yield "no endpoint and no default route"
        elif "PublicIpAddress" not in self.instance:
            yield "an internet gateway, and no public address"
        else:
            yield from self._past_acl(own, WORLD)

    def _own_groups(self) -> set[str]:
        return {one["GroupId"] for one in self.instance["SecurityGroups"]}

    def _lets(self, rules: list[Any], groups: set[str]) -> bool:
        """Whether HTTPS may pass between the instance, or its VPC, and one of the groups or, without one, anybody."""
        for rule in rules:
            first, last = rule.get("FromPort", 0), rule.get("ToPort", 65535)
            if rule["IpProtocol"] not in {"-1", "tcp"} or not first <= HTTPS <= last:
                continue
            blocks = [ip_network(one["CidrIp"]) for one in rule["IpRanges"]]
            if groups & {one["GroupId"] for one in rule["UserIdGroupPairs"]}:
                return True
            if any(block.prefixlen == 0 or (groups and self._address() in block) for block in blocks):
                return True
        return False

    def _past_acls(self, subnet: str, other: str) -> Iterator[str]:
        """From one subnet to another, and back; what stays in a subnet passes none."""
        if subnet != other:
            yield from self._past_acl(subnet, self.blocks[other][9])
            yield from self._past_acl(other, self.blocks[subnet][9], opens=False)

    def _past_acl(self, subnet: str, peer: Any, *, opens: bool = True) -> Iterator[str]:
        """A connection that the subnet opens, or takes, and its answers: an ACL knows no connections."""
        (acl,) = (one for one in self.acls if subnet in [two["SubnetId"] for two in one["Associations"]])
        for egress, port in [(opens, HTTPS), *((not opens, port) for port in EPHEMERAL)]:
            if not self._admits(acl, peer, port, egress=egress):
                yield f"{acl['NetworkAclId']} of {subnet} stops port {port} {'to' if egress else 'from'} {peer}"

    def _admits(self, acl: Any, peer: Any, port: int, *, egress: bool) -> bool:
        """The first rule that matches decides."""
        rules = [one for one in acl["Entries"] if one["Egress"] is egress and "CidrBlock" in one]
        for rule in sorted(rules, key=lambda one: int(one["RuleNumber"])):
            ports = rule.get("PortRange", {"From": 0, "To": 65535})
            is_meant = rule["Protocol"] == "-1" or (rule["Protocol"] == "6" and ports["From"] <= port <= ports["To"])
            if is_meant and peer in ip_network(rule["CidrBlock"]):
                return bool(rule["RuleAction"] == "allow")
        return False

    def _address(self) -> Any:
        return ip_address(self.instance["PrivateIpAddress"])

    def _default_route(self, subnet: str) -> str:
        (table,) = (one for one in self.tables if subnet in [two.get("SubnetId") for two in one["Associations"]])
        routes = [one for one in table["Routes"] if one.get("DestinationCidrBlock") == "0.0.0.0/0"]
        return next((str(one.get("GatewayId") or one.get("NatGatewayId")) for one in routes), "")
