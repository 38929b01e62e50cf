"""Makes the volumes beside the root volume, as resources of their own: they outlive the instance that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .volumes import Volume


def make_volumes(
    name: str,
    volumes: Sequence[Volume],
    *,
    key: pulumi.Input[str],
    subnet_id: pulumi.Input[str],
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> Mapping[str, aws.ebs.Volume]:
    """Make each in the zone of the subnet; the device that it is attached as is the key.

    As a part of the instance's own definition, a volume that grows would make it another instance (pulumi-aws,
    `ebsBlockDevices` of Instance).
    """
    made = {}
    zone = _zone_of(subnet_id, child) if volumes else None
    for volume in volumes:
        label = f"{name}-{volume.label}"
        made[volume.device] = aws.ebs.Volume(
            label,
            availability_zone=zone,
            encrypted=True,
            kms_key_id=key or None,
            size=volume.size,
            type=volume.kind.type.value,
            iops=volume.kind.iops,
            throughput=volume.kind.throughput,
            tags={**tags, "Name": label},
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(retain_on_delete=volume.keep)),
        )
    return made


def attach_volumes(
    name: str, volumes: Mapping[str, aws.ebs.Volume], instance: aws.ec2.Instance, child: pulumi.ResourceOptions
) -> None:
    """Attach each to the instance, which takes it off when it goes."""
    for device, volume in volumes.items():
        aws.ec2.VolumeAttachment(
            f"{name}-{device.rsplit('/', maxsplit=1)[-1]}",
            device_name=device,
            instance_id=instance.id,
            volume_id=volume.id,
            opts=pulumi.ResourceOptions.merge(
                child,
                pulumi.ResourceOptions(
                    # A volume is attached once. What it is attached to goes without a word to a disk that is in use.
                    delete_before_replace=True,
                    deleted_with=instance,
                ),
            ),
        )


def _zone_of(subnet_id: pulumi.Input[str], child: pulumi.ResourceOptions) -> pulumi.Output[str]:
    found = aws.ec2.get_subnet_output(id=subnet_id, opts=pulumi.InvokeOptions(parent=child.parent))
    return found.availability_zone
