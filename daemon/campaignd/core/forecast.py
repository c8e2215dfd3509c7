"""How long a plan will take, by a stated assumption."""

from datetime import timedelta
from heapq import heapify, heapreplace

from campaignd.core.plan import Plan

ASSUMED_SIMULATION = timedelta(minutes=2)
"""What one simulation takes where nothing better is known: a voice call is minutes long."""


def expected_duration(plan: Plan, runs_in_flight: int, simulation: timedelta) -> timedelta | None:
    """Return when the last run ends, launched in order as slots come free.

    None while a test set's size is not known.
    """
    free_at = [timedelta()] * runs_in_flight
    heapify(free_at)
    end = timedelta()
    for cell in plan.cells:
        if cell.simulations is None:
            return None
        rounds = -(-cell.simulations // cell.options.concurrency)
        ends = free_at[0] + rounds * simulation
        heapreplace(free_at, ends)
        end = max(end, ends)
    return end
