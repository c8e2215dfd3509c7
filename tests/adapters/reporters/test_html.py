import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.adapters.reporters.conftest import report_of

from campaignd.adapters.reporters.html import render_html
from campaignd.core.report import (
    CaseReport,
    CellReport,
    CriterionReport,
    ExecutionReport,
    GateReport,
    ScoreReport,
)
from campaignd.core.verdicts import GateVerdict, Verdict

VOID = {"meta", "link", "br", "hr", "img", "input"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
PROVEN = "p value of “the promise is broken”"
Attributes = dict[str, str | None]


class Page(HTMLParser):
    """A page as a browser reads it: elements, their words, and nothing left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, Attributes]] = []
        self.words: list[tuple[str, str]] = []
        self.mistakes: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.mistakes += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.mistakes.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append((self._open[-1] if self._open else "", data))

    def all(self, tag: str) -> list[Attributes]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self) -> str:
        return " ".join(" ".join(words for _, words in self.words).split())

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Elements and the names of their attributes, without any text."""
        return [(tag, tuple(attributes)) for tag, attributes in self.elements]


def test_every_tag_is_closed_in_its_order(report: ExecutionReport) -> None:
    text = render_html(report)
    assert text.startswith("<!DOCTYPE html>")
    assert Page(text).mistakes == []


@pytest.mark.parametrize("verdict", [*Verdict, None])
def test_the_verdict_comes_first_in_a_word_and_a_sign(
    report: ExecutionReport, verdict: Verdict | None
) -> None:
    page = Page(render_html(report.model_copy(update={"verdict": verdict})))
    seen = [words for tag, words in page.words if tag not in {"style", "title"}]
    word = verdict.value.replace("_", " ") if verdict else "running"
    assert len(seen[0]) == 1
    assert seen[1] == word.capitalize()
    assert page.text().startswith(f"{word.capitalize()}: checkout-nightly")
    assert page.mistakes == []


def test_the_page_says_what_the_report_knows(report: ExecutionReport) -> None:
    text = Page(render_html(report)).text()
    for fact in (
        report.reason,
        report.execution,
        "2026-11-22 03:00:05 UTC",
        "12m 4s",
        "team=payments",
        "Refund after 30 days",
        "base 100%, measured 33.3%",
        "The agent refused the refund although the policy allows sixty days, and ended the call.",
        "does not block",
        "Cotool delivered no critical issues for these runs.",
        "118/120",
        "attempt 1, failed: Run exceeded maximum execution time",
        "Coval answered 400 to POST /runs: persona_id: Persona is archived",
        "3 runs, 2 graded, mean 81.25, lowest 70, 1 critical issue",
        "its run could not be ended yet",
        report.notes[0],
    ):
        assert fact in text


def test_landmarks_and_headings_are_in_order(report: ExecutionReport) -> None:
    page = Page(render_html(report))
    assert page.all("html") == [{"lang": "en"}]
    landmarks = [tag for tag, _ in page.elements if tag in {"header", "nav", "main", "footer"}]
    assert landmarks == ["header", "nav", "main", "footer"]
    levels = [int(tag[1]) for tag, _ in page.elements if tag in HEADINGS]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))


def test_every_name_that_is_referred_to_exists_once(report: ExecutionReport) -> None:
    page = Page(render_html(report))
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    labels = [a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a]
    targets = [str(a["href"])[1:] for a in page.all("a") if str(a["href"]).startswith("#")]
    assert len(names) == len(set(names))
    assert {*labels, *targets} <= set(names)


def test_tables_say_which_cells_are_headers_even_where_they_are_stacked(
    report: ExecutionReport,
) -> None:
    page = Page(render_html(report))
    scopes = [(head["scope"], head["role"]) for head in page.all("th")]
    assert set(scopes) == {("col", "columnheader"), ("row", "rowheader")}
    assert {table["role"] for table in page.all("table")} == {"table"}
    assert {cell["role"] for cell in page.all("td")} == {"cell"}


def test_pictures_say_their_numbers(report: ExecutionReport) -> None:
    pictures = [svg for svg in Page(render_html(report)).all("svg") if svg.get("role") == "img"]
    assert [picture["aria-label"] for picture in pictures] == [
        "measured 88.3%, interval 81.2% to 94%, asked at least 90%",
        "measured 81.25, asked at least 80",
        "measured 1.134, interval up to 1.31, asked at most 8 s",
    ]


def test_nothing_is_requested_and_no_script_runs(report: ExecutionReport) -> None:
    page = Page(render_html(report))
    names = {name for _, attributes in page.elements for name in attributes}
    assert not names & {"src", "srcset", "action", "ping", "background", "poster"}
    assert not [name for name in names if name.startswith("on")]
    assert not page.all("script")
    assert [link["href"] for link in page.all("link")] == ["data:,"]
    styles = "".join(words for tag, words in page.words if tag == "style")
    assert "url(" not in styles
    assert "@import" not in styles
    policy = page.all("meta")[1]
    assert policy["http-equiv"] == "Content-Security-Policy"
    content = str(policy["content"])
    assert content.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def test_only_the_addresses_of_the_report_are_linked(report: ExecutionReport) -> None:
    text = render_html(report)
    cases = [case.url for gate in report.gates for case in gate.cases if case.url]
    known = {*report.links.values(), *cases, *(cell.url for cell in report.cells if cell.url)}
    assert set(re.findall(r"https?://[^\"'<\s]+", text)) == known
    outside = [a for a in Page(text).all("a") if not str(a["href"]).startswith("#")]
    assert {a["href"] for a in outside} == known
    assert {a["rel"] for a in outside} == {"noreferrer noopener"}


def test_an_address_that_is_no_web_address_stays_text() -> None:
    url = "javascript:alert(1)"
    case = CaseReport(test_case="t", title="T", url=url)
    page = Page(render_html(report_of(gate("g", cases=(case,)), links={"a page": url})))
    assert [a for a in page.all("a") if not str(a["href"]).startswith("#")] == []
    assert page.text().count(url) == 2


texts = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="<>\"'&/=-! \x00\n`{}%#abon", max_size=40),
    st.sampled_from(["</style>", "</title><script>", '" onclick="x', "<!--", "{{ 7*7 }}", "]]>"]),
)


@settings(max_examples=60, deadline=None)
@given(texts)
def test_no_text_from_outside_becomes_markup(text: str) -> None:
    page = Page(render_html(filled_with(f"x{text}x")))
    assert page.mistakes == []
    assert page.shape() == Page(render_html(filled_with("x"))).shape()


def test_texts_from_outside_are_shown_as_they_stand() -> None:
    text = "<b>\"&lt;' {{ 7*7 }}\x1b[31m\u202e\x00"
    shown = Page(render_html(filled_with(text))).text()
    assert shown.count("<b>\"&lt;' {{ 7*7 }}[31m") > 20
    assert "49" not in shown


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=30))
def test_the_page_is_valid_utf_8_without_control_characters(text: str) -> None:
    page = render_html(filled_with(text))
    assert page.encode().decode() == page
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)


def test_a_large_report_is_quick_small_and_shows_what_failed_first() -> None:
    cases = tuple(CaseReport(test_case=f"t{n}", explanation="word " * 40) for n in range(10))
    passed = [gate(f"gate {n}", GateVerdict.PASSED, cases=cases) for n in range(199)]
    report = report_of(*passed, gate("the broken one", cases=cases))
    before = perf_counter()
    text = render_html(report)
    assert perf_counter() - before < 5
    assert len(text.encode()) < 2 * 1024**2
    head, fold, rest = text.partition("199 gates passed</summary>")
    assert fold
    assert "the broken one" in head
    assert "gate 7<" not in head
    assert "gate 7<" in rest


def test_of_many_scores_the_critical_and_lowest_are_shown_and_the_rest_is_folded() -> None:
    graded = [score(f"run {n}", float(n)) for n in range(2000)]
    runs = (*reversed(graded), score("late", None), score("bad", 99.0, issue="authentication"))
    shown, _, folded = render_html(report_of(scores=runs)).partition("1992 more runs")
    titles = [words for tag, words in Page(shown).words if tag == "bdi"]
    assert titles == ["triage", "bad", *(f"run {n}" for n in range(9))]
    assert "late</bdi>" in folded


def test_a_missing_grade_is_no_zero() -> None:
    page = Page(render_html(report_of(scores=(score("late", None), score("zero", 0.0)))))
    grades = [words for tag, words in page.words if tag == "span" and words in {"0", "no grade"}]
    assert grades == ["0", "no grade"]


def test_criteria_say_in_words_which_are_met() -> None:
    criteria = (
        CriterionReport(criterion="Names the host", met=True),
        CriterionReport(criterion="Asks first", met=False, explanation="It did not ask."),
    )
    run = score("run", 50.0).model_copy(update={"criteria": criteria})
    text = Page(render_html(report_of(scores=(run,)))).text()
    assert "1 of 2 criteria met" in text
    assert "✓ met Names the host" in text
    assert "✗ unmet Asks first It did not ask." in text


def test_many_smooth_cells_are_folded_behind_those_with_trouble(report: ExecutionReport) -> None:
    smooth = report.cells[1]
    cells = (*(smooth for _ in range(30)), report.cells[0])
    text = render_html(report.model_copy(update={"cells": cells}))
    head, fold, _ = text.partition("30 cells collected without trouble")
    assert fold
    assert "Run exceeded maximum execution time" in head


def test_inner_gates_are_told_apart_by_words_and_indent(report: ExecutionReport) -> None:
    page = Page(render_html(report))
    inner = [head for head in page.all("th") if head.get("class") == "inner"]
    assert [head["style"] for head in inner] == ["--depth:1"]
    assert "inside: Mean score" in page.text()


def test_a_gate_tells_how_it_was_judged() -> None:
    judged = gate(
        "g",
        decide="proven",
        method="Clopper-Pearson",
        confidence=0.95,
        n=60,
        cases_n=20,
        missing=1,
        p_pass=0.0012,
        p_fail=0.99,
        p_adjusted=0.0024,
        family_size=2,
        detectable=0.08,
        reason_code="too_few",
    )
    text = Page(render_html(report_of(judged))).text()
    for fact in (
        "Decided by what is proven",
        "Method Clopper-Pearson",
        "Bounds one-sided, each at 95%",
        "Results 60 from 20 test cases, 1 missing",
        f"{PROVEN} 0.0012",
        "p value, adjusted 0.0024, for a family of 2",
        "Smallest difference it can detect 8%",
        "Reason code too_few",
    ):
        assert fact in text


def test_an_execution_that_goes_on_shows_its_state(report: ExecutionReport) -> None:
    going = report.model_copy(
        update={"verdict": None, "exit_status": None, "state": "scoring", "gates": (), "reason": ""}
    )
    text = Page(render_html(going)).text()
    assert text.startswith("Running: checkout-nightly")
    assert "State scoring" in text
    assert "Exit status" not in text


def gate(name: str, verdict: GateVerdict = GateVerdict.FAILED, **facts: object) -> GateReport:
    given = {
        "name": name,
        "kind": "pass_rate",
        "unit": "share",
        "verdict": verdict,
        "reason": "Because.",
    }
    return GateReport.model_validate({**given, **facts})


def score(title: str, grade: float | None, issue: str | None = None) -> ScoreReport:
    return ScoreReport(
        agent="triage",
        run_id="run_1",
        title=title,
        created_at=datetime(2026, 11, 22, tzinfo=UTC),
        status="done",
        score=grade,
        critical_issue=issue,
    )


def filled_with(text: str) -> ExecutionReport:
    """Stand a text in every place that takes one from outside."""
    names = {text: text}
    case = CaseReport(
        **dict.fromkeys(("test_case", "title", "agent", "persona", "test_set"), text),
        **dict.fromkeys(("base", "value", "simulation_id", "url", "explanation"), text),
    )
    judged = gate(
        text,
        kind=text,
        scope=names,
        variant=text,
        reason=text,
        reason_code=text,
        method=text,
        threshold=text,
        estimate=0.5,
        lower=0.4,
        cases=(case,),
    )
    return report_of(
        judged,
        **dict.fromkeys(("execution", "campaign", "trigger", "state", "reason"), text),
        **dict.fromkeys(("labels", "inputs", "links"), names),
        revision={"sha256": text, "source": text},
        notes=(text,),
        cells=tuple(cells_of(text)),
        scores=(
            score(text, 5.0, issue=text).model_copy(
                update={
                    "agent": text,
                    "explanation": text,
                    "criteria": (CriterionReport(criterion=text, met=True, explanation=text),),
                }
            ),
        ),
        totals={"requests": {text: 1}},
        unsettled=(
            {"cell": text, "launch_key": text, "state": text, "run_id": text, "note": text},
        ),
    )


def cells_of(text: str) -> Iterator[CellReport]:
    attempt = {"number": 1, "state": text, "run_id": text, "launch_key": text, "error": text}
    places = dict.fromkeys(("key", "agent", "persona", "test_set", "state"), text)
    yield CellReport.model_validate(
        {**places, "run_id": text, "url": text, "error": f"{text}!", "attempts": [attempt] * 2}
    )
