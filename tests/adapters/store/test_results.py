from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.adapters.store.rows import value_columns, value_from
from campaignd.core.cotool import AgentRun, AgentRunStatus, Criterion, CriticalIssue
from campaignd.core.coval import (
    Aggregate,
    Explanation,
    Results,
    RunOptions,
    RunStatus,
    Simulation,
    Value,
)
from campaignd.core.execution import Launch
from campaignd.core.plan import Cell
from campaignd.core.states import LaunchState
from campaignd.engine.records import Missing

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
MUTATION = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
RESOLVED, LATENCY = "jN6mN2pSt5aUv8xZ1bCeFf", "iM5lM1oRs4zTu7wY0aBdEe"


def a_simulation(launch: Launch, number: int, **changes: Any) -> Simulation:
    simulation: dict[str, Any] = {
        "simulation_id": f"sim{number}",
        "run_id": launch.run_id,
        "status": RunStatus.COMPLETED,
        "raw_status": "COMPLETED",
        "create_time": NOW + timedelta(seconds=number),
        "test_case_id": f"case{number % 2}",
    }
    return Simulation(**(simulation | changes))


def a_score(run_id: str, **changes: Any) -> AgentRun:
    run: dict[str, Any] = {
        "run_id": run_id,
        "agent_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
        "agent_name": "Triage",
        "title": "Alert 17",
        "created_at": NOW,
        "updated_at": NOW + timedelta(minutes=1),
        "status": AgentRunStatus.DONE,
    }
    return AgentRun(**(run | changes))


async def test_everything_measured_comes_back_as_it_was(shelf: Any) -> None:
    execution = await shelf.begin(titles={"case0": "Refund", "case1": "Change of address"})
    launch = await shelf.send(execution)
    page = [
        a_simulation(launch, 1),
        a_simulation(launch, 2, mutation_id=MUTATION, mutation_name="fast"),
        a_simulation(launch, 3, status=RunStatus.FAILED, raw_status="FAILED", error="no line"),
        a_simulation(launch, 4, test_case_id=None),
    ]
    values: dict[str, dict[str, Value]] = {
        RESOLVED: {"sim1": "YES", "sim2": "", "sim4": None},
        LATENCY: {"sim1": 1.25, "sim2": 0.0},
        "tools": {"sim1": frozenset({"search", "refund"}), "sim2": frozenset()},
    }
    await shelf.results.save_simulations(execution, launch, page)
    read = [simulation.simulation_id for simulation in page]
    await shelf.results.save_values(execution, launch, Results(values=values), read)
    measured = await shelf.results.measured(execution)
    (found,) = measured.launches
    assert found.launch == launch
    assert list(found.simulations) == page
    assert found.values == {
        "sim1": {RESOLVED: "YES", LATENCY: 1.25, "tools": frozenset({"search", "refund"})},
        "sim2": {RESOLVED: "", LATENCY: 0.0, "tools": frozenset()},
    }
    assert measured.titles == {"case0": "Refund", "case1": "Change of address"}


async def test_writing_the_same_twice_changes_nothing(shelf: Any) -> None:
    execution = await shelf.begin()
    launch = await shelf.send(execution)
    page = [a_simulation(launch, number) for number in range(3)]
    results = Results(
        values={RESOLVED: {"sim0": "YES"}}, aggregates={"latency": Aggregate(1.5, 1.0, 2.0)}
    )
    scores, words = [a_score("run1", score=0.0)], [Explanation(RESOLVED, "YES", "It was.")]
    seen = []
    for _ in range(2):
        await shelf.results.save_simulations(execution, launch, page)
        await shelf.results.save_values(execution, launch, results, ["sim0", "sim1", "sim2"])
        await shelf.results.save_scores(execution, "triage", scores, NOW)
        await shelf.results.save_explanations(execution, "sim0", words)
        seen.append(await shelf.results.measured(execution))
    assert seen[0] == seen[1]


async def test_a_later_look_replaces_an_earlier_one(shelf: Any) -> None:
    execution = await shelf.begin()
    launch = await shelf.send(execution)
    running = a_simulation(launch, 1, status=RunStatus.IN_PROGRESS, raw_status="IN PROGRESS")
    await shelf.results.save_simulations(execution, launch, [running])
    first, second = (Results(values={LATENCY: {"sim1": value}}) for value in (3.0, "n/a"))
    await shelf.results.save_values(execution, launch, first, ["sim1"])
    await shelf.results.save_simulations(execution, launch, [a_simulation(launch, 1)])
    await shelf.results.save_values(execution, launch, second, ["sim1"])
    (found,) = (await shelf.results.measured(execution)).launches
    assert found.simulations[0].status is RunStatus.COMPLETED
    assert found.values == {"sim1": {LATENCY: "n/a"}}


async def test_nothing_stays_of_an_earlier_look_that_the_later_one_did_not_show(
    shelf: Any,
) -> None:
    execution = await shelf.begin(cells=2)
    launch, other = await shelf.send(execution), await shelf.send(execution, 2)
    values: dict[str, dict[str, Value]] = {
        LATENCY: {"sim1": 1.0, "sim2": 2.0},
        RESOLVED: {"sim1": "YES"},
    }
    for each in (launch, other):
        page = [a_simulation(each, 1), a_simulation(each, 2)]
        await shelf.results.save_simulations(execution, each, page)
        whole = Results(values=values, aggregates={"tone": Aggregate(1.0)})
        await shelf.results.save_values(execution, each, whole, ["sim1", "sim2"])
    await shelf.results.save_simulations(execution, launch, [a_simulation(launch, 3)])
    rescored = Results(values={LATENCY: {"sim1": 4.0, "sim3": 5.0}})
    await shelf.results.save_values(execution, launch, rescored, ["sim1", "sim3"])
    found, untouched = (await shelf.results.measured(execution)).launches
    assert [x.simulation_id for x in found.simulations] == ["sim1", "sim3"]
    assert found.values == {"sim1": {LATENCY: 4.0}, "sim3": {LATENCY: 5.0}}
    assert found.aggregates == {}
    assert [x.simulation_id for x in untouched.simulations] == ["sim1", "sim2"]
    assert (len(untouched.values), len(untouched.aggregates)) == (2, 1)


async def test_an_agent_run_that_cotool_no_longer_lists_is_forgotten(shelf: Any) -> None:
    execution = await shelf.begin()
    await shelf.results.save_scores(execution, "triage", [a_score("run1"), a_score("run2")], NOW)
    await shelf.results.save_scores(execution, "billing", [a_score("run1")], NOW)
    await shelf.results.save_scores(execution, "triage", [a_score("run2", score=70.0)], NOW)
    scores = (await shelf.results.measured(execution)).scores
    assert [(run.run_id, run.score) for run in scores["triage"]] == [("run2", 70.0)]
    assert [run.run_id for run in scores["billing"]] == ["run1"]


async def test_a_run_with_aggregates_alone_keeps_them(shelf: Any) -> None:
    execution = await shelf.begin()
    launch = await shelf.send(execution)
    aggregates = {"latency": Aggregate(1.5, 1.0, 2.0), "tone": Aggregate(0.0)}
    await shelf.results.save_values(execution, launch, Results(aggregates=aggregates), [])
    (found,) = (await shelf.results.measured(execution)).launches
    assert (found.aggregates, found.values) == (aggregates, {})


async def test_a_launch_without_a_run_measured_nothing(shelf: Any) -> None:
    execution = await shelf.begin(cells=2)
    await shelf.send(execution, 2)
    measured = await shelf.results.measured(execution)
    assert [found.launch.cell.number for found in measured.launches] == [2]


async def test_two_launches_may_have_simulations_of_the_same_id(shelf: Any) -> None:
    execution = await shelf.begin(cells=2)
    for number in (1, 2):
        launch = await shelf.send(execution, number)
        await shelf.results.save_simulations(execution, launch, [a_simulation(launch, 1)])
        results = Results(values={LATENCY: {"sim1": float(number)}})
        await shelf.results.save_values(execution, launch, results, ["sim1"])
    first, second = (await shelf.results.measured(execution)).launches
    assert (first.values, second.values) == (
        {"sim1": {LATENCY: 1.0}},
        {"sim1": {LATENCY: 2.0}},
    )


async def test_a_mutation_that_the_campaign_does_not_name_keeps_its_id(shelf: Any) -> None:
    execution = await shelf.begin()
    launch = await shelf.send(execution)
    stranger = a_simulation(launch, 1, mutation_id="X" * 26, mutation_name="whatever")
    await shelf.results.save_simulations(execution, launch, [stranger])
    (found,) = (await shelf.results.measured(execution)).launches
    assert found.simulations[0].mutation_id == "X" * 26
    assert found.simulations[0].mutation_name == "X" * 26


async def test_a_page_of_thousands_is_stored_whole(shelf: Any) -> None:
    execution = await shelf.begin()
    launch = await shelf.send(execution)
    page = [a_simulation(launch, number) for number in range(2001)]
    await shelf.results.save_simulations(execution, launch, page)
    (found,) = (await shelf.results.measured(execution)).launches
    assert len(found.simulations) == 2001


@pytest.mark.parametrize(
    ("statuses", "values", "expected"),
    [
        pytest.param("", {}, Missing(4, 0), id="nothing came yet"),
        pytest.param("CCCC", {}, Missing(0, 8), id="no values"),
        pytest.param("CCC", {RESOLVED: "012", LATENCY: "012"}, Missing(1, 0), id="one to come"),
        pytest.param("CCCC", {RESOLVED: "0123", LATENCY: "013"}, Missing(0, 1), id="one value"),
        pytest.param("CCCC", {RESOLVED: "0123", LATENCY: "0123"}, Missing(0, 0), id="all there"),
        pytest.param("CCFF", {RESOLVED: "01", LATENCY: "01"}, Missing(0, 0), id="failed have none"),
        pytest.param("CCCP", {RESOLVED: "012", LATENCY: "012"}, Missing(1, 0), id="one goes on"),
        pytest.param(
            "CCCCP", {RESOLVED: "0123", LATENCY: "0123"}, Missing(1, 0), id="one too many"
        ),
        pytest.param("CC", {RESOLVED: "0123", LATENCY: "0123"}, Missing(2, 0), id="values first"),
        pytest.param("CCCC", {"other": "0123"}, Missing(0, 8), id="values of no metric of ours"),
        pytest.param("CCCCC", {RESOLVED: "01234", LATENCY: "01234"}, Missing(0, 0), id="more"),
    ],
)
async def test_what_a_run_still_owes_is_counted(
    shelf: Any, statuses: str, values: dict[str, str], expected: Missing
) -> None:
    execution = await shelf.begin()
    launch = await shelf.send(execution)
    known = {"C": RunStatus.COMPLETED, "F": RunStatus.FAILED, "P": RunStatus.IN_PROGRESS}
    page = [a_simulation(launch, n, status=known[letter]) for n, letter in enumerate(statuses)]
    await shelf.results.save_simulations(execution, launch, page)
    results = Results(
        values={metric: {f"sim{n}": "YES" for n in came} for metric, came in values.items()}
    )
    read = [simulation.simulation_id for simulation in page]
    await shelf.results.save_values(execution, launch, results, read)
    assert await shelf.results.count_missing(launch) == expected


async def test_scores_come_back_whole_in_the_order_they_were_made(shelf: Any) -> None:
    execution = await shelf.begin()
    graded = a_score(
        "run2",
        created_at=NOW + timedelta(seconds=1),
        model="large",
        tools=("search", "ticket"),
        trigger_source="webhook",
        trigger_name="siem",
        score=0.0,
        explanation="Closed the wrong ticket.",
        bullets=("closed 17", "not 18"),
        criteria=(Criterion("closes the right ticket", met=False, explanation="17 is not 18"),),
        critical_issue=CriticalIssue("destructive_action", "deleted a ticket"),
    )
    ungraded = a_score("run1", status=AgentRunStatus.WAITING, delivers_critical_issues=False)
    judged_on_nothing = a_score("run3", created_at=NOW + timedelta(hours=1), criteria=())
    await shelf.results.save_scores(execution, "triage", [judged_on_nothing, graded, ungraded], NOW)
    measured = await shelf.results.measured(execution)
    assert measured.scores == {"triage": [ungraded, graded, judged_on_nothing]}


async def test_a_grade_that_comes_later_replaces_its_absence(shelf: Any) -> None:
    execution = await shelf.begin()
    for score in (None, 88.5):
        runs = [a_score("run1", score=score)]
        await shelf.results.save_scores(execution, "triage", runs, NOW)
    (run,) = (await shelf.results.measured(execution)).scores["triage"]
    assert run.score == 88.5


async def test_the_judges_words_are_found_by_simulation_and_metric(shelf: Any) -> None:
    execution = await shelf.begin()
    words = [Explanation(RESOLVED, "NO", "Hung up."), Explanation(LATENCY, 9.0, "Slow.")]
    await shelf.results.save_explanations(execution, "sim1", words)
    measured = await shelf.results.measured(execution)
    assert measured.explanations == {("sim1", RESOLVED): "Hung up.", ("sim1", LATENCY): "Slow."}


async def test_results_of_one_execution_are_not_those_of_another(shelf: Any) -> None:
    one, other = await shelf.begin(), await shelf.begin()
    launch = await shelf.send(one)
    await shelf.results.save_simulations(one, launch, [a_simulation(launch, 1)])
    await shelf.results.save_scores(one, "triage", [a_score("run1")], NOW)
    measured = await shelf.results.measured(other)
    assert (measured.launches, measured.scores, measured.titles) == ((), {}, {})


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.frozensets(st.text(max_size=9))
    | st.none()
)
def test_a_value_of_any_kind_survives_its_row(value: Value) -> None:
    cell = Cell(
        number=1,
        key="checkout/calm/smoke",
        agent="checkout",
        persona="calm",
        test_set="smoke",
        agent_id="gk3jK9mPq2xRt5vW8yZaBc",
        persona_id="hL4kL0nQr3ySt6vX9zAcDd",
        test_set_id="aB1cD2eF",
        metric_ids=(LATENCY,),
        mutations=(),
        options=RunOptions(),
        cases=1,
    )
    launch = Launch(1, "01ARYZ6S41TSV4RRFFQ69G5FAV", cell, 1, "key", LaunchState.RUNNING)
    row = value_columns(launch, LATENCY, "sim1", value)
    assert value_from(row["number"], row["text"], row["texts"]) == value
