"""Kubernetes and the smaller clouds: each trap of theirs beside its opposite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.policy.cases import Case
from tests.policy.judging import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

WORLD = "0.0.0.0/0"
OFFICE = "203.0.113.0/24"
ZERO = "0.0.0.0"  # noqa: S104 - it is read, not bound to

SERVICE = "kubernetes:core/v1:Service"
RANGES = "spec.loadBalancerSourceRanges"
AWS = "service.beta.kubernetes.io/aws-load-balancer"


def service(sentence: str, *blocked: str, notes: object = None, **spec: object) -> Case:
    given = {"type": "LoadBalancer", "ports": [{"port": 22.0, "targetPort": 2222.0}], **spec}
    return Case(sentence, SERVICE, {"metadata": {"annotations": notes}, "spec": given}, blocked)


KUBERNETES = [
    service("a load balancer without source ranges", RANGES),
    service("a load balancer with an empty list of ranges", RANGES, loadBalancerSourceRanges=[]),
    service("a load balancer for the world", f"{RANGES}[0]", loadBalancerSourceRanges=[WORLD]),
    service("a load balancer for an office", loadBalancerSourceRanges=[OFFICE]),
    service(
        "a load balancer whose annotation names an office",
        notes={"service.beta.kubernetes.io/load-balancer-source-ranges": f"{OFFICE}, 10.0.0.0/8"},
    ),
    service("inside the cluster", type="ClusterIP"),
    service("on the nodes", type="NodePort"),
    service("without a type, which is inside the cluster", type=None),
    service("22 only on the pod", ports=[{"port": 443.0, "targetPort": 22.0}]),
    service("udp", ports=[{"port": 22.0, "protocol": "UDP"}]),
    service("the second port", RANGES, ports=[{"port": 443.0}, {"port": 22.0, "protocol": "TCP"}]),
    service("internal at Google", notes={"networking.gke.io/load-balancer-type": "Internal"}),
    service("internal at Google, as it was called", notes={"cloud.google.com/load-balancer-type": "Internal"}),
    service("internal at AWS", notes={f"{AWS}-internal": "true"}),
    service("not internal at AWS", RANGES, notes={f"{AWS}-internal": "false"}),
    service("internal at AWS by its scheme", notes={f"{AWS}-scheme": "internal"}),
    service("internal by default with AWS's own controller", notes={f"{AWS}-type": "external"}),
    service(
        "public with AWS's own controller",
        RANGES,
        notes={f"{AWS}-type": "external", f"{AWS}-scheme": "internet-facing"},
    ),
    service("internal by default with AWS's class", loadBalancerClass="service.k8s.aws/nlb"),
    service(
        "public with AWS's class",
        RANGES,
        loadBalancerClass="service.k8s.aws/nlb",
        notes={f"{AWS}-scheme": "internet-facing"},
    ),
    *(
        service(f"internal by {key}", notes={key: value})
        for key, value in {
            "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type": "intranet",
            "service.beta.kubernetes.io/alicloud-loadbalancer-address-type": "intranet",
            "service.beta.kubernetes.io/do-loadbalancer-network": "INTERNAL",
            "service.beta.kubernetes.io/oci-load-balancer-internal": "true",
            "service.beta.kubernetes.io/openstack-internal-load-balancer": "true",
            "service.beta.kubernetes.io/scw-loadbalancer-private": "true",
            "load-balancer.hetzner.cloud/disable-public-network": "true",
            "oci-network-load-balancer.oraclecloud.com/internal": "true",
            "yandex.cloud/load-balancer-type": "internal",
        }.items()
    ),
    service(
        "public on OpenStack", RANGES, notes={"service.beta.kubernetes.io/openstack-internal-load-balancer": "false"}
    ),
    service("in a private network of Tailscale's", loadBalancerClass="tailscale"),
    service("by a class that nobody knows", RANGES, loadBalancerClass="example.com/public"),
    service(
        "a load balancer whose annotation names the world",
        "metadata.annotations.service.beta.kubernetes.io/azure-allowed-ip-ranges",
        notes={"service.beta.kubernetes.io/azure-allowed-ip-ranges": f"{OFFICE},{WORLD}"},
    ),
    service(
        "a load balancer whose annotation at Azure names an office",
        notes={"service.beta.kubernetes.io/azure-allowed-ip-ranges": OFFICE},
    ),
    Case(
        "ranges in an annotation that nobody knows yet",
        SERVICE,
        {
            "metadata": {"annotations": {"service.beta.kubernetes.io/load-balancer-source-ranges": UNKNOWN}},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 22.0}]},
        },
        advised=("metadata.annotations",),
    ),
    *(
        Case(
            f"the world through Terraform's {name}",
            f"kubernetes:index/{name}:{name[0].upper()}{name[1:]}",
            {"spec": {"type": "LoadBalancer", "ports": [{"port": 22.0}]}},
            (RANGES,),
        )
        for name in ("service", "serviceV1")
    ),
    Case(
        "an office through Terraform's service",
        "kubernetes:index/service:Service",
        {"spec": {"type": "LoadBalancer", "ports": [{"port": 22.0}], "loadBalancerSourceRanges": [OFFICE]}},
    ),
    service("internal at Azure", notes={"service.beta.kubernetes.io/azure-load-balancer-internal": "true"}),
    service("another annotation", RANGES, notes={"example.com/owner": "us"}),
    Case(
        "annotations that nobody knows yet",
        SERVICE,
        {"metadata": {"annotations": UNKNOWN}, "spec": {"type": "LoadBalancer", "ports": [{"port": 22.0}]}},
        advised=("metadata.annotations",),
    ),
    Case(
        "the world",
        "kubernetes:core/v1:ServicePatch",
        {"spec": {"type": "LoadBalancer", "ports": [{"port": 22.0}]}},
        (RANGES,),
    ),
    Case("a patch of the ports alone", "kubernetes:core/v1:ServicePatch", {"spec": {"ports": [{"port": 22.0}]}}),
    Case(
        "the world in the second",
        "kubernetes:core/v1:ServiceList",
        {"items": [{"spec": {"type": "ClusterIP"}}, {"spec": {"type": "LoadBalancer", "ports": [{"port": 22.0}]}}]},
        (f"items[1].{RANGES}",),
    ),
    Case("none", "kubernetes:core/v1:ServiceList", {"items": []}),
]

DROPLETS = "digitalocean:index/firewall:Firewall"
SSH = {"protocol": "tcp", "portRange": "22", "sourceAddresses": [WORLD]}


def droplets(sentence: str, rule: Mapping[str, object], *blocked: str) -> Case:
    return Case(sentence, DROPLETS, {"inboundRules": [{**SSH, **rule}]}, blocked)


SOURCE = "inboundRules[0].sourceAddresses[0]"
DIGITALOCEAN = [
    droplets("the world", {}, SOURCE),
    droplets("every IPv6 address", {"sourceAddresses": ["::/0"]}, SOURCE),
    droplets("an office", {"sourceAddresses": [OFFICE]}),
    droplets("one address without a prefix", {"sourceAddresses": ["203.0.113.7"]}),
    droplets("Droplets with a tag", {"sourceAddresses": None, "sourceTags": ["bastion"]}),
    droplets("every port in numbers", {"portRange": "1-65535"}, SOURCE),
    droplets("every port in a word", {"portRange": "all"}, SOURCE),
    droplets("every port as 0", {"portRange": "0"}, SOURCE),
    droplets("a range that does not hold it", {"portRange": "8000-9000"}),
    droplets("udp", {"protocol": "udp"}),
    droplets("icmp, which has no ports", {"protocol": "icmp", "portRange": None}),
    droplets("allowed in so many words", {"action": "allow"}, SOURCE),
    droplets("denied", {"action": "deny"}),
    Case(
        "out to the world",
        DROPLETS,
        {"outboundRules": [{"protocol": "tcp", "portRange": "22", "destinationAddresses": [WORLD]}]},
    ),
]

HETZNER = "hcloud:index/firewall:Firewall"


def hetzner(sentence: str, rule: Mapping[str, object], *blocked: str) -> Case:
    given = {"direction": "in", "protocol": "tcp", "port": "22", "sourceIps": [WORLD], **rule}
    return Case(sentence, HETZNER, {"rules": [given]}, blocked)


HCLOUD = [
    hetzner("the world", {}, "rules[0].sourceIps[0]"),
    hetzner("the world second", {"sourceIps": [OFFICE, "::/0"]}, "rules[0].sourceIps[1]"),
    hetzner("an office", {"sourceIps": [OFFICE]}),
    hetzner("any port", {"port": "any"}, "rules[0].sourceIps[0]"),
    hetzner("a range that holds it", {"port": "20-25"}, "rules[0].sourceIps[0]"),
    hetzner("a range that does not", {"port": "80-85"}),
    hetzner("outbound", {"direction": "out", "sourceIps": [], "destinationIps": [WORLD]}),
    hetzner("gre, which has no ports", {"protocol": "gre", "port": None}),
]

AKAMAI = "linode:index/firewall:Firewall"
ACCEPT = {"action": "ACCEPT", "protocol": "TCP", "ports": "22", "ipv4s": [WORLD], "label": "ssh"}


def akamai(sentence: str, *rules: Mapping[str, object], blocked: tuple[str, ...] = (), **props: object) -> Case:
    return Case(sentence, AKAMAI, {"inboundPolicy": "DROP", "inbounds": list(rules), **props}, blocked)


EVERY = ({**ACCEPT, "action": "DROP", "ports": None, "ipv6s": ["::/0"]},)
LINODE = [
    akamai("the world", ACCEPT, blocked=("inbounds[0].ipv4s[0]",)),
    akamai("every IPv6 address", {**ACCEPT, "ipv4s": None, "ipv6s": ["::/0"]}, blocked=("inbounds[0].ipv6s[0]",)),
    akamai("an office", {**ACCEPT, "ipv4s": [OFFICE]}),
    akamai("several ports in one text", {**ACCEPT, "ports": "22, 80-90"}, blocked=("inbounds[0].ipv4s[0]",)),
    akamai("several other ports in one text", {**ACCEPT, "ports": "443, 80-90"}),
    akamai("no ports are every port", {**ACCEPT, "ports": None}, blocked=("inbounds[0].ipv4s[0]",)),
    akamai("every protocol", {**ACCEPT, "protocol": "ALL", "ports": None}, blocked=("inbounds[0].ipv4s[0]",)),
    akamai("icmp", {**ACCEPT, "protocol": "ICMP", "ports": None}),
    akamai("dropped before it is accepted", {**ACCEPT, "action": "DROP"}, ACCEPT),
    akamai("accepted before it is dropped", ACCEPT, {**ACCEPT, "action": "DROP"}, blocked=("inbounds[0].ipv4s[0]",)),
    akamai("no rule, and a policy that accepts", inboundPolicy="ACCEPT", blocked=("inboundPolicy", "inboundPolicy")),
    akamai("a policy that accepts what no rule drops", *EVERY, inboundPolicy="ACCEPT"),
    akamai("a firewall that is disabled", disabled=True, blocked=("disabled", "disabled")),
    akamai("a firewall that is not", disabled=False),
]

NEUTRON = "openstack:networking/secGroupRule:SecGroupRule"


def neutron(sentence: str, *blocked: str, **props: object) -> Case:
    given = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "portRangeMin": 22.0, "portRangeMax": 22.0}
    return Case(sentence, NEUTRON, {**given, "securityGroupId": "g", **props}, blocked)


FWAAS = "openstack:firewall/ruleV2:RuleV2"
OPENSTACK = [
    neutron("the world", "remoteIpPrefix", remoteIpPrefix=WORLD),
    neutron("no remote side, which is every IPv4 address", "remoteIpPrefix: 0.0.0.0/0"),
    neutron("no remote side, of IPv6", "remoteIpPrefix: ::/0", ethertype="IPv6"),
    neutron("an empty remote side", "remoteIpPrefix: 0.0.0.0/0", remoteIpPrefix=""),
    neutron("an office", remoteIpPrefix=OFFICE),
    neutron("a group", remoteGroupId="h"),
    neutron("an address group", remoteAddressGroupId="h"),
    neutron("no protocol is every protocol", "remoteIpPrefix", protocol=None, portRangeMin=None, portRangeMax=None),
    neutron("an empty protocol", "remoteIpPrefix", protocol="", portRangeMin=None, portRangeMax=None),
    neutron("from 0 to 0, which is every port", "remoteIpPrefix", portRangeMin=0.0, portRangeMax=0.0),
    neutron("icmp from 0 to 0", protocol="icmp", portRangeMin=0.0, portRangeMax=0.0),
    neutron("from 0 to 10", portRangeMin=0.0, portRangeMax=10.0),
    neutron("https", portRangeMin=443.0, portRangeMax=443.0),
    neutron("udp", protocol="udp"),
    neutron("outbound", direction="egress"),
    Case(
        "allowed from everywhere",
        FWAAS,
        {"action": "allow", "protocol": "tcp", "destinationPort": "22"},
        ("sourceIpAddress: 0.0.0.0/0",),
    ),
    Case(
        "a range with a colon",
        FWAAS,
        {"action": "allow", "protocol": "tcp", "destinationPort": "20:30"},
        ("sourceIpAddress",),
    ),
    Case("no protocol and no port", FWAAS, {"action": "allow", "ipVersion": 6.0}, ("sourceIpAddress: ::/0",)),
    Case("without an action, which denies", FWAAS, {"protocol": "tcp", "destinationPort": "22"}),
    Case(
        "allowed from an office",
        FWAAS,
        {"action": "allow", "protocol": "tcp", "destinationPort": "22", "sourceIpAddress": OFFICE},
    ),
    Case("switched off", FWAAS, {"action": "allow", "protocol": "tcp", "destinationPort": "22", "enabled": False}),
]

LIST = "oci:Core/securityList:SecurityList"
DEFAULT_LIST = "oci:Core/defaultSecurityList:DefaultSecurityList"
NSG_RULE = "oci:Core/networkSecurityGroupSecurityRule:NetworkSecurityGroupSecurityRule"


def oracle(sentence: str, *blocked: str, token: str = LIST, **rule: object) -> Case:
    given = {"protocol": "6", "source": WORLD, "tcpOptions": {"min": 22.0, "max": 22.0}, **rule}
    return Case(sentence, token, {"ingressSecurityRules": [given]}, blocked)


NSG = {
    "direction": "INGRESS",
    "protocol": "6",
    "source": WORLD,
    "sourceType": "CIDR_BLOCK",
    "networkSecurityGroupId": "g",
}
FIRST = "ingressSecurityRules[0].source"
OCI = [
    oracle("the world", FIRST),
    oracle("an office", source=OFFICE),
    oracle("every protocol", FIRST, protocol="all", tcpOptions=None),
    oracle("tcp without options is every port", FIRST, tcpOptions=None),
    oracle("https", tcpOptions={"min": 443.0, "max": 443.0}),
    oracle(
        "22 as the source's port",
        tcpOptions={"min": 443.0, "max": 443.0, "sourcePortRange": {"min": 22.0, "max": 22.0}},
    ),
    oracle("udp", protocol="17"),
    oracle(
        "a service of Oracle's", source="all-fra-services-in-oracle-services-network", sourceType="SERVICE_CIDR_BLOCK"
    ),
    oracle("the world", FIRST, token=DEFAULT_LIST),
    oracle("an office", token=DEFAULT_LIST, source=OFFICE),
    Case(
        "the world", NSG_RULE, {**NSG, "tcpOptions": {"destinationPortRange": {"min": 20.0, "max": 30.0}}}, ("source",)
    ),
    Case("another port", NSG_RULE, {**NSG, "tcpOptions": {"destinationPortRange": {"min": 443.0, "max": 443.0}}}),
    Case("no options are every port", NSG_RULE, NSG, ("source",)),
    Case(
        "another group",
        NSG_RULE,
        {**NSG, "source": "ocid1.networksecuritygroup.x", "sourceType": "NETWORK_SECURITY_GROUP"},
    ),
    Case("outbound", NSG_RULE, {**NSG, "direction": "EGRESS"}),
]

VULTR_RULE = "vultr:index/firewallRule:FirewallRule"


def vultr(sentence: str, *blocked: str, **props: object) -> Case:
    given = {
        "firewallGroupId": "g",
        "protocol": "tcp",
        "ipType": "v4",
        "subnet": ZERO,
        "subnetSize": 0.0,
        "port": "22",
    }
    return Case(sentence, VULTR_RULE, {**given, **props}, blocked)


VULTR = [
    vultr("the world in two properties", "subnet: 0.0.0.0/0"),
    vultr("every IPv6 address", "subnet: ::/0", ipType="v6", subnet="::"),
    vultr("an office", subnet="203.0.113.0", subnetSize=24.0),
    vultr("one address", subnetSize=32.0),
    vultr("a range with a colon", "subnet", port="20:25"),
    vultr("a range with a hyphen", "subnet", port="1-65535"),
    vultr("https", port="443"),
    vultr("udp", protocol="udp"),
    vultr("only what comes through Cloudflare", source="cloudflare"),
    vultr("an empty source narrows nothing", "subnet", source=""),
]

ALI_RULE = "alicloud:ecs/securityGroupRule:SecurityGroupRule"
ALI_SIMPLE = "alicloud:simpleapplicationserver/firewallRule:FirewallRule"
ALI_EDGE = "alicloud:ens/securityGroup:SecurityGroup"
ALI_ACL = "alicloud:vpc/networkAcl:NetworkAcl"
ALI_ENTRIES = "alicloud:vpc/networkAclEntries:NetworkAclEntries"


def alibaba(sentence: str, *blocked: str, **props: object) -> Case:
    given = {"type": "ingress", "ipProtocol": "tcp", "portRange": "22/22", "cidrIp": WORLD, "securityGroupId": "g"}
    return Case(sentence, ALI_RULE, {**given, **props}, blocked)


def edge(sentence: str, *rules: Mapping[str, object], blocked: tuple[str, ...] = ()) -> Case:
    return Case(sentence, ALI_EDGE, {"permissions": list(rules)}, blocked)


def acl(sentence: str, *entries: Mapping[str, object], blocked: tuple[str, ...] = (), token: str = ALI_ACL) -> Case:
    key = "ingressAclEntries" if token == ALI_ACL else "ingresses"
    return Case(sentence, token, {key: list(entries)}, blocked)


PERMISSION = {
    "direction": "ingress",
    "ipProtocol": "TCP",
    "portRange": "22/22",
    "sourceCidrIp": WORLD,
    "policy": "Accept",
    "priority": 1.0,
}
ENTRY = {"policy": "accept", "protocol": "tcp", "port": "22/22", "sourceCidrIp": WORLD}
ALICLOUD = [
    alibaba("the world", "cidrIp"),
    alibaba("host bits", "cidrIp", cidrIp="10.159.6.18/0"),
    alibaba("every IPv6 address", "ipv6CidrIp", cidrIp=None, ipv6CidrIp="::/0"),
    alibaba("an office", cidrIp=OFFICE),
    alibaba("a group", cidrIp=None, sourceSecurityGroupId="h"),
    alibaba("a prefix list", cidrIp=None, prefixListId="pl-1"),
    alibaba("every port", "cidrIp", portRange="1/65535"),
    alibaba("every protocol on every port", "cidrIp", ipProtocol="all", portRange="-1/-1"),
    alibaba("https", portRange="443/443"),
    alibaba("dropped", policy="drop"),
    alibaba("outbound", type="egress"),
    Case("there is no source to name", ALI_SIMPLE, {"port": "22", "ruleProtocol": "Tcp", "instanceId": "i"}, ("port",)),
    Case(
        "a range with a slash, for both protocols",
        ALI_SIMPLE,
        {"port": "20/30", "ruleProtocol": "TcpAndUdp"},
        ("port",),
    ),
    Case("udp", ALI_SIMPLE, {"port": "22", "ruleProtocol": "Udp"}),
    Case("https", ALI_SIMPLE, {"port": "443/443", "ruleProtocol": "Tcp"}),
    edge("the world", PERMISSION, blocked=("permissions[0].sourceCidrIp",)),
    edge("an office", {**PERMISSION, "sourceCidrIp": OFFICE}),
    edge("dropped first", {**PERMISSION, "priority": 2.0}, {**PERMISSION, "policy": "Drop"}),
    edge("outbound", {**PERMISSION, "direction": "egress"}),
    acl("the world", ENTRY, blocked=("ingressAclEntries[0].sourceCidrIp",)),
    acl("dropped first", {**ENTRY, "policy": "drop"}, ENTRY),
    acl("every protocol, as in an ACL that nobody touched", {**ENTRY, "protocol": "all", "port": "-1/-1"}),
    acl("a prefix list", {**ENTRY, "sourceCidrIp": "pl-1"}),
    acl("the world", ENTRY, blocked=("ingresses[0].sourceCidrIp",), token=ALI_ENTRIES),
    acl("an office", {**ENTRY, "sourceCidrIp": OFFICE}, token=ALI_ENTRIES),
]

EXO_RULE = "exoscale:index/securityGroupRule:SecurityGroupRule"
EXO_RULES = "exoscale:index/securityGroupRules:SecurityGroupRules"
EXO = {"type": "INGRESS", "protocol": "TCP", "startPort": 22.0, "endPort": 22.0, "cidr": WORLD, "securityGroupId": "g"}
EXOSCALE = [
    Case("the world", EXO_RULE, EXO, ("cidr",)),
    Case("an office", EXO_RULE, {**EXO, "cidr": OFFICE}),
    Case("a group", EXO_RULE, {**EXO, "cidr": None, "userSecurityGroupId": "h"}),
    Case("every protocol", EXO_RULE, {**EXO, "protocol": "ALL", "startPort": None, "endPort": None}, ("cidr",)),
    Case("https", EXO_RULE, {**EXO, "startPort": 443.0, "endPort": 443.0}),
    Case("outbound", EXO_RULE, {**EXO, "type": "EGRESS"}),
    Case(
        "the world",
        EXO_RULES,
        {"ingresses": [{"protocol": "tcp", "ports": ["22"], "cidrLists": [WORLD]}]},
        ("ingresses[0].cidrLists[0]",),
    ),
    Case("an office", EXO_RULES, {"ingresses": [{"protocol": "tcp", "ports": ["22"], "cidrLists": [OFFICE]}]}),
]

SCW = "scaleway:instance/securityGroup:SecurityGroup"
SCW_RULES = "scaleway:instance/securityGroupRules:SecurityGroupRules"
SCW_ACCEPT = {"action": "accept", "protocol": "TCP", "port": 22.0, "ipRange": WORLD}


def scaleway(sentence: str, *rules: Mapping[str, object], blocked: tuple[str, ...] = (), **props: object) -> Case:
    return Case(sentence, SCW, {"inboundDefaultPolicy": "drop", "inboundRules": list(rules), **props}, blocked)


DEFAULT = ("inboundDefaultPolicy", "inboundDefaultPolicy")
SCALEWAY = [
    scaleway("the world", SCW_ACCEPT, blocked=("inboundRules[0].ipRange",)),
    scaleway("an office", {**SCW_ACCEPT, "ipRange": OFFICE}),
    scaleway("no address is every address", {**SCW_ACCEPT, "ipRange": None}, blocked=("inboundRules[0].ipRange",) * 2),
    scaleway("one address", {**SCW_ACCEPT, "ipRange": None, "ip": "203.0.113.7"}),
    scaleway("no port is every port", {**SCW_ACCEPT, "port": None}, blocked=("inboundRules[0].ipRange",)),
    scaleway(
        "a range that holds it",
        {**SCW_ACCEPT, "port": None, "portRange": "22-23"},
        blocked=("inboundRules[0].ipRange",),
    ),
    scaleway("https", {**SCW_ACCEPT, "port": 443.0}),
    scaleway("https as a range, and the 0 that outputs write", {**SCW_ACCEPT, "port": 0.0, "portRange": "443-443"}),
    scaleway("icmp", {**SCW_ACCEPT, "protocol": "ICMP", "port": None}),
    scaleway("dropped first", {**SCW_ACCEPT, "action": "drop"}, SCW_ACCEPT),
    scaleway("no rule, and a default that accepts", inboundDefaultPolicy="accept", blocked=DEFAULT),
    scaleway("no rule and no default, which accepts", inboundDefaultPolicy=None, blocked=DEFAULT),
    scaleway(
        "a default that accepts what no rule drops",
        {"action": "drop", "protocol": "TCP", "port": 22.0},
        inboundDefaultPolicy="accept",
    ),
    Case("the world", SCW_RULES, {"securityGroupId": "g", "inboundRules": [SCW_ACCEPT]}, ("inboundRules[0].ipRange",)),
    Case("an office", SCW_RULES, {"securityGroupId": "g", "inboundRules": [{**SCW_ACCEPT, "ipRange": OFFICE}]}),
    Case(
        "the world, under the older token",
        "scaleway:index/instanceSecurityGroup:InstanceSecurityGroup",
        {"inboundDefaultPolicy": "drop", "inboundRules": [SCW_ACCEPT]},
        ("inboundRules[0].ipRange",),
    ),
]

YANDEX_GROUP = "yandex:index/vpcSecurityGroup:VpcSecurityGroup"
YANDEX_DEFAULT = "yandex:index/vpcDefaultSecurityGroup:VpcDefaultSecurityGroup"
YANDEX_RULE = "yandex:index/vpcSecurityGroupRule:VpcSecurityGroupRule"
INGRESS = {"protocol": "TCP", "port": 22.0, "v4CidrBlocks": [WORLD]}
YANDEX = [
    Case("the world", YANDEX_GROUP, {"ingresses": [INGRESS]}, ("ingresses[0].v4CidrBlocks[0]",)),
    Case("an office", YANDEX_GROUP, {"ingresses": [{**INGRESS, "v4CidrBlocks": [OFFICE]}]}),
    Case(
        "a range that holds it",
        YANDEX_GROUP,
        {"ingresses": [{**INGRESS, "port": None, "fromPort": 20.0, "toPort": 30.0}]},
        ("ingresses[0]",),
    ),
    Case(
        "any protocol, and no port",
        YANDEX_GROUP,
        {"ingresses": [{"protocol": "ANY", "v4CidrBlocks": [WORLD]}]},
        ("ingresses[0]",),
    ),
    Case(
        "the group itself",
        YANDEX_GROUP,
        {"ingresses": [{"protocol": "ANY", "predefinedTarget": "self_security_group"}]},
    ),
    Case("the world", YANDEX_DEFAULT, {"ingresses": [INGRESS]}, ("ingresses[0].v4CidrBlocks[0]",)),
    Case("https", YANDEX_DEFAULT, {"ingresses": [{**INGRESS, "port": 443.0}]}),
    Case(
        "the world", YANDEX_RULE, {**INGRESS, "direction": "ingress", "securityGroupBinding": "g"}, ("v4CidrBlocks[0]",)
    ),
    Case("outbound", YANDEX_RULE, {**INGRESS, "direction": "egress", "securityGroupBinding": "g"}),
]

CIVO_FIREWALL = "civo:index/firewall:Firewall"
CIVO_RULE = "civo:index/firewallRule:FirewallRule"
CIVO_SSH = {"portRange": "22", "cidrs": [WORLD], "action": "allow"}
CIVO = [
    Case(
        "the world, by the default protocol", CIVO_FIREWALL, {"ingressRules": [CIVO_SSH]}, ("ingressRules[0].cidrs[0]",)
    ),
    Case(
        "the world without its prefix",
        CIVO_FIREWALL,
        {"ingressRules": [{**CIVO_SSH, "cidrs": [ZERO]}]},
        ("ingressRules[0].cidrs[0]",),
    ),
    Case("an office", CIVO_FIREWALL, {"ingressRules": [{**CIVO_SSH, "cidrs": [OFFICE]}]}),
    Case("https and http", CIVO_FIREWALL, {"ingressRules": [{**CIVO_SSH, "portRange": "80-443"}]}),
    Case("denied", CIVO_FIREWALL, {"ingressRules": [{**CIVO_SSH, "action": "deny"}]}),
    Case(
        "the world",
        CIVO_RULE,
        {"direction": "ingress", "startPort": "22", "endPort": "22", "protocol": "tcp", "cidrs": [WORLD]},
        ("cidrs[0]",),
    ),
    Case("outbound", CIVO_RULE, {"direction": "egress", "startPort": "22", "protocol": "tcp", "cidrs": [WORLD]}),
]

UP_RULES = "upcloud:index/serverFirewallRules:ServerFirewallRules"
UP_SET = "upcloud:index/firewallRuleset:FirewallRuleset"
UP_SSH = {
    "action": "accept",
    "direction": "in",
    "family": "IPv4",
    "protocol": "tcp",
    "destinationPortStart": "22",
    "destinationPortEnd": "22",
}


def upcloud(
    sentence: str, *rules: Mapping[str, object], blocked: tuple[str, ...] = (), token: str = UP_RULES, **props: object
) -> Case:
    return Case(sentence, token, {"firewallRules" if token == UP_RULES else "rules": list(rules), **props}, blocked)


START = "firewallRules[0].sourceAddressStart"
UPCLOUD = [
    upcloud("no source is every address of its family", UP_SSH, blocked=(f"{START}: 0.0.0.0/0",)),
    upcloud("no source, of IPv6", {**UP_SSH, "family": "IPv6"}, blocked=(f"{START}: ::/0",)),
    upcloud(
        "the world as a range",
        {**UP_SSH, "sourceAddressStart": ZERO, "sourceAddressEnd": "255.255.255.255"},
        blocked=(START,),
    ),
    upcloud("an office as a range", {**UP_SSH, "sourceAddressStart": "203.0.113.1", "sourceAddressEnd": "203.0.113.9"}),
    upcloud("one address", {**UP_SSH, "sourceAddressStart": "203.0.113.1"}),
    upcloud("https", {**UP_SSH, "destinationPortStart": "443", "destinationPortEnd": "443"}),
    upcloud(
        "no ports and no protocol",
        {**UP_SSH, "protocol": "", "destinationPortStart": None, "destinationPortEnd": None},
        blocked=(START,),
    ),
    upcloud("dropped first", {**UP_SSH, "action": "drop"}, UP_SSH),
    upcloud("a default that accepts", {"action": "accept", "direction": "in"}, blocked=(START, START)),
    upcloud("a default that drops", {"action": "drop", "direction": "in"}),
    upcloud("outbound", {**UP_SSH, "direction": "out"}),
    upcloud("the world", {**UP_SSH, "sourceAddressCidr": WORLD}, blocked=("rules[0].sourceAddressCidr",), token=UP_SET),
    upcloud("an office", {**UP_SSH, "sourceAddressCidr": OFFICE}, token=UP_SET),
    upcloud("a set that is switched off", {**UP_SSH, "sourceAddressCidr": WORLD}, token=UP_SET, enabled=False),
    upcloud("a rule that is switched off", {**UP_SSH, "sourceAddressCidr": WORLD, "enabled": False}, token=UP_SET),
]

OVH_GROUP = "ovh:index/cloudSecurityGroup:CloudSecurityGroup"
OVH_EDGE = "ovh:Ip/firewallRule:FirewallRule"
OVH_RULE = {
    "direction": "INGRESS",
    "ethernetType": "IPV4",
    "protocol": "TCP",
    "portRangeMin": 22.0,
    "portRangeMax": 22.0,
}
EDGE = {
    "action": "permit",
    "protocol": "tcp",
    "destinationPort": 22.0,
    "sequence": 1.0,
    "ip": "198.51.100.7/32",
    "ipOnFirewall": "198.51.100.7",
}
OVH = [
    Case("no remote side", OVH_GROUP, {"rules": [OVH_RULE]}, ("rules[0].remoteIpPrefix: 0.0.0.0/0",)),
    Case(
        "no remote side, of IPv6",
        OVH_GROUP,
        {"rules": [{**OVH_RULE, "ethernetType": "IPV6"}]},
        ("rules[0].remoteIpPrefix: ::/0",),
    ),
    Case("an office", OVH_GROUP, {"rules": [{**OVH_RULE, "remoteIpPrefix": OFFICE}]}),
    Case("outbound", OVH_GROUP, {"rules": [{**OVH_RULE, "direction": "EGRESS"}]}),
    Case("permitted from everywhere", OVH_EDGE, EDGE, ("source: 0.0.0.0/0",)),
    Case("permitted from an office", OVH_EDGE, {**EDGE, "source": OFFICE}),
    Case("every protocol", OVH_EDGE, {**EDGE, "protocol": "ipv4", "destinationPort": None}, ("source: 0.0.0.0/0",)),
    Case("denied", OVH_EDGE, {**EDGE, "action": "deny"}),
]

OSC = "outscale:index/securityGroupRule:SecurityGroupRule"
OSC_RULE = {
    "flow": "Inbound",
    "securityGroupId": "g",
    "fromPortRange": 22.0,
    "toPortRange": 22.0,
    "ipProtocol": "tcp",
    "ipRange": WORLD,
}
OUTSCALE = [
    Case("the world", OSC, OSC_RULE, ("ipRange",)),
    Case("an office", OSC, {**OSC_RULE, "ipRange": OFFICE}),
    Case(
        "no protocol is every protocol",
        OSC,
        {"flow": "Inbound", "securityGroupId": "g", "ipRange": WORLD},
        ("ipRange",),
    ),
    Case("outbound", OSC, {**OSC_RULE, "flow": "Outbound"}),
    Case(
        "the world in a list of rules",
        OSC,
        {
            "flow": "Inbound",
            "securityGroupId": "g",
            "rules": [{"fromPortRange": 22.0, "toPortRange": 22.0, "ipProtocol": "tcp", "ipRanges": [OFFICE, WORLD]}],
        },
        ("rules[0].ipRanges[1]",),
    ),
]

CASES = [
    *KUBERNETES,
    *DIGITALOCEAN,
    *HCLOUD,
    *LINODE,
    *OPENSTACK,
    *OCI,
    *VULTR,
    *ALICLOUD,
    *EXOSCALE,
    *SCALEWAY,
    *YANDEX,
    *CIVO,
    *UPCLOUD,
    *OVH,
    *OUTSCALE,
]
