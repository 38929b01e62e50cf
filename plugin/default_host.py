"""Default Host Management of an account and Region."""

import pulumi
from typing_extensions import NotRequired

import components
from components.base.region import Region
from components.settings import READERS
from plugin.reading import parse, read_plain
from plugin.session import SessionArgs, read_needs


class DefaultHostManagementArgs(SessionArgs):
    """What the role may do, on all instances alike."""

    permissionsBoundary: NotRequired[str]
    """ARN of the policy that the role can never go beyond."""
    tags: NotRequired[dict[str, str]]
    """Tags for the role."""


class DefaultHostManagement(pulumi.ComponentResource):
    """The role by which Systems Manager manages every instance of an account and Region, and the setting that names it.

    An account has one in each Region: making it replaces what was there, and destroying it resets it to none. Have it
    in a stack of the account. Instances with defaultHostManagement register by it.
    """

    role_name: pulumi.Output[str]
    """For policies that are to be added."""

    def __init__(self, name: str, args: DefaultHostManagementArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Read all, then make it."""
        settings = parse(read_plain(args, [key for key in args if key in READERS]))
        needs = read_needs(args)
        super().__init__("ssm-only:index:DefaultHostManagement", name, {}, opts)
        made = components.DefaultHostManagement(
            name,
            components.DefaultHostManagementArgs(
                region=Region.ask(pulumi.InvokeOptions(parent=self)),
                needs=needs,
                permissions_boundary=settings.permissions_boundary,
                tags=settings.all_tags,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.role_name = made.role_name
        self.register_outputs({})
