"""What is shown of what is known."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.adapters.remote.scripted import CELL, report

from campaignd.adapters.remote.picture import Picture, Progress
from campaignd.core.report import ExecutionReport

STARTED = datetime(2026, 11, 2, 3, tzinfo=UTC)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def told(**changes: Any) -> ExecutionReport:
    told = report(done=2)
    told["cells"][0] |= changes
    return ExecutionReport.model_validate(told)


def progress(done: int, planned: int = 12) -> Progress:
    cell = {"key": CELL, "state": "queued", "done": done, "planned": planned}
    return Progress.model_validate({"state": "scoring", "cells": [cell]})


def test_nothing_is_shown_before_the_first_report() -> None:
    picture = Picture()
    picture.hear(progress(3))
    assert picture.view(NOON) is None


def test_progress_has_the_numbers_and_the_report_all_else() -> None:
    picture = Picture()
    failing = {"planned": 12, "completed": 1, "failed": 4}
    picture.learn(told(error="slow", simulations=failing))
    picture.hear(progress(9))
    view = picture.view(NOON)
    assert view is not None
    (cell,) = view.cells
    assert view.state == "scoring"
    assert (cell.state, cell.done, cell.failed, cell.note) == ("queued", 9, 4, "slow")


def test_no_more_is_done_or_failed_than_there_is() -> None:
    picture = Picture()
    picture.learn(told(simulations={"planned": 12, "completed": 20, "failed": 30}))
    view = picture.view(NOON)
    assert view is not None
    assert (view.cells[0].done, view.cells[0].failed) == (12, 12)
    picture.hear(progress(9, planned=6))
    view = picture.view(NOON)
    assert view is not None
    assert (view.cells[0].done, view.cells[0].failed) == (6, 6)


def test_what_was_heard_is_forgotten_when_no_more_comes() -> None:
    picture = Picture()
    picture.learn(told())
    picture.hear(progress(9))
    picture.forget()
    view = picture.view(NOON)
    assert view is not None
    assert (view.state, view.cells[0].state, view.cells[0].done) == ("running", "running", 2)


def test_a_clock_that_is_behind_the_services_shows_no_negative_time() -> None:
    picture = Picture()
    picture.learn(told())
    view = picture.view(STARTED - timedelta(hours=1))
    assert view is not None
    assert view.now == view.started_at
