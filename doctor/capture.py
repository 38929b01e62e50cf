"""`--capture`: a VPC as a file, for `python -m ssm_guard explain --world` to know what is there beside a stack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from doctor.asking import Asker
from doctor.errors import DoctorError
from doctor.facts import Unknown, left_out
from doctor.network_survey import NetworkSurveyor
from doctor.survey import DEFAULT_MANAGEMENT
from doctor.world import network_of
from reachability.snapshot import to_json

if TYPE_CHECKING:
    from doctor.aws import Clients


def capture(clients: Clients, vpc_id: str) -> str:
    """The text of a snapshot. What may not be asked is told in it as not known.

    Raises:
        ClientError: AWS refuses the credentials.
        DoctorError: there is no such VPC, nobody may ask whether there is, or AWS's answer leaves out what it is about.
    """
    asker = Asker()
    try:
        account = _account(clients, asker)
        world = network_of(NetworkSurveyor(clients, asker).whole(vpc_id, account))
        return to_json(replace(world, account="" if isinstance(account, Unknown) else account))
    except KeyError as error:
        raise DoctorError(left_out(error).why) from error


def _account(clients: Clients, asker: Asker) -> str | Unknown:
    """Whose credentials these are: the ARN of any setting tells, and needs no right that the doctor does not have."""

    def arn() -> str:
        return clients.ssm.get_service_setting(SettingId=DEFAULT_MANAGEMENT)["ServiceSetting"]["ARN"]

    try:
        found = asker.ask("ssm:GetServiceSetting", arn)
    except KeyError as error:
        return left_out(error)
    return found if isinstance(found, Unknown) else found.split(":")[4]
