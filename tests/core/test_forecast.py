from dataclasses import replace
from datetime import timedelta

import pytest

from campaignd.core.coval import RunOptions
from campaignd.core.forecast import expected_duration
from campaignd.core.plan import Cell, Plan

MINUTE = timedelta(minutes=1)
CELL = Cell(
    number=1,
    key="a/p/t",
    agent="a",
    persona="p",
    test_set="t",
    agent_id="A" * 22,
    persona_id="P" * 22,
    test_set_id="T" * 8,
    metric_ids=(),
    mutations=(),
    options=RunOptions(iterations=1, concurrency=5),
    cases=10,
)


def plan_of(*cases: int | None) -> Plan:
    return Plan(tuple(replace(CELL, cases=count) for count in cases))


@pytest.mark.parametrize(
    ("plan", "runs_in_flight", "minutes"),
    [
        pytest.param(plan_of(), 2, 0, id="nothing to run"),
        pytest.param(plan_of(10), 2, 2, id="ten simulations, five at a time"),
        pytest.param(plan_of(11), 2, 3, id="a started round counts whole"),
        pytest.param(plan_of(10, 10), 2, 2, id="two runs beside each other"),
        pytest.param(plan_of(10, 10), 1, 4, id="two runs after each other"),
        pytest.param(plan_of(50, 5, 5, 5), 2, 10, id="short runs fill a slot beside a long one"),
    ],
)
def test_a_plan_takes_as_long_as_its_runs_in_their_slots(
    plan: Plan, runs_in_flight: int, minutes: int
) -> None:
    assert expected_duration(plan, runs_in_flight, MINUTE) == minutes * MINUTE


def test_nothing_is_promised_where_a_size_is_not_known() -> None:
    assert expected_duration(plan_of(10, None), 2, MINUTE) is None
