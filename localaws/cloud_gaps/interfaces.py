"""The network interface that an instance is started with, of which moto 5.2.5 tells half."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.instances import Instance

_prep_nics = Instance.prep_nics


def prep_nics(instance: Instance, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as moto calls it
    """RunInstances with an interface: its groups are the instance's too.

    The provider asks so wherever it asks for a public address, and reads the groups from the instance.
    """
    _prep_nics(instance, *args, **options)
    if not instance.security_groups and 0 in instance.nics:
        instance.security_groups = list(instance.nics[0].group_set)
