from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser.xunit2 import JUnitXml
from tests.adapters.reporters.conftest import report_of

from campaignd.adapters.reporters.junit import render_junit
from campaignd.core.report import (
    AttemptReport,
    CellReport,
    ExecutionReport,
    GateReport,
)
from campaignd.core.verdicts import GateVerdict, Verdict

F, E, N, P = (
    GateVerdict.FAILED,
    GateVerdict.ERRORED,
    GateVerdict.INCONCLUSIVE,
    GateVerdict.PASSED,
)


def test_the_gates_and_each_cell_are_suites(report: ExecutionReport) -> None:
    suites = list(JUnitXml.fromstring(render_junit(report).encode()))
    assert [suite.name for suite in suites] == [
        "gates",
        "checkout/impatient/refunds",
        "checkout/impatient/smoke",
        "checkout/elderly/smoke",
    ]
    assert (suites[0].tests, suites[0].failures, suites[0].errors, suites[0].skipped) == (
        5,
        2,
        0,
        2,
    )
    assert [suite.time for suite in suites] == [0.0, 540.0, 180.0, 0.0]


def test_the_suite_of_gates_says_which_execution_it_is(report: ExecutionReport) -> None:
    suite = next(iter(JUnitXml.fromstring(render_junit(report).encode())))
    properties = {entry.name: entry.value for entry in suite.properties()}
    assert properties["execution"] == report.execution
    assert properties["verdict"] == "failed"
    assert properties["label.team"] == "payments"


@pytest.mark.parametrize(
    ("verdict", "blocks", "tag", "kind"),
    [
        pytest.param(P, True, None, None, id="passed"),
        pytest.param(F, True, "failure", "failed", id="failed"),
        pytest.param(N, True, "failure", "inconclusive", id="inconclusive"),
        pytest.param(E, True, "error", "errored", id="errored"),
        pytest.param(F, False, "skipped", "not blocking", id="failed, but does not block"),
        pytest.param(N, False, "skipped", "not blocking", id="inconclusive, but does not block"),
    ],
)
def test_only_what_blocks_makes_ci_red(
    verdict: GateVerdict, blocks: bool, tag: str | None, kind: str | None
) -> None:
    case = first_case(report_of(gate("g", verdict, blocks=blocks)))
    results = [(child.tag, child.get("type")) for child in case if child.tag != "system-out"]
    assert results == ([(tag, kind)] if tag else [])


def test_a_gate_inside_another_never_counts_by_itself() -> None:
    outer = gate("outer", P, kind="any", gates=(gate("inner", F),))
    root = ET.fromstring(render_junit(report_of(outer, verdict=Verdict.PASSED)))  # noqa: S314
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert root.find(".//skipped").get("type") == "inner"


@pytest.mark.parametrize(
    ("verdict", "tag"),
    [
        pytest.param(Verdict.CANCELLED, "error", id="cancelled"),
        pytest.param(Verdict.TIMED_OUT, "error", id="timed out"),
        pytest.param(Verdict.ERRORED, "error", id="errored"),
        pytest.param(Verdict.INCONCLUSIVE, "failure", id="nothing decided"),
        pytest.param(None, "skipped", id="goes on"),
    ],
)
def test_nothing_is_green_that_did_not_pass(verdict: Verdict | None, tag: str) -> None:
    root = ET.fromstring(render_junit(report_of(gate("g", P), verdict=verdict)))  # noqa: S314
    case = root.find(".//testcase[@name='verdict']")
    assert [child.tag for child in case] == [tag]


def test_a_verdict_that_a_gate_explains_is_not_told_twice() -> None:
    document = render_junit(report_of(gate("g", F), verdict=Verdict.FAILED))
    assert 'name="verdict" classname' not in document


@pytest.mark.parametrize(
    ("state", "verdict", "tags"),
    [
        pytest.param("collected", Verdict.PASSED, ["flakyFailure"], id="the second try worked"),
        pytest.param("failed", Verdict.ERRORED, ["error", "rerunFailure"], id="no try worked"),
        pytest.param(
            "failed", Verdict.PASSED, ["skipped", "rerunFailure"], id="tolerated by gates"
        ),
    ],
)
def test_a_relaunched_cell_shows_its_earlier_attempts(
    state: str, verdict: Verdict, tags: list[str]
) -> None:
    attempts = tuple(
        AttemptReport(number=number, state="failed", launch_key=f"key-{number}", error="boom")
        for number in (1, 2)
    )
    cell = CellReport(
        key="a/p/s", agent="a", persona="p", test_set="s", state=state, attempts=attempts
    )
    report = report_of(gate("g", P), verdict=verdict).model_copy(update={"cells": (cell,)})
    root = ET.fromstring(render_junit(report))  # noqa: S314
    case = root.find(".//testsuite[@name='a/p/s']/testcase")
    assert [child.tag for child in case] == tags


@given(st.text(), st.text())
@settings(max_examples=60)
def test_any_text_gives_valid_xml(name: str, reason: str) -> None:
    document = render_junit(report_of(gate(name, F, reason=reason), verdict=Verdict.FAILED))
    root = ET.fromstring(document.encode())  # noqa: S314
    assert root.get("failures") == "1"


def test_line_breaks_of_a_reason_survive() -> None:
    document = render_junit(report_of(gate("g", F, reason="one\ntwo"), verdict=Verdict.FAILED))
    root = ET.fromstring(document)  # noqa: S314
    assert root.find(".//failure").get("message") == "one\ntwo"


def first_case(report: ExecutionReport) -> ET.Element:
    return ET.fromstring(render_junit(report)).find(".//testcase")  # noqa: S314


def gate(name: str, verdict: GateVerdict, **facts: object) -> GateReport:
    given = {"kind": "pass_rate", "unit": "share", "reason": "why", **facts}
    return GateReport.model_validate({"name": name, "verdict": verdict, **given})
