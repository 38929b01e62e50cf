"""Waits until an agent has registered: an `up` that made another instance ends the old one only after that.

An instance that this `up` made has no status before its agent has registered, so `Online` is this boot's. One that was
stopped and started may still have that of the boot before, for the minutes that AWS takes to notice: the provider's
function gives the ids of DescribeInstanceInformation and not its LastPingDateTime, and no filter of that call is a time
(Systems Manager API reference, "InstanceInformationStringFilter"). The doctor asks for the agent's connection instead.
"""

import asyncio
from typing import Any

import pulumi

# Pulumi deletes what it replaces once the program has ended. So a program that waits keeps the old one.
_PAUSE = 10  # seconds; DescribeInstanceInformation takes more calls than this
_MINUTE = 60


def wait_until_online(
    name: str, instance_id: pulumi.Output[str], minutes: int, child: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """The instance's id, once its agent is online.

    Args:
        name: of the instance, for the error.
        instance_id: of it.
        minutes: how long to wait at most.
        child: the options of a child of the instance's component, for its provider.

    Raises:
        pulumi.RunError: in the Output, when the time is over. What the update was to take away is all there then.
    """
    options = pulumi.InvokeOptions(parent=child.parent)

    async def wait(there: str) -> str:
        for _ in range(minutes * _MINUTE // _PAUSE):
            if await _is_online(there, options):
                return there
            await asyncio.sleep(_PAUSE)
        message = (
            f"{name} ({there}) is not online after {minutes} minutes (waitForAgent). What was to go, such as the "
            "instance before it, is still there. `python -m doctor` says what is wrong; the next `pulumi up` goes on."
        )
        raise pulumi.RunError(message)

    return instance_id if pulumi.runtime.is_dry_run() else instance_id.apply(wait)


async def _is_online(instance_id: str, options: pulumi.InvokeOptions) -> bool:
    filters = [{"name": "InstanceIds", "values": [instance_id]}, {"name": "PingStatus", "values": ["Online"]}]
    found: Any = await pulumi.runtime.invoke_async("aws:ssm/getInstances:getInstances", {"filters": filters}, options)
    return instance_id in found["ids"]
