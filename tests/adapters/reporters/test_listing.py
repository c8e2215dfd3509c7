from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from campaignd.adapters.reporters.listing import ExecutionSummary, render_history, render_list
from campaignd.adapters.reporters.screen import Screen
from campaignd.core.verdicts import Verdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_executions_are_listed() -> None:
    assert render_list(ROWS, NOW, Screen(80)) == LISTED


@pytest.mark.parametrize("width", [80, 40])
def test_a_list_stays_inside_the_screen(width: int) -> None:
    drawn = render_list(ROWS, NOW, Screen(width))
    assert all(cell_len(line) <= width for line in drawn.splitlines())
    assert all(row.id in drawn for row in ROWS)


def test_a_history_shows_the_strip_of_verdicts_oldest_first() -> None:
    drawn = render_history("nightly", ROWS, NOW, Screen(80))
    assert drawn.startswith("nightly: 1 of 2 passed, oldest to newest ✓✗…\n")


def test_nothing_to_list_says_what_to_do() -> None:
    assert render_list((), NOW, Screen()) == (
        "No executions yet. `campaignd run FILE` starts one.\n"
    )
    assert render_history("nightly", (), NOW, Screen()) == "No executions of nightly yet.\n"


LISTED = """\
Verdict    Execution                        Started  Took  Gates
────────────────────────────────────────────────────────────────
… running  nightly (cli)                    2m ago     2m      -
             01JDA8Q2ZK7M4T5N6P8R9S0TV3
✗ failed   nightly (schedule, branch=main)  9h ago    12m  10/12
             01JDA8Q2ZK7M4T5N6P8R9S0TV2
✓ passed   nightly (schedule)               1d ago     1h  12/12
             01JDA8Q2ZK7M4T5N6P8R9S0TV1
"""
ROWS = (
    ExecutionSummary(
        id="01JDA8Q2ZK7M4T5N6P8R9S0TV3",
        campaign="nightly",
        trigger="cli",
        state="running",
        verdict=None,
        started_at=NOW - timedelta(minutes=2),
    ),
    ExecutionSummary(
        id="01JDA8Q2ZK7M4T5N6P8R9S0TV2",
        campaign="nightly",
        trigger="schedule",
        state="finished",
        verdict=Verdict.FAILED,
        started_at=NOW - timedelta(hours=9),
        finished_at=NOW - timedelta(hours=8, minutes=48),
        gates=12,
        gates_failed=2,
        labels={"branch": "main"},
    ),
    ExecutionSummary(
        id="01JDA8Q2ZK7M4T5N6P8R9S0TV1",
        campaign="nightly",
        trigger="schedule",
        state="finished",
        verdict=Verdict.PASSED,
        started_at=NOW - timedelta(days=1, hours=9),
        finished_at=NOW - timedelta(days=1, hours=8),
        gates=12,
    ),
)
