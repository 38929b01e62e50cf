"""Which image an instance starts from, asked of AWS before any resource exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base.answers import words_of
from components.base.errors import NAMESPACE, ConfigError
from components.instance.platforms import PLATFORMS, Architecture, Family, Platform
from components.instance.settings import InstanceSettings

# What EC2 also calls an architecture: types such as t2.micro run i386 too, and Macs have names of their own.
_ARCHITECTURES = {one.value: one for one in Architecture}


@dataclass(frozen=True, kw_only=True)
class Image:
    """An Amazon Machine Image.

    Attributes:
        id: for example ``ami-0abcdef1234567890``.
        family: which package of the agent, and which boot script, it takes.
        label: platform and architecture, which no running instance can change.
        pinned: a person named this id, so another id is another instance. Otherwise it is the newest of today.
    """

    id: str
    family: Family
    label: str
    pinned: bool


def find_image(
    instance_type: str,
    platform: Platform,
    *,
    ami: str | None = None,
    family: Family | None = None,
    key: str = "instance",
    opts: pulumi.InvokeOptions | None = None,
) -> Image:
    """Find the image for an instance type: the platform's newest, or the one that is named.

    Args:
        instance_type: EC2 is asked for its architecture. Letters do not say it: im4gn and a1 are arm64 too.
        platform: one of the table; `Platform.CUSTOM` needs ami and family.
        ami: an image's id, in place of the newest.
        family: of a custom image.
        key: what an error names, for example ``instances[0]``.
        opts: with a provider, if it is not the default one.

    Raises:
        ConfigError: EC2 has no such type or image, or the two do not go together.
    """
    architecture = _architecture_of(instance_type, f"{key}.instanceType", opts)
    family = PLATFORMS[platform].family if platform in PLATFORMS else family
    if family is None:
        raise ConfigError(
            f"{key}.family", family, f"a custom image needs one of {', '.join(one.value for one in Family)}."
        )
    if ami is not None:
        _require_fit(ami, architecture, family, key, opts)
    return Image(
        id=ami or _newest(platform, architecture, key, opts),
        family=family,
        label=f"{platform.value}-{architecture.value}",
        pinned=ami is not None,
    )


def find_images(instances: Sequence[InstanceSettings]) -> Mapping[str, Image]:
    """The image of every instance of a stack, by its name.

    Raises:
        ConfigError: as for `find_image`.
    """
    found = {}
    for index, wanted in enumerate(instances):
        key = f"instances[{index}]"
        if wanted.platform in PLATFORMS and PLATFORMS[wanted.platform].ended:
            pulumi.log.warn(
                f"{NAMESPACE}:{key}.platform is {wanted.platform.value!r}: its maker mends it no longer, since "
                f"{PLATFORMS[wanted.platform].ended}."
            )
        found[wanted.name] = find_image(
            wanted.instance_type, wanted.platform, ami=wanted.ami, family=wanted.family, key=key
        )
    return found


def _architecture_of(instance_type: str, key: str, opts: pulumi.InvokeOptions | None) -> Architecture:
    # getInstanceType fails for a type that does not exist, and the provider logs that as an error beside ours.
    named = aws.ec2.GetInstanceTypesFilterArgs(name="instance-type", values=[instance_type])
    if instance_type not in aws.ec2.get_instance_types(filters=[named], opts=opts).instance_types:
        raise ConfigError(
            key,
            instance_type,
            "EC2 does not have this type in this Region. "
            "`aws ec2 describe-instance-types --query InstanceTypes[].InstanceType` lists those that it has.",
        )
    supported = aws.ec2.get_instance_type(instance_type=instance_type, opts=opts).supported_architectures
    for name in supported:
        if name in _ARCHITECTURES:
            return _ARCHITECTURES[name]
    raise ConfigError(
        key,
        instance_type,
        f"EC2 runs it on {' and '.join(supported)}, and the agent's packages are for {' and '.join(_ARCHITECTURES)}.",
    )


def _newest(platform: Platform, architecture: Architecture, key: str, opts: pulumi.InvokeOptions | None) -> str:
    if platform not in PLATFORMS:
        raise ConfigError(f"{key}.ami", None, "a custom image needs its id, for example ami-0abcdef1234567890.")
    published = PLATFORMS[platform].parameters
    if architecture not in published:
        raise ConfigError(
            f"{key}.platform",
            platform.value,
            f"it is published for {' and '.join(published)}, and the instance type is {architecture.value}. "
            "Use another instanceType (t3.medium is x86_64, t4g.micro is arm64).",
        )
    try:
        found = aws.ssm.get_parameter(name=published[architecture], opts=opts)
    except Exception as error:  # Pulumi raises no narrower one for what a provider says
        raise ConfigError(
            f"{key}.platform",
            platform.value,
            f"this Region does not publish it as {published[architecture]}. Name an image: {key}.ami. "
            f"AWS said: {words_of(error)}.",
        ) from error
    # The id is public; `value` would be a secret, and hide the image in every preview.
    return found.insecure_value


def _require_fit(
    ami: str, architecture: Architecture, family: Family, key: str, opts: pulumi.InvokeOptions | None
) -> None:
    named = aws.ec2.GetAmiFilterArgs(name="image-id", values=[ami])
    try:
        image = aws.ec2.get_ami(filters=[named], include_deprecated=True, opts=opts)
    except Exception as error:  # Pulumi raises no narrower one for what a provider says
        raise ConfigError(
            f"{key}.ami",
            ami,
            f"EC2 has no such image in this Region that this account may use. AWS said: {words_of(error)}.",
        ) from error
    if image.architecture != architecture.value:
        raise ConfigError(
            f"{key}.ami",
            ami,
            f"it is of {image.architecture}, and the instance type of {architecture.value}. Change one of the two "
            "(t4g.micro is arm64, t3.micro is x86_64).",
        )
    is_windows = image.platform == "windows"
    if is_windows is not (family is Family.WINDOWS):
        raise ConfigError(
            f"{key}.ami", ami, f"it is {'a' if is_windows else 'no'} Windows image, and the family is {family.value}."
        )
