"""The report as JUnit XML: a suite for the gates and one per cell.

What makes CI red here is exactly what keeps the execution from passing: `<failure>` and
`<error>` are gates and cells that count, `<skipped>` are those that do not.
"""

import re
from collections.abc import Iterator
from io import BytesIO

from junitparser import Error, Failure, Skipped
from junitparser.junitparser import Result
from junitparser.xunit2 import FlakyFailure, InterimResult, JUnitXml, RerunFailure
from junitparser.xunit2 import TestCase as Case
from junitparser.xunit2 import TestSuite as Suite

from campaignd.adapters.reporters.notation import interval, measured, of_case, title, word
from campaignd.adapters.reporters.selection import attempts_time, case_name, case_place, with_inner
from campaignd.core.report import AttemptReport, CellReport, ExecutionReport, GateReport
from campaignd.core.states import LaunchState
from campaignd.core.verdicts import GateVerdict, Verdict

# What XML 1.0 cannot hold, not even escaped; junitparser would write it nevertheless.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(report: ExecutionReport) -> str:
    """Write the report as one XML document, valid whatever its texts hold."""
    root = JUnitXml(_clean(report.campaign))
    root.append(_gates_suite(report))
    for cell in report.cells:
        root.append(_cell_suite(cell, report))
    root.update_statistics()
    if report.totals.duration is not None:
        root.time = round(report.totals.duration, 3)
    paper = BytesIO()
    root.write(paper)
    return paper.getvalue().decode() + "\n"


def _gates_suite(report: ExecutionReport) -> Suite:
    suite = Suite("gates")
    suite.timestamp = report.started_at.strftime("%Y-%m-%dT%H:%M:%S")
    for name, value in _properties(report):
        suite.add_property(_clean(name), _clean(value))
    cases = [_gate_case(gate, depth, report) for depth, gate in with_inner(report.gates)]
    suite.add_testcases([*cases, *_verdict_case(report, cases)])
    return suite


def _properties(report: ExecutionReport) -> Iterator[tuple[str, str]]:
    yield "execution", report.execution
    yield "campaign", report.campaign
    yield "revision", report.revision.sha256
    yield "trigger", report.trigger
    yield "verdict", report.verdict.value if report.verdict else report.state
    for kind, values in (("label", report.labels), ("input", report.inputs)):
        for key, value in values.items():
            yield f"{kind}.{key}", value


def _gate_case(gate: GateReport, depth: int, report: ExecutionReport) -> Case:
    case = Case(_clean(title(gate)), _clean(f"{report.campaign}.gates"), 0.0)
    if gate.verdict is not GateVerdict.PASSED:
        case.append(_inner_result(gate) if depth else _gate_result(gate))
    case.system_out = _clean(_details(gate))
    return case


def _inner_result(gate: GateReport) -> Result:
    """A gate inside another one: only the outer one counts."""
    return Skipped(_clean(f"{gate.verdict.value}, inside another gate: {gate.reason}"), "inner")


def _gate_result(gate: GateReport) -> Result:
    message = _clean(gate.reason)
    if not gate.blocks:
        return Skipped(f"{gate.verdict.value}, does not block: {message}", "not blocking")
    kind = Error if gate.verdict is GateVerdict.ERRORED else Failure
    result = kind(message, _clean(gate.verdict.value))
    result.text = _clean(_worst_cases(gate) or gate.reason)
    return result


def _details(gate: GateReport) -> str:
    facts = [f"value {measured(gate, gate.estimate)}", f"asked {gate.threshold or '-'}"]
    facts += [f"interval {interval(gate)}", f"n {gate.n}", f"test cases {gate.cases_n}"]
    return f"{', '.join(facts)}\n{gate.reason}"


def _worst_cases(gate: GateReport) -> str:
    return "\n".join(
        "\n".join(part for part in (_case_line(gate, number), case.explanation, case.url) if part)
        for number, case in enumerate(gate.cases)
    )


def _case_line(gate: GateReport, number: int) -> str:
    case = gate.cases[number]
    base = f", base {of_case(gate, case.base)}" if case.base is not None else ""
    place = f" ({case_place(case)})" if case_place(case) else ""
    return f"{case_name(case)}{place}: {of_case(gate, case.value)}{base}"


def _verdict_case(report: ExecutionReport, gates: list[Case]) -> Iterator[Case]:
    """Say the verdict where no gate says it: nothing is green that did not pass."""
    if report.verdict is Verdict.PASSED or any(
        not case.is_skipped and case.result for case in gates
    ):
        return
    case = Case("verdict", _clean(f"{report.campaign}.gates"), 0.0)
    case.append(_verdict_result(report))
    yield case


def _verdict_result(report: ExecutionReport) -> Result:
    kind = word(report.verdict)
    message = _clean(report.reason or f"The execution is {kind}.")
    match report.verdict:
        case None:
            return Skipped(message, kind)
        case Verdict.FAILED | Verdict.INCONCLUSIVE:
            return Failure(message, kind)
        case _:
            return Error(message, kind)


def _cell_suite(cell: CellReport, report: ExecutionReport) -> Suite:
    suite = Suite(_clean(cell.key))
    for name, value in _cell_properties(cell):
        suite.add_property(name, _clean(value))
    case = Case("run", _clean(f"{report.campaign}.{cell.key}"), attempts_time(cell) or 0.0)
    for result in _cell_results(cell, report):
        case.append(result)
    suite.add_testcases([case])
    return suite


def _cell_properties(cell: CellReport) -> Iterator[tuple[str, str]]:
    yield "state", cell.state
    for name, value in cell.simulations:
        yield f"simulations.{name}", str(value)
    for name, text in (("run_id", cell.run_id), ("url", cell.url)):
        if text:
            yield name, text


def _cell_results(cell: CellReport, report: ExecutionReport) -> Iterator[Result]:
    is_collected = cell.state == LaunchState.COLLECTED
    if not is_collected:
        yield _broken(cell, report)
    earlier = FlakyFailure if is_collected else RerunFailure
    for attempt in cell.attempts[:-1]:
        yield _earlier_attempt(attempt, earlier)


def _broken(cell: CellReport, report: ExecutionReport) -> Result:
    message = _clean(f"{cell.state}: {cell.error}" if cell.error else cell.state)
    counts = report.verdict not in (None, Verdict.PASSED)
    return Error(message, cell.state) if counts else Skipped(message, cell.state)


def _earlier_attempt(attempt: AttemptReport, kind: type[InterimResult]) -> InterimResult:
    error = f": {attempt.error}" if attempt.error else ""
    result = kind(_clean(f"attempt {attempt.number} {attempt.state}{error}"), attempt.state)
    result.text = _clean(f"run {attempt.run_id or '-'}, launch key {attempt.launch_key}")
    return result


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)
