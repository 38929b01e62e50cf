"""What is refused before anything is made, though no reader of one setting can see it.

A ConfigError that comes later is too late: Pulumi's Python SDK sends every registration that is queued before it hands
on an exception, even a SystemExit (runtime/stack.py, run_pulumi_func).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi

from components.base.document_names import DEFAULT_DOCUMENT
from components.base.errors import NAMESPACE, SECRET, ConfigError
from components.base.needs import SessionNeeds
from components.base.path import AgentPath, Endpoints, Internet
from components.base.region import Region
from components.instance.images import Image
from components.instance.instance import render_user_data
from components.instance.platforms import Family
from components.instance.rights import require_fits as require_rights_fit
from components.instance.settings import ZONES
from components.instance.user_data import UserDataError
from components.instances import Surroundings, instance_args
from components.network.endpoints import agent_services
from components.network.routes import WAYS
from components.network.subnets import count_subnets, plan_subnets
from components.network.zones import find_zones
from components.operators.access import require_fits
from components.operators.people import require_people
from components.sessions.account_preferences import look_at_account_preferences
from components.sessions.planned_needs import planned_needs
from components.sessions.settings import DocumentMode
from components.settings import Settings

# The name of the stack's network: Pulumi knows it by this one.
NETWORK = "main"

# Enough of a person's user data to know it by.
_SHOWN = 40


def choose_zones(settings: Settings, region: Region) -> Sequence[str]:
    """The zones of the stack's network, which have what its instances need.

    Raises:
        ConfigError: there are too few.
    """
    types = {number: {one.instance_type for one in settings.instances if one.zone == number} for number in ZONES}
    return find_zones(
        NETWORK,
        settings.zones,
        region=region,
        variant=settings.variant,
        instance_types=types,
        needs=planned_needs(settings.sessions),
        ec2messages=settings.ec2messages,
    )


def require_deployable(settings: Settings, region: Region, images: Mapping[str, Image], zones: Sequence[str]) -> None:
    """Plan everything once.

    Raises:
        ConfigError: some of it cannot be made.
    """
    if settings.network is None:
        counts = count_subnets(WAYS[settings.variant], len(zones), nat_per_zone=settings.nat_per_zone)
        plan_subnets(settings.cidr, zones, counts)
    needs = planned_needs(settings.sessions)
    around = Surroundings(region=region, images=images, path=_planned_path(settings, needs), needs=needs)
    for index in range(len(settings.instances)):
        _require_user_data(settings, index, around)
        rights = instance_args(settings, settings.instances[index], around).rights
        require_rights_fit(region, replace(rights, **vars(needs)))
    if settings.operators is not None:
        document = settings.sessions.name if settings.sessions else DEFAULT_DOCUMENT
        has_session_key = needs.session_key_arn is not None
        require_fits(region, settings.operators, document=document, has_session_key=has_session_key)
        require_people(region, settings.operators)
    _require_run_as(settings, region)


def _require_run_as(settings: Settings, region: Region) -> None:
    """Warn of sessions as a user whom nobody makes; where the account's own document decides, of all that it asks."""
    sessions, where = settings.sessions, f"{NAMESPACE}:sessions.runAs.user"
    if sessions is None or sessions.document is DocumentMode.SKIP:
        user, where = look_at_account_preferences(region, sessions).run_as, f"runAsDefaultUser of {DEFAULT_DOCUMENT}"
    else:
        user = sessions.run_as.user if sessions.run_as else ""
    linux = any(instance.family is not Family.WINDOWS for instance in settings.instances)
    if user and linux and user not in settings.run_as_users:
        # The agent makes ssm-user only where Run As is off (aws/amazon-ssm-agent#431), and no other at all.
        pulumi.log.warn(
            f"{where} is {user!r}: where an instance has no such user, no session opens. Add it to runAsUsers, unless "
            "the image or userData brings it."
        )


def _planned_path(settings: Settings, needs: SessionNeeds) -> AgentPath:
    """The way as far as it is known before there is a network: all of it that user data says."""
    closed = WAYS[settings.variant].is_closed
    return AgentPath(
        vpc_id="",
        subnet_ids=(),
        https_to=Endpoints(s3_prefix_list_id="") if closed else Internet(),
        services=agent_services(needs, ec2messages=settings.ec2messages),
        ready=(),
    )


def _require_user_data(settings: Settings, index: int, around: Surroundings) -> None:
    wanted = settings.instances[index]
    try:
        render_user_data(instance_args(settings, wanted, around))
    except UserDataError as error:
        key = f"instances[{index}].userData"
        shown = SECRET if "instances" in settings.secrets else wanted.user_data[:_SHOWN]
        raise ConfigError(key, shown, f"{error}.") from error
