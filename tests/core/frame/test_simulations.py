from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.coval import RunStatus, Value
from campaignd.core.evidence import CellEvidence, CellOutcome, Evidence, SimulationEvidence
from campaignd.core.frame import ABSENT, Arm, Frame, Kind, Status, Unit, build_frame
from campaignd.core.metrics import CovalMetric

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
RATED = {"resolved": CovalMetric.model_validate({"id": "R" * 22, "pass_when": {"equals": "YES"}})}
DONE = RunStatus.COMPLETED


def cell(key: str, cases: int, iterations: int = 1, **fields: object) -> CellEvidence:
    agent, persona, test_set = key.split("/")
    plain: dict[str, object] = {"variants": ("base",), "outcome": CellOutcome.COLLECTED}
    return CellEvidence(
        key=key,
        agent=agent,
        persona=persona,
        test_set=test_set,
        cases_planned=cases,
        iterations=iterations,
        **(plain | fields),  # type: ignore[arg-type]
    )


def simulation(
    name: str, case: str | None, value: Value = "YES", **fields: object
) -> SimulationEvidence:
    plain: dict[str, object] = {
        "cell": "a/p/t",
        "variant": "base",
        "created_at": START,
        "status": DONE,
    }
    return SimulationEvidence(
        simulation_id=name,
        test_case=case,
        values={"resolved": value},
        **(plain | fields),  # type: ignore[arg-type]
    )


def frame(cells: Sequence[CellEvidence], *simulations: SimulationEvidence) -> Frame:
    return build_frame(Evidence(tuple(cells), simulations), RATED)


def rows(built: Frame) -> list[tuple[str | None, int, int]]:
    """Test case, iteration and source of each row."""
    items = [built.unit_names[unit].item for unit in built.units]
    return list(zip(items, built.iteration.tolist(), built.source.tolist(), strict=True))


def test_rows_go_by_arm_and_case_then_by_time_then_by_id() -> None:
    later = START + timedelta(seconds=1)
    built = frame(
        [cell("a/p/t", 2, 3, variants=("base", "m1"))],
        simulation("s9", "x", created_at=later),
        simulation("s2", "x"),
        simulation("s1", "x"),
        simulation("s5", "y", variant="m1"),
        simulation("s4", "y"),
    )

    assert [arm.variant for arm in built.arms] == ["base", "m1"]
    assert built.starts.tolist() == [0, 6, 12]
    assert rows(built)[:4] == [("x", 1, 2), ("x", 2, 1), ("x", 3, 0), ("y", 1, 4)]


def test_an_arm_knows_its_cell() -> None:
    built = frame([cell("a/p/t", 1)], simulation("s1", "x"))

    assert built.arms == (Arm("a", "a/p/t", "p", "t", "base"),)
    assert built.unit_names == (Unit("a", "t", "x"),)


def test_what_a_case_lacks_is_a_lost_row_of_that_case() -> None:
    built = frame(
        [cell("a/p/t", 2, 2)], simulation("s1", "x"), simulation("s2", "x"), simulation("s3", "y")
    )

    assert rows(built) == [("x", 1, 0), ("x", 2, 1), ("y", 1, 2), ("y", 2, ABSENT)]
    assert built.status.tolist() == [0, 0, 0, Status.LOST]


def test_cases_that_only_another_arm_saw_are_lacking_in_this_one() -> None:
    built = frame([cell("a/p/t", 1), cell("a/q/t", 1)], simulation("s1", "x"))

    assert rows(built) == [("x", 1, 0), ("x", 1, ABSENT)]
    assert len(built.unit_names) == 1


def test_cases_that_nobody_saw_are_shared_by_the_arms() -> None:
    built = frame([cell("a/p/t", 3, 2), cell("a/q/t", 3, 2)], simulation("s1", "x"))

    assert len(built.units) == 12
    assert [unit.item for unit in built.unit_names] == ["x", None, None]


@pytest.mark.parametrize("outcome", [CellOutcome.LOST, CellOutcome.TIMED_OUT])
def test_nothing_of_a_lost_cell_counts(outcome: CellOutcome) -> None:
    built = frame([cell("a/p/t", 2, outcome=outcome)], simulation("s1", "x"))

    assert built.source.tolist() == [ABSENT, ABSENT]


def test_what_was_not_planned_is_left_out() -> None:
    built = frame(
        [cell("a/p/t", 1)],
        simulation("s1", "x"),
        simulation("s2", "x", variant="unknown"),
        simulation("s3", "x", cell="b/p/t"),
    )

    assert built.source.tolist() == [0]


def test_more_than_planned_is_kept() -> None:
    built = frame([cell("a/p/t", 1)], simulation("s1", "x"), simulation("s2", "y"))

    assert built.source.tolist() == [0, 1]


def test_simulations_without_a_named_case_each_count_once() -> None:
    built = frame([cell("a/p/t", 2)], simulation("s1", None), simulation("s2", None))

    assert len(set(built.units.tolist())) == 2


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(RunStatus.COMPLETED, Status.COMPLETED, id="completed"),
        pytest.param(RunStatus.FAILED, Status.FAILED, id="failed"),
        pytest.param(RunStatus.CANCELLED, Status.LOST, id="cancelled"),
        pytest.param(RunStatus.DELETED, Status.LOST, id="deleted"),
        pytest.param(RunStatus.SKIPPED, Status.LOST, id="skipped"),
        pytest.param(RunStatus.IN_PROGRESS, Status.LOST, id="still going on"),
        pytest.param(RunStatus.UNKNOWN, Status.LOST, id="nobody knows"),
    ],
)
def test_only_a_failure_is_the_agent_s(status: RunStatus, expected: Status) -> None:
    built = frame([cell("a/p/t", 1)], simulation("s1", "x", status=status))

    assert built.status.tolist() == [expected]
    assert (built.columns["resolved"].kinds == Kind.NOTHING).all() == (status is not DONE)


def test_values_are_sorted_into_what_they_are() -> None:
    values: list[Value] = ["YES", "NO", "UNKNOWN", 2.0, float("nan"), frozenset({"a"}), None]
    simulations = [simulation(f"s{n}", f"c{n}", value) for n, value in enumerate(values)]

    column = frame([cell("a/p/t", 7)], *simulations).columns["resolved"]

    assert [Kind(kind).name for kind in column.kinds] == [
        "TEXT",
        "TEXT",
        "UNSURE",
        "NUMBER",
        "ENDLESS",
        "SET",
        "NOTHING",
    ]
    np.testing.assert_array_equal(column.passes, [1, 0, 0, 0, np.nan, 0, np.nan])


def test_unknown_may_be_what_passes() -> None:
    metric = CovalMetric.model_validate({"id": "R" * 22, "pass_when": {"equals": "UNKNOWN"}})
    evidence = Evidence((cell("a/p/t", 1),), (simulation("s1", "x", "UNKNOWN"),))

    assert build_frame(evidence, {"resolved": metric}).columns["resolved"].passes.tolist() == [1]


def test_an_execution_without_cells_has_an_empty_frame() -> None:
    built = frame([])

    assert (len(built.units), built.arms, built.starts.tolist()) == (0, (), [0])


@given(
    st.integers(0, 4),
    st.integers(1, 3),
    st.lists(st.tuples(st.sampled_from("pq"), st.sampled_from([*"xyz", None])), max_size=12),
)
def test_every_simulation_has_one_row_and_no_arm_has_less_than_planned(
    cases: int, iterations: int, told: list[tuple[str, str | None]]
) -> None:
    cells = [cell("a/p/t", cases, iterations), cell("a/q/t", cases, iterations)]
    simulations = [
        simulation(f"s{n}", case, cell=f"a/{persona}/t") for n, (persona, case) in enumerate(told)
    ]

    built = frame(cells, *simulations)

    assert sorted(s for s in built.source.tolist() if s != ABSENT) == list(range(len(told)))
    assert min(np.diff(built.starts)) >= cases * iterations
