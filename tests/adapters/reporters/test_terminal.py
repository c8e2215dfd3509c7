import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.adapters.reporters.conftest import report_of

from campaignd.adapters.reporters.screen import Screen
from campaignd.adapters.reporters.terminal import render_report
from campaignd.core.report import CellReport, ExecutionReport, GateReport
from campaignd.core.verdicts import GateVerdict

GOLDEN = Path(__file__).parent / "golden"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    ("screen", "name"),
    [
        pytest.param(Screen(80), "terminal-80.txt", id="80 columns"),
        pytest.param(Screen(40, encoding="ascii"), "terminal-40-ascii.txt", id="40 columns, ASCII"),
    ],
)
def test_a_report_is_drawn_for_people(report: ExecutionReport, screen: Screen, name: str) -> None:
    assert render_report(report, screen) == (GOLDEN / name).read_text()


def test_colour_adds_nothing_but_colour(report: ExecutionReport) -> None:
    lines = ANSI.sub("", render_report(report, Screen(80, colour=True))).splitlines()
    assert [line.rstrip() for line in lines] == render_report(report, Screen(80)).splitlines()


@given(st.text(min_size=1, max_size=120), st.sampled_from(GateVerdict), st.integers(20, 140))
@settings(max_examples=40)
def test_a_long_name_is_folded_and_never_cuts_the_verdict(
    name: str, verdict: GateVerdict, width: int
) -> None:
    drawn = render_report(report_of(gate(name, verdict)), Screen(width))
    table = drawn.partition("Gates")[2]
    assert re.search(rf"{verdict.value}\b", table)
    assert all(cell_len(line) <= width for line in drawn.splitlines())


def test_of_many_gates_the_failed_come_first_and_the_passed_are_names_alone() -> None:
    many = [gate(f"gate {number}", GateVerdict.PASSED) for number in range(197)]
    failed = [gate(f"bad {number}", GateVerdict.FAILED) for number in range(3)]
    drawn = render_report(report_of(*many, *failed), Screen(80))
    assert "Gates: 3 failed, 197 passed" in drawn
    assert "197 passed: gate 0, gate 1, gate 2," in drawn
    assert drawn.index("bad 2") < drawn.index("gate 0")
    assert len(drawn.splitlines()) < 60


def test_groups_of_a_folded_gate_are_counted() -> None:
    groups = [
        gate("Bookings", GateVerdict.PASSED, scope={"persona": f"p{number}"})
        for number in range(30)
    ]
    assert "30 passed: Bookings (30 groups)" in render_report(report_of(*groups), Screen(80))


def test_of_many_smooth_cells_only_the_number_is_shown() -> None:
    cells = [cell(f"a/p/s{number}", "collected") for number in range(60)]
    drawn = render_report(
        report_of().model_copy(update={"cells": (*cells, cell("a/p/bad", "lost"))}), Screen(80)
    )
    assert "60 cells collected without trouble" in drawn
    assert "a/p/bad" in drawn


def test_an_inner_gate_is_not_explained_where_the_outer_one_passed() -> None:
    inner = gate("inner", GateVerdict.FAILED, reason="too low")
    outer = gate("outer", GateVerdict.PASSED, kind="any", gates=(inner,))
    drawn = render_report(report_of(outer), Screen(80))
    assert "└ inner" in drawn
    assert "too low" not in drawn


def test_a_passed_gate_with_a_remark_is_explained() -> None:
    drawn = render_report(
        report_of(gate("g", GateVerdict.PASSED, reason_code="too_few", reason="by chance")),
        Screen(80),
    )
    assert "by chance" in drawn


def test_an_execution_that_goes_on_shows_its_state() -> None:
    going_on = report_of().model_copy(
        update={"verdict": None, "exit_status": None, "state": "scoring"}
    )
    drawn = render_report(going_on, Screen(80))
    assert drawn.startswith("… running  nightly\n")
    assert "state scoring" in drawn


def test_texts_of_others_cannot_steer_the_terminal() -> None:
    drawn = render_report(
        report_of(gate("\x1b[2Jgone", GateVerdict.FAILED, reason="\x07[bold]\r")), Screen(80)
    )
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", drawn)
    assert "[bold]" in drawn


def gate(name: str, verdict: GateVerdict, **facts: object) -> GateReport:
    given = {
        "kind": "pass_rate",
        "unit": "share",
        "reason": "why",
        "threshold": "at least 90%",
        **facts,
    }
    return GateReport.model_validate({"name": name, "verdict": verdict, **given})


def cell(key: str, state: str) -> CellReport:
    agent, persona, test_set = key.split("/")
    return CellReport(key=key, agent=agent, persona=persona, test_set=test_set, state=state)
