"""Public parameters of Parameter Store that hold an image's id: moto has those of Amazon Linux and ECS alone.

Whatever release is asked for, there is an image of that name, owner and architecture: which releases a publisher has at
the moment is not known here, and no machine starts from it.
https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami
from moto.ssm.models import Parameter, ParameterDict

_ARCHITECTURES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "arm64"}
_check_loading_status = ParameterDict._check_loading_status  # noqa: SLF001 - where moto loads what it has, when it is asked


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Who publishes images below a path.

    Attributes:
        names: of the parameters; the group is the architecture, in one of the names that are in use.
        owner: the account that owns the images.
        alias: what EC2 calls that account, if anything.
    """

    names: re.Pattern[str]
    owner: str
    root_device: str
    platform: str | None = None
    alias: str | None = None

    def architecture(self, name: str) -> str | None:
        """Of the image that a parameter names; None where it names none of theirs."""
        match = self.names.fullmatch(name)
        return _ARCHITECTURES[match.groupdict().get("architecture", "x86_64")] if match else None


_ARCHITECTURE = rf"(?P<architecture>{'|'.join(_ARCHITECTURES)})"
PUBLISHERS = (
    Publisher(
        names=re.compile(rf"/aws/service/canonical/ubuntu/.+/{_ARCHITECTURE}/hvm/[a-z0-9-]+/ami-id"),
        owner="099720109477",
        root_device="/dev/sda1",
    ),
    Publisher(
        names=re.compile(rf"/aws/service/debian/(release|daily)/[^/]+/[^/]+/{_ARCHITECTURE}"),
        owner="136693071363",
        root_device="/dev/xvda",
    ),
    Publisher(
        names=re.compile(rf"/aws/service/suse/.+/{_ARCHITECTURE}/latest"), owner="013907871322", root_device="/dev/sda1"
    ),
    Publisher(
        names=re.compile(r"/aws/service/ami-windows-latest/[^/]+"),
        owner="801119661308",
        root_device="/dev/sda1",
        platform="windows",
        alias="amazon",
    ),
)


def check_loading_status(parameters: ParameterDict, key: str) -> None:
    """Loads what moto has below a name, and makes the parameter of an image that it lacks."""
    _check_loading_status(parameters, key)
    for publisher in PUBLISHERS:
        if (architecture := publisher.architecture(str(key))) and not dict.__contains__(parameters, key):
            _publish(parameters, key, publisher, architecture)


def _publish(parameters: ParameterDict, name: str, publisher: Publisher, architecture: str) -> None:
    account, region = parameters.account_id, parameters.region_name
    # The same in each AWS, so that a stack can name it.
    image = f"ami-{hashlib.sha256(f'{region} {name}'.encode()).hexdigest()[:17]}"
    backend = ec2_backends[account][region]
    backend.amis[image] = Ami(
        backend,
        image,
        name=name.removeprefix("/aws/service/"),
        description=f"stands in for what {name} names on AWS",
        owner_id=publisher.owner,
        owner_alias=publisher.alias,
        public=True,
        virtualization_type="hvm",
        architecture=architecture,
        platform=publisher.platform,
        hypervisor="xen",
        root_device_type="ebs",
        root_device_name=publisher.root_device,
    )
    parameter = Parameter(  # type: ignore[abstract]  # for CloudFormation; moto makes them like this too
        account_id=account,
        name=name,
        value=image,
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=utcnow(),
        version=1,
        data_type="aws:ec2:image",
    )
    dict.__setitem__(parameters, name, [parameter])
