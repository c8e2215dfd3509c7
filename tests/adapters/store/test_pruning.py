"""What was measured long ago goes; everything else stays, and nobody is locked out."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import func
from sqlmodel import Session, SQLModel, select
from tests.adapters.store.conftest import NOW, Shelf, a_message
from tests.adapters.store.test_results import RESOLVED, a_score, a_simulation

from campaignd.adapters.store.comparisons import ComparisonRows
from campaignd.adapters.store.database import Database
from campaignd.adapters.store.pruning import Limits, Pruning
from campaignd.adapters.store.tables import (
    ComparedFileRow,
    DeliveryRow,
    EventRow,
    ExecutionRow,
    ExplanationRow,
    IdempotencyRow,
    ResourceRow,
    ScoreRow,
    SimulationRow,
    TitleRow,
    ValueRow,
)
from campaignd.adapters.store.timetable import Booking, Timetable
from campaignd.core.coval import Aggregate, Explanation, Results, RunStatus
from campaignd.core.execution import Cause, Execution
from campaignd.core.gates.than import BASELINE, Than
from campaignd.core.states import DeliveryState, LaunchState
from campaignd.core.verdicts import Verdict
from campaignd.engine.records import ComparedFile, Comparison, ResourceSeen, Search

T = TypeVar("T")
MUCH_LATER = NOW + timedelta(days=200)
LIMITS = Limits(MUCH_LATER - timedelta(days=180), frozenset(), MUCH_LATER)
YOUNG = NOW + timedelta(days=100)
SHARED_MEMORY = 256 * 1024
MEASURED: tuple[type[SQLModel], ...] = (
    SimulationRow,
    ValueRow,
    ExplanationRow,
    ScoreRow,
    ResourceRow,
    TitleRow,
    ComparedFileRow,
)


@pytest.fixture
def pruning(shelf: Shelf) -> Pruning:
    return Pruning(shelf.database)


@pytest.fixture
def rows(shelf: Shelf) -> ComparisonRows:
    return ComparisonRows(shelf.database)


async def measure(
    shelf: Shelf, simulations: int = 3, verdict: Verdict = Verdict.PASSED, **facts: Any
) -> Execution:
    """Have an execution finish with everything that can be measured; the last simulation fails."""
    seen = ResourceSeen("agent", "gk3jK9mPq2xRt5vW8yZaBc", "checkout", version="12")
    table = ComparedFile("main.csv", b"agent,persona\n")
    execution = await shelf.begin(
        titles={"case0": "Refund", "case1": "Move"},
        resources=(seen,),
        compared={Than("file", "main.csv"): table},
        **{"account": "real", **facts},
    )
    launch = await shelf.send(execution)
    page = [a_simulation(launch, number) for number in range(simulations)]
    failed = replace(page[-1], status=RunStatus.FAILED, raw_status="FAILED")
    await shelf.results.save_simulations(execution, launch, [*page[:-1], failed])
    values = {RESOLVED: {each.simulation_id: "YES" for each in page[:-1]}}
    results = Results(values=values, aggregates={"latency": Aggregate(1.5, 1.0, 2.0)})
    await shelf.results.save_values(execution, launch, results, [x.simulation_id for x in page])
    await shelf.results.save_scores(execution, "triage", [a_score("run1")], NOW)
    words = [Explanation(RESOLVED, "YES", "It was.")]
    await shelf.results.save_explanations(execution, "sim0", words)
    for state in (LaunchState.ENDED, LaunchState.COLLECTED):
        moved = replace(launch, state=state)
        assert await shelf.launches.move(execution, launch, moved, NOW)
        launch = moved
    await shelf.finish(execution, verdict)
    return await shelf.reload(execution)


def change(shelf: Shelf, execution: Execution, **values: Any) -> None:
    """Rewrite an execution as no command would."""
    with closing(sqlite3.connect(str(shelf.database.path))) as connection, connection:
        for name, value in values.items():
            connection.execute(
                f"UPDATE execution SET {name} = ? WHERE id = ?",  # noqa: S608
                (value, execution.id),
            )


def grow_young(shelf: Shelf, execution: Execution, at: datetime = YOUNG) -> None:
    change(shelf, execution, finished_at=f"{at:%Y-%m-%d %H:%M:%S}")


async def count(shelf: Shelf, model: type[SQLModel]) -> int:
    query = select(func.count()).select_from(model)
    return await shelf.database.read(lambda session: session.exec(query).one())


async def prune_all(pruning: Pruning, limits: Limits = LIMITS) -> Counter[str]:
    removed: Counter[str] = Counter()
    for execution in await pruning.find(limits):
        removed += Counter(await pruning.prune(execution, limits))
    return removed + Counter(await pruning.prune_unused(limits))


async def test_what_was_measured_goes_and_what_became_of_it_stays(
    shelf: Shelf, pruning: Pruning
) -> None:
    execution = await measure(shelf)
    before = await shelf.executions.load(execution.id)
    removed = await prune_all(pruning)
    assert removed == {
        "executions": 1,
        "simulations": 3,
        "values": 2,
        "explanations": 1,
        "scores": 1,
        "resources": 1,
        "titles": 2,
        "files": 1,
        "events": removed["events"],
    }
    assert [await count(shelf, model) for model in MEASURED] == [0] * len(MEASURED)
    after = await shelf.executions.load(execution.id)
    assert after.execution == replace(before.execution, pruned_at=MUCH_LATER)
    (launch,) = after.launches
    assert (launch.run_id, launch.key) == (f"{execution.id}-1", before.launches[0].key)
    progress = launch.progress
    assert (progress.total, progress.completed, progress.failed) == (3, 2, 1)
    assert (await shelf.results.measured(execution)).launches[0].aggregates == {}
    assert await shelf.log(execution) == ["execution: None -> pruned"]
    assert await prune_all(pruning) == {}


async def test_a_look_before_counts_what_will_go(shelf: Shelf, pruning: Pruning) -> None:
    for _ in range(2):
        await measure(shelf)
    expected = await pruning.count(await pruning.find(LIMITS), LIMITS)
    removed = await prune_all(pruning)
    of_themselves = {name: removed[name] for name in removed if name not in {"titles", "files"}}
    assert of_themselves == expected


async def test_titles_and_tables_that_others_use_stay(shelf: Shelf, pruning: Pruning) -> None:
    await measure(shelf)
    grow_young(shelf, await measure(shelf, simulations=1))
    removed = await prune_all(pruning)
    assert (removed["executions"], removed["titles"], removed.get("files")) == (1, 1, None)
    assert await count(shelf, ComparedFileRow) == 1


async def test_titles_wait_for_executions_that_may_still_need_them(
    shelf: Shelf, pruning: Pruning
) -> None:
    await measure(shelf)
    await shelf.begin(titles={"case9": "New"})
    assert "titles" not in await prune_all(pruning)
    assert await count(shelf, TitleRow) == 3


async def test_what_goes_on_or_is_young_or_pinned_or_needed_stays_whole(
    shelf: Shelf, pruning: Pruning, rows: ComparisonRows
) -> None:
    pinned, needed, young = [await measure(shelf) for _ in range(3)]
    await shelf.begin()
    await rows.pin(pinned, NOW)
    grow_young(shelf, young)
    assert await pruning.find(replace(LIMITS, needed={needed.id})) == []
    assert await pruning.count_whole(LIMITS.until) == 2


async def test_what_young_executions_were_compared_with_stays_whole(
    shelf: Shelf, pruning: Pruning, rows: ComparisonRows
) -> None:
    bases, newer = [await measure(shelf) for _ in range(2)], []
    for base in bases:
        newer.append(await shelf.begin())
        await rows.choose(newer[-1], BASELINE, Comparison(base.id))
        await shelf.finish(newer[-1], Verdict.FAILED)
    grow_young(shelf, newer[0])
    assert await pruning.find(LIMITS) == [bases[1].id]
    needed = frozenset({newer[1].id})
    assert await pruning.find(replace(LIMITS, needed=needed)) == []


async def test_launches_and_second_runs_that_are_not_settled_keep_everything(
    shelf: Shelf, pruning: Pruning
) -> None:
    execution = await shelf.begin()
    launch = await shelf.send(execution)
    await shelf.finish(execution, Verdict.CANCELLED)
    assert await pruning.find(LIMITS) == []
    assert await pruning.prune(execution.id, LIMITS) == {}
    lost = replace(launch, state=LaunchState.LOST, given_up=Cause.CANCELLED)
    assert await shelf.launches.move(execution, launch, lost, NOW)
    assert await pruning.find(LIMITS) == [execution.id]
    await shelf.launches.record_duplicate(execution, launch, "another", NOW)
    assert await pruning.find(LIMITS) == []


async def announce(shelf: Shelf, at: datetime = NOW, **changes: Any) -> Execution:
    """Have an execution without cells finish; its message is on its way."""
    execution = await shelf.create(cells=0)
    assert await shelf.executions.begin(execution, [], at, [a_message(**changes)])
    await shelf.finish(await shelf.reload(execution), Verdict.PASSED)
    return execution


async def settle(shelf: Shelf, execution: Execution, state: DeliveryState, at: datetime) -> None:
    (sent,) = await shelf.deliveries.claim(execution.id, at)
    await shelf.deliveries.settle(replace(sent, state=state, next_attempt_at=None), at)


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.FAILED])
async def test_messages_on_their_way_keep_everything_and_others_go(
    shelf: Shelf, pruning: Pruning, state: DeliveryState
) -> None:
    execution = await announce(shelf)
    assert await pruning.find(LIMITS) == []
    await settle(shelf, execution, state, NOW)
    assert (await prune_all(pruning))["deliveries"] == 1
    assert await count(shelf, DeliveryRow) == 0


async def test_a_receiver_that_wants_no_more_stays_disabled(shelf: Shelf, pruning: Pruning) -> None:
    # Made before the first is answered: both are sent, and both answered with 410.
    later = NOW + timedelta(seconds=1)
    made = [await announce(shelf, NOW, message_id="msg_9"), await announce(shelf, later)]
    claimed = await shelf.deliveries.claim(None, later)
    for sent in claimed:
        gone = replace(sent, state=DeliveryState.DISABLED, next_attempt_at=None)
        await shelf.deliveries.settle(gone, later)
    assert await pruning.find(LIMITS) == [each.id for each in made]
    assert (await prune_all(pruning))["deliveries"] == 1
    (left,) = await shelf.deliveries.list()
    assert left.id == "msg_1"


async def test_pruned_executions_serve_as_nobodys_baseline(
    shelf: Shelf, pruning: Pruning, rows: ComparisonRows
) -> None:
    old, kept = await measure(shelf), await measure(shelf)
    search = Search("nightly", "real", MUCH_LATER)
    assert await rows.eligible(search, 5) == [kept.id, old.id]
    await prune_all(pruning, replace(LIMITS, needed={kept.id}))
    assert await rows.eligible(search, 5) == [kept.id]


async def test_large_executions_go_in_portions(shelf: Shelf) -> None:
    await measure(shelf, simulations=7)
    removed = await prune_all(Pruning(shelf.database, portion=2))
    assert (removed["simulations"], removed["values"]) == (7, 6)


class Dying(Database):
    """A database whose process dies after so many transactions."""

    def __init__(self, url: str, writes: int) -> None:
        super().__init__(url)
        self._left = writes

    async def write(self, work: Callable[[Session], T]) -> T:
        if not self._left:
            raise InterruptedError
        self._left -= 1
        return await super().write(work)


async def test_an_interrupted_pruning_is_gone_on_with_and_never_looks_whole(
    shelf: Shelf, pruning: Pruning, database_file: Path
) -> None:
    execution = await measure(shelf, simulations=7)
    dying = Dying(f"sqlite:///{database_file}", writes=2)
    with pytest.raises(InterruptedError):
        await Pruning(dying, portion=2).prune(execution.id, LIMITS)
    dying.close()
    assert (await shelf.reload(execution)).pruned_at == MUCH_LATER
    assert await count(shelf, SimulationRow) == 5
    again = replace(LIMITS, now=MUCH_LATER + timedelta(days=1))
    assert await pruning.find(again) == [execution.id]
    assert (await prune_all(pruning, again))["simulations"] == 5
    stored = await shelf.executions.load(execution.id)
    assert stored.execution.pruned_at == MUCH_LATER
    assert stored.launches[0].progress.total == 7


async def test_decided_moments_go_but_the_last_and_none_is_taken_for_missed(
    shelf: Shelf, pruning: Pruning
) -> None:
    timetable = Timetable(shelf.database)
    await timetable.learn("nightly", [("0 3 * * *", "UTC")], NOW - timedelta(days=1))
    for day in range(3):
        booking = Booking("nightly", NOW + timedelta(days=day), "real", "skip")
        assert await timetable.skip(booking, "for a reason", NOW)
    assert (await prune_all(pruning))["moments"] == 2
    last = await timetable.last_decided("nightly")
    assert last is not None
    assert last.moment == NOW + timedelta(days=2)
    known = await timetable.learn("nightly", [("0 3 * * *", "UTC")], MUCH_LATER)
    assert known == {("0 3 * * *", "UTC"): LIMITS.until}


async def test_idempotency_keys_live_for_a_week_however_little_is_kept(
    shelf: Shelf, pruning: Pruning
) -> None:
    def add(days: int) -> IdempotencyRow:
        at = MUCH_LATER - timedelta(days=days)
        return IdempotencyRow(
            caller="t", key=str(days), fingerprint="f", execution="01A", created_at=at
        )

    await shelf.database.write(lambda session: session.add_all([add(6), add(8), add(190)]))
    assert (await prune_all(pruning))["keys"] == 1
    everything = replace(LIMITS, until=MUCH_LATER)
    assert await pruning.count([], everything) == {"keys": 1}
    assert (await prune_all(pruning, everything))["keys"] == 1
    assert await count(shelf, IdempotencyRow) == 1


async def test_the_newest_execution_of_each_campaign_and_account_is_found(
    shelf: Shelf, pruning: Pruning
) -> None:
    await shelf.create(account="real")
    newest = [await shelf.create(account=name) for name in ("real", "embedded sandbox")]
    newest.append(await shelf.create(account="real", campaign="hourly"))
    assert {each.id for each in await pruning.newest()} == {each.id for each in newest}


async def test_room_is_free_for_what_comes_next_and_given_back_on_demand(
    shelf: Shelf, pruning: Pruning, database_file: Path
) -> None:
    await measure(shelf, simulations=2000)
    await prune_all(pruning)
    before = await pruning.space.measure()
    assert before.free > before.size / 3
    await pruning.space.vacuum()
    await pruning.space.trim_log()
    after = await pruning.space.measure()
    assert after.free == 0
    assert after.size < before.size * 2 / 3
    sizes = [path.stat().st_size for path in database_file.parent.glob("campaignd.db*")]
    assert sum(sizes) < after.size + SHARED_MEMORY


async def test_nothing_of_the_verdicts_record_is_touched(shelf: Shelf, pruning: Pruning) -> None:
    execution = await measure(shelf, verdict=Verdict.FAILED)

    def read(session: Any) -> dict[str, Any]:
        row = session.get(ExecutionRow, execution.id).model_dump()
        return {name: row[name] for name in row if name not in {"pruned_at", "version"}}

    before = await shelf.database.read(read)
    await prune_all(pruning)
    assert await shelf.database.read(read) == before
    assert await count(shelf, EventRow) == 1
