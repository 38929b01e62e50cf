"""Kubernetes: a service that gets a load balancer on the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssm_guard import values
from ssm_guard.node import Doubt, Node, first_doubt
from ssm_guard.opening import Kind, Source
from ssm_guard.readers.cloud import Cloud
from ssm_guard.readers.rules import carrying_tcp, entries, port_texts, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssm_guard.opening import Opening

_BETA = "service.beta.kubernetes.io/"
_AWS = f"{_BETA}aws-load-balancer-"
# The annotations by which each cloud's controller makes an internal load balancer, and what they say then.
_INTERNAL = {
    "networking.gke.io/load-balancer-type": ("internal",),
    "cloud.google.com/load-balancer-type": ("internal",),
    f"{_AWS}internal": ("true", "0.0.0.0/0"),
    f"{_AWS}scheme": ("internal",),
    f"{_BETA}azure-load-balancer-internal": ("true",),
    f"{_BETA}alibaba-cloud-loadbalancer-address-type": ("intranet",),
    f"{_BETA}alicloud-loadbalancer-address-type": ("intranet",),
    f"{_BETA}do-loadbalancer-network": ("internal",),
    f"{_BETA}oci-load-balancer-internal": ("true",),
    f"{_BETA}openstack-internal-load-balancer": ("true",),
    f"{_BETA}scw-loadbalancer-private": ("true",),
    "load-balancer.hetzner.cloud/disable-public-network": ("true",),
    "oci-network-load-balancer.oraclecloud.com/internal": ("true",),
    "yandex.cloud/load-balancer-type": ("internal",),
}
# AWS Load Balancer Controller and EKS Auto Mode make an internal one unless they are told otherwise
# (their guides, "Service annotations"): one of these classes, or one of these types, says that they are in charge.
_AWS_CLASSES = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")
_AWS_TYPES = ("external", "nlb-ip")
# Tailscale's operator gives a service an address in its own private network.
_PRIVATE_CLASSES = ("tailscale",)
_RANGES = (f"{_BETA}load-balancer-source-ranges", f"{_BETA}azure-allowed-ip-ranges")


def service(props: Node) -> Iterator[Opening]:
    """A service of type LoadBalancer lets everybody in unless it names its sources."""
    spec, annotations = props["spec"], props["metadata"]["annotations"]
    is_balancer, internal = says(spec["type"], "loadbalancer"), _internal(spec, annotations)
    if is_balancer is False or internal is True:
        return
    for port in spec["ports"].each():
        yield from entries(
            port,
            protocol=carrying_tcp(port["protocol"]),
            ports=port_texts(port["port"]),
            sources=_sources(spec, annotations),
            unless=first_doubt(is_balancer, internal) or False,
            kind=Kind.LOAD_BALANCER,
        )


def services(props: Node) -> Iterator[Opening]:
    """Several services in one resource."""
    for item in props["items"].each():
        yield from service(item)


def _internal(spec: Node, annotations: Node) -> bool | Doubt:
    if isinstance(annotations.value, Doubt):
        return annotations.value
    said = [says(annotations[name], *words) for name, words in _INTERNAL.items()]
    if True in said or says(spec["loadBalancerClass"], *_PRIVATE_CLASSES) is True:
        return True
    by_default = (
        says(spec["loadBalancerClass"], *_AWS_CLASSES) is True or says(annotations[f"{_AWS}type"], *_AWS_TYPES) is True
    )
    if by_default and annotations[f"{_AWS}scheme"].value is None and annotations[f"{_AWS}internal"].value is None:
        return True
    return first_doubt(*said) or False


def _sources(spec: Node, annotations: Node) -> tuple[Source, ...]:
    written = values.networks(spec["loadBalancerSourceRanges"])
    if written:
        return written
    listed = [source for name in _RANGES for source in _listed(annotations[name])]
    return tuple(listed) or values.everyone(spec["loadBalancerSourceRanges"])


def _listed(text: Node) -> tuple[Source, ...]:
    """The CIDRs of an annotation, with commas between them."""
    if not isinstance(text.value, str):
        return values.networks(text)
    return values.networks(*(Node(part, text.path) for part in text.value.split(",") if part.strip()))


CLOUD = Cloud(
    name="kubernetes",
    prefixes=("kubernetes",),
    readers={
        "kubernetes:core/v1:Service": service,
        "kubernetes:core/v1:ServicePatch": service,
        "kubernetes:core/v1:ServiceList": services,
    },
    remedy=(
        "Make the load balancer internal, or name its sources in `loadBalancerSourceRanges`; "
        "`kubectl exec` and `kubectl port-forward` need neither."
    ),
    terraform=dict.fromkeys(("kubernetes_service", "kubernetes_service_v1"), "kubernetes:core/v1:Service"),
)
