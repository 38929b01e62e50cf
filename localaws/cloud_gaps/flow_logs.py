"""Flow logs to a log group, which moto 5.2.5 finds by its name alone, and not by its ARN."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.flow_logs import FlowLogsBackend

_create = FlowLogsBackend.create_flow_logs


def create_flow_logs(
    backend: FlowLogsBackend,
    *,
    log_destination_type: str | None,
    log_destination: str | None,
    log_group_name: str | None,
    **others: Any,  # noqa: ANN401 - as moto calls it
) -> Any:  # noqa: ANN401 - as moto answers
    """CreateFlowLogs. EC2 says the group's name too, and moto that delivery failed, where it is not told it."""
    if log_destination and log_destination_type != "s3":
        log_group_name = log_destination.partition(":log-group:")[2].removesuffix(":*")
    return _create(
        backend,
        log_destination_type=log_destination_type,  # type: ignore[arg-type]  # moto's own caller passes None too
        log_destination=log_destination,  # type: ignore[arg-type]  # the same
        log_group_name=log_group_name,  # type: ignore[arg-type]  # the same
        **others,
    )
