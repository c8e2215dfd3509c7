"""The desk, from the parts of the service."""

from dataclasses import dataclass

from campaignd.adapters.reporters.forms import render
from campaignd.web.desk import Desk, Gauges, HookBell
from campaignd.wiring.service.crew import Crew
from campaignd.wiring.service.desk.campaigns import ShelvedCampaigns
from campaignd.wiring.service.desk.deliveries import StoredDeliveries
from campaignd.wiring.service.desk.executions import StoredExecutions
from campaignd.wiring.service.desk.health import Health
from campaignd.wiring.service.desk.lookout import Lookout
from campaignd.wiring.service.desk.orders import OrderBook
from campaignd.wiring.service.shelf import Shelf
from campaignd.wiring.service.station import Station


@dataclass(frozen=True, slots=True)
class Staff:
    """The parts of the service that answer what the API asks."""

    station: Station
    shelf: Shelf
    crew: Crew
    lookout: Lookout
    bell: HookBell
    gauges: Gauges


def make_desk(staff: Staff) -> Desk:
    """Put the desk together."""
    return Desk(
        campaigns=ShelvedCampaigns(staff.station, staff.shelf),
        orders=OrderBook(staff.station, staff.shelf, staff.crew),
        executions=StoredExecutions(staff.station, staff.lookout),
        deliveries=StoredDeliveries(staff.station),
        health=Health(staff.station),
        bell=staff.bell,
        gauges=staff.gauges,
        render=render,
    )
