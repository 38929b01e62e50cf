"""The fleets of a stack, from its settings."""

from collections.abc import Mapping
from dataclasses import replace

from .instance.fleet import SsmFleet, SsmFleetArgs
from .instance.fleet_settings import FleetSettings
from .instance.instance import SsmInstanceArgs
from .instances import Surroundings, instance_args
from .settings import Settings


def make_fleets(settings: Settings, around: Surroundings) -> Mapping[str, SsmFleet]:
    """Make each fleet of the list; its name is the key."""
    return {
        fleet.name: SsmFleet(
            fleet.name, SsmFleetArgs(instance=launch_args(settings, fleet, around), scaling=fleet.scaling)
        )
        for fleet in settings.fleets
    }


def launch_args(settings: Settings, fleet: FleetSettings, around: Surroundings) -> SsmInstanceArgs:
    """What each instance of a fleet is made from: as one of the stack's instances, without a parameter to report to."""
    args = instance_args(settings, fleet.instance, around)
    # How many run is a question of the group's, which no `up` can wait for one by one.
    return replace(args, rights=replace(args.rights, report_parameter=None), wait_for_agent=0)
