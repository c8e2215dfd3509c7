"""What the log says of moves, and when."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session
from structlog.testing import capture_logs
from tests.adapters.store.conftest import NOW, Shelf, a_message

from campaignd.adapters.store.moves import EXECUTION, Move, log
from campaignd.core.execution import Cause, Execution
from campaignd.core.states import DeliveryState, ExecutionState, IllegalMove


def lines(logs: Any) -> list[dict[str, Any]]:
    return [dict(line) for line in logs if line["event"] == "moved"]


async def test_a_move_of_a_launch_is_one_line_that_names_all_it_is_about(shelf: Shelf) -> None:
    execution = await shelf.begin()
    launch = await shelf.take(execution)
    with capture_logs() as logs:
        await shelf.reserve(execution, launch)
    assert lines(logs) == [
        {
            "event": "moved",
            "log_level": "info",
            "campaign": "nightly",
            "execution": execution.id,
            "cell": "checkout/calm/set1",
            "subject": f"launch {execution.id.lower()}-1-1",
            "old": "planned",
            "new": "sending",
            "why": "send 1",
        }
    ]


async def test_each_move_in_the_log_is_an_event_in_the_database_and_the_other_way_round(
    shelf: Shelf,
) -> None:
    with capture_logs() as logs:
        execution = await shelf.announce([a_message("msg_1")])
        (delivery,) = await shelf.deliveries.claim(None, NOW)
        delivered = replace(delivery, state=DeliveryState.DELIVERED, delivered_at=NOW)
        await shelf.deliveries.settle(delivered, NOW)
        await shelf.send(execution)
        await shelf.executions.ask_to_stop(execution.id, Cause.CANCELLED, NOW)
        await shelf.executions.take_over(execution, "another", NOW)
    told = [(line.get("old"), line.get("new", line["event"]), line["subject"]) for line in logs]
    stored = await shelf.history.events(execution.id)
    assert told == [(event.old, event.new, event.subject) for event in stored]
    assert {line["campaign"] for line in logs} == {"nightly"}
    assert {line["execution"] for line in logs} == {execution.id}


async def test_what_is_rolled_back_is_not_told(shelf: Shelf) -> None:
    execution = await shelf.begin()

    def move_in_vain(session: Session) -> None:
        log(session, finish(execution))
        raise RuntimeError

    with capture_logs() as logs, pytest.raises(RuntimeError):
        await shelf.database.write(move_in_vain)
    assert logs == []


async def test_what_cannot_be_committed_is_not_told(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = await shelf.begin()

    def fail(_session: Session) -> None:
        raise RuntimeError

    monkeypatch.setattr(Session, "commit", fail)
    with capture_logs() as logs, pytest.raises(RuntimeError):
        await shelf.executions.ask_to_stop(execution.id, Cause.CANCELLED, NOW)
    assert logs == []


async def test_nothing_is_told_before_it_is_committed(shelf: Shelf) -> None:
    execution = await shelf.begin()

    def move(session: Session) -> int:
        log(session, finish(execution))
        session.flush()
        return len(logs)

    with capture_logs() as logs:
        told_early = await shelf.database.write(move)
    assert (told_early, len(logs)) == (0, 1)


async def test_staying_and_illegal_moves_are_not_told(shelf: Shelf) -> None:
    execution = await shelf.begin()
    running, queued = ExecutionState.RUNNING, ExecutionState.QUEUED

    def stay(session: Session) -> None:
        log(session, Move(execution.id, EXECUTION, running, running, NOW))

    def go_back(session: Session) -> None:
        log(session, Move(execution.id, EXECUTION, running, queued, NOW))

    with capture_logs() as logs:
        await shelf.database.write(stay)
        with pytest.raises(IllegalMove):
            await shelf.database.write(go_back)
    assert logs == []


def finish(execution: Execution) -> Move:
    judging, later = ExecutionState.JUDGING, NOW + timedelta(minutes=1)
    return Move(execution.id, EXECUTION, ExecutionState.RUNNING, judging, later)
