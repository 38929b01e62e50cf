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

_AWS = "service.beta.kubernetes.io/aws-load-balancer-"
# The annotations by which each cloud's controller makes an internal load balancer, and what they say then.
_INTERNAL = {
    "networking.gke.io/load-balancer-type": ("internal",),
    "cloud.google.com/load-balancer-type": ("internal",),
    f"{_AWS}internal": ("true", "0.0.0.0/0"),
    f"{_AWS}scheme": ("internal",),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
}
# AWS Load Balancer Controller and EKS Auto Mode make an internal one unless they are told otherwise
# (their guides, "Service annotations"): one of these classes, or one of these types, says that they are in charge.
_AWS_CLASSES = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")
_AWS_TYPES = ("external", "nlb-ip")
_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"


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
    if True in said:
        return True
    by_default = (
        says(spec["loadBalancerClass"], *_AWS_CLASSES) is True or says(annotations[f"{_AWS}type"], *_AWS_TYPES) is True
    )
    if by_default and annotations[f"{_AWS}scheme"].value is None and annotations[f"{_AWS}internal"].value is None:
        return True
    return first_doubt(*said) or False


def _sources(spec: Node, annotations: Node) -> tuple[Source, ...]:
    written = values.networks(spec["loadBalancerSourceRanges"])
    text = annotations[_RANGES]
    if not written and isinstance(text.value, str):
        written = values.networks(*(Node(part, text.path) for part in text.value.split(",") if part.strip()))
    return written or values.everyone(spec["loadBalancerSourceRanges"])


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
)
