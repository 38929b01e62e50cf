"""Which image an instance starts from, asked of AWS before any resource exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from ..base.answers import is_missing, words_of
from ..base.errors import NAMESPACE, ConfigError
from ..base.state import left_of
from .platforms import PLATFORMS, Architecture, Family, Platform
from .settings import InstanceSettings

_INSTANCE = "aws:ec2/instance:Instance"
_COMPONENT = "ssm-only:components:SsmInstance"

# Types that most Regions have, the smallest first; me-central-1, for one, has no t3 and no t4g.
_COMMON: Mapping[Architecture, Sequence[str]] = {
    Architecture.ARM64: ("t4g.micro", "t4g.small", "c6g.medium", "m6g.medium", "m7g.medium"),
    Architecture.X86_64: ("t3.micro", "t3.medium", "c5.large", "m5.large", "m6i.large", "m7i.large"),
}

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
        root_device: how it calls its root volume, where `with_root_device` has asked.
    """

    id: str
    family: Family
    label: str
    pinned: bool
    root_device: str = ""


def find_image(
    instance_type: str,
    platform: Platform,
    *,
    ami: str | None = None,
    family: Family | None = None,
    name: str | None = None,
    volume_size: int | None = None,
    key: str = "instance",
    opts: pulumi.InvokeOptions | None = None,
) -> Image:
    """Find the image for an instance type: the platform's newest, or the one that is named.

    Args:
        instance_type: EC2 is asked for its architecture. Letters do not say it: im4gn and a1 are arm64 too.
        platform: one of the table; `Platform.CUSTOM` needs ami and family.
        ami: an image's id, in place of the newest.
        family: of a custom image.
        name: of the instance. One that is there and started from this ami keeps it, though EC2 has it no longer.
        volume_size: of the root volume in GiB, which must hold the image that ami names.
        key: what an error names, for example ``instances[0]``.
        opts: with a provider, if it is not the default one.

    Raises:
        ConfigError: EC2 has no such type or image, the two do not go together, or the volume is too small.
    """
    architecture = architecture_of(instance_type, platform, f"{key}.instanceType", opts)
    family = PLATFORMS[platform].family if platform in PLATFORMS else family
    if family is None:
        raise ConfigError(
            f"{key}.family", family, f"a custom image needs one of {', '.join(one.value for one in Family)}."
        )
    label = f"{platform.value}-{architecture.value}"
    if ami is not None:
        found = _ask(ami, opts)
        if found is None:
            _require_there(ami, f"{name}-{label}", key)
        else:
            _require_fit(found, architecture, family, key)
            _require_room(found, volume_size, key)
    return Image(
        id=ami or _newest(platform, architecture, key, opts), family=family, label=label, pinned=ami is not None
    )


def find_images(instances: Sequence[InstanceSettings]) -> Mapping[str, Image]:
    """The image of every instance of a stack, by its name.

    Raises:
        ConfigError: as for `find_image`.
    """
    return {one.name: find_image_of(f"instances[{index}]", one, name=one.name) for index, one in enumerate(instances)}


def find_image_of(
    key: str, wanted: InstanceSettings, *, name: str | None = None, opts: pulumi.InvokeOptions | None = None
) -> Image:
    """The image of an entry of a stack's settings; a warning where its maker mends it no longer.

    Args:
        key: of the entry.
        wanted: what is said of it.
        name: as for `find_image`.
        opts: as for `find_image`.

    Raises:
        ConfigError: as for `find_image`.
    """
    if wanted.platform in PLATFORMS and PLATFORMS[wanted.platform].ended:
        pulumi.log.warn(
            f"{NAMESPACE}:{key}.platform is {wanted.platform.value!r}: its maker mends it no longer, since "
            f"{PLATFORMS[wanted.platform].ended}."
        )
    return find_image(
        wanted.instance_type,
        wanted.platform,
        ami=wanted.ami,
        family=wanted.family,
        name=name,
        volume_size=wanted.volume_size,
        key=key,
        opts=opts,
    )


def with_root_device(image: Image, opts: pulumi.InvokeOptions | None = None) -> Image:
    """The image with the name of its root volume, by which a launch template says of what kind that is.

    Under another name it would be a second volume. EC2 has no name that fits every image.

    Args:
        image: as `find_image` found it.
        opts: with a provider, if it is not the default one.
    """
    found = _ask(image.id, opts)
    return replace(image, root_device=found.root_device_name) if found else image


def architecture_of(
    instance_type: str, platform: Platform, key: str, opts: pulumi.InvokeOptions | None = None
) -> Architecture:
    """On which processors EC2 runs a type.

    Args:
        instance_type: an EC2 type.
        platform: which has to run there, so that an error can name types that would do.
        key: what an error names.
        opts: with a provider, if it is not the default one.

    Raises:
        ConfigError: the Region does not have it, or the agent has no package for it.
    """
    # getInstanceType fails for a type that does not exist, and the provider logs that as an error beside ours.
    if instance_type not in _offered([instance_type], opts):
        there = _offered(_common_types(platform), opts)
        raise ConfigError(
            key,
            instance_type,
            "EC2 does not have this type in this Region. "
            + (f"It has {', '.join(there)}. " if there else "")
            + "`aws ec2 describe-instance-types --query InstanceTypes[].InstanceType` lists all.",
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


def _common_types(platform: Platform) -> Sequence[str]:
    """Types that a person may try: of an architecture of the platform, and none smaller than its own."""
    if platform not in PLATFORMS:
        return [one for types in _COMMON.values() for one in types]
    types = [one for architecture in PLATFORMS[platform].parameters for one in _COMMON[architecture]]
    return types[types.index(PLATFORMS[platform].instance_type) :]


def _offered(types: Sequence[str], opts: pulumi.InvokeOptions | None) -> Sequence[str]:
    """Those of these types that the Region has."""
    named = aws.ec2.GetInstanceTypesFilterArgs(name="instance-type", values=types)
    found = aws.ec2.get_instance_types(filters=[named], opts=opts).instance_types
    return [one for one in types if one in found]


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
    except Exception as error:
        if not is_missing(error):
            raise
        raise ConfigError(
            f"{key}.platform",
            platform.value,
            f"this Region does not publish it as {published[architecture]}. Name an image: {key}.ami. "
            f"AWS said: {words_of(error)}.",
        ) from error
    # The id is public; `value` would be a secret, and hide the image in every preview.
    return found.insecure_value


def _ask(ami: str, opts: pulumi.InvokeOptions | None) -> aws.ec2.GetAmiResult | None:
    named = aws.ec2.GetAmiFilterArgs(name="image-id", values=[ami])
    try:
        return aws.ec2.get_ami(filters=[named], include_deprecated=True, opts=opts)
    except Exception as error:
        if is_missing(error):
            return None
        raise


def _require_there(ami: str, instance: str, key: str) -> None:
    """EC2 starts nothing from an image that it has not, but what has started needs it no more."""
    started = [one for one in left_of(_INSTANCE) if one.is_in(_COMPONENT) and one.name == instance]
    if ami not in [one.outputs.get("ami") for one in started]:
        raise ConfigError(f"{key}.ami", ami, "EC2 has no such image in this Region that this account may use.")
    pulumi.log.warn(
        f"{NAMESPACE}:{key}.ami is {ami!r}: EC2 has this image no longer. The instance that started from it is kept; "
        "what replaces it fails."
    )


def _require_room(image: aws.ec2.GetAmiResult, volume_size: int | None, key: str) -> None:
    """EC2 refuses a root volume that is smaller than the image's snapshot, and says so once the network is made."""
    of_root = [one.ebs for one in image.block_device_mappings if one.device_name == image.root_device_name]
    needed = max((int(ebs.get("volume_size", 0)) for ebs in of_root), default=0)
    if volume_size is not None and volume_size < needed:
        raise ConfigError(
            f"{key}.volumeSize",
            volume_size,
            f"the image {image.image_id} has a root volume of {needed} GiB. Use {needed} or more.",
        )


def _require_fit(image: aws.ec2.GetAmiResult, architecture: Architecture, family: Family, key: str) -> None:
    ami = image.image_id
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
