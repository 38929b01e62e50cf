"""What is refused before anything is made, though no reader of one setting can see it.

A ConfigError that comes later is too late: Pulumi's Python SDK sends every registration that is queued before it hands
on an exception, even a SystemExit (runtime/stack.py, run_pulumi_func).
"""

from collections.abc import Mapping
from dataclasses import replace

from components.base.document_names import DEFAULT_DOCUMENT
from components.base.errors import ConfigError
from components.base.needs import SessionNeeds
from components.base.path import AgentPath, Endpoints, Internet
from components.base.region import Region
from components.instance.images import Image
from components.instance.instance import render_user_data
from components.instance.rights import require_fits as require_rights_fit
from components.instance.user_data import UserDataError
from components.instances import Surroundings, instance_args
from components.network.endpoints import agent_services
from components.network.routes import WAYS
from components.network.subnets import count_subnets, plan_subnets
from components.operators.access import require_fits
from components.sessions.planned_needs import planned_needs
from components.settings import Settings

# Enough of a person's user data to know it by.
_SHOWN = 40


def require_deployable(settings: Settings, region: Region, images: Mapping[str, Image]) -> None:
    """Plan everything once.

    Raises:
        ConfigError: some of it cannot be made.
    """
    counts = count_subnets(WAYS[settings.variant], settings.zones, nat_per_zone=settings.nat_per_zone)
    plan_subnets(settings.cidr, region.first_zones(settings.zones), counts)
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


def _planned_path(settings: Settings, needs: SessionNeeds) -> AgentPath:
    """The way as far as it is known before there is a network: all of it that user data says."""
    closed = WAYS[settings.variant].is_closed
    return AgentPath(
        vpc_id="",
        subnet_ids=(),
        https_to=Endpoints(group_id="", s3_prefix_list_id="") if closed else Internet(),
        services=agent_services(needs, ec2messages=settings.ec2messages),
        ready=(),
    )


def _require_user_data(settings: Settings, index: int, around: Surroundings) -> None:
    wanted = settings.instances[index]
    try:
        render_user_data(instance_args(settings, wanted, around))
    except UserDataError as error:
        key = f"instances[{index}].userData"
        raise ConfigError(key, wanted.user_data[:_SHOWN], f"{error}.") from error
