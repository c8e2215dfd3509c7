from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.adapters.reporters.conftest import report_of

from campaignd.adapters.reporters.markdown import (
    COMMENT_LIMIT,
    SUMMARY_LIMIT,
    marker,
    render_comment,
    render_markdown,
)
from campaignd.core.report import CaseReport, ExecutionReport, GateReport
from campaignd.core.verdicts import GateVerdict

GOLDEN = Path(__file__).parent / "golden" / "report.md"


def test_a_report_is_written_as_markdown(report: ExecutionReport) -> None:
    assert render_markdown(report) == GOLDEN.read_text()


def test_the_first_line_is_the_hidden_marker(report: ExecutionReport) -> None:
    assert render_comment(report).splitlines()[0] == marker("checkout-nightly")
    assert marker("checkout-nightly") == "<!-- campaignd:checkout-nightly -->"


def test_all_tables_are_tables_and_all_folds_are_closed(report: ExecutionReport) -> None:
    text = render_markdown(report)
    assert [token.type for token in tokens(text)].count("table_open") == 3
    assert text.count("<details>") == text.count("</details>") == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a | b\n| c", id="pipes and lines"),
        pytest.param("`code` and ```\nfence", id="backticks"),
        pytest.param("</details><script>alert(1)</script>", id="HTML"),
        pytest.param("[x](javascript:alert(1)) ![y](z)", id="links"),
        pytest.param("**bold** _it_ ~~gone~~ $x$ \\", id="marks"),
        pytest.param("&lt;already&gt; escaped", id="entities"),
    ],
)
def test_texts_of_others_are_shown_as_they_stand(text: str) -> None:
    report = report_of(
        gate(text, reason=text, cases=(CaseReport(test_case="t", title=text, explanation=text),))
    )
    written = render_markdown(report)
    found = [shown(token) for token in tokens(written) if token.type == "inline"]
    assert found.count(" ".join(text.split())) >= 3
    assert [token.type for token in tokens(written)].count("table_open") == 2


@pytest.mark.parametrize(
    ("text", "never"),
    [
        pytest.param("ask @octocat about it", "@octocat", id="a person"),
        pytest.param("see #12", "#12", id="an issue"),
        pytest.param("see owner/repo#12", "#12", id="an issue elsewhere"),
    ],
)
def test_texts_of_others_call_nobody(text: str, never: str) -> None:
    assert never not in render_markdown(report_of(gate(text, reason=text)))


@pytest.mark.parametrize("note", ["# shout", "- list", "1. list", "--- rule", "+ list", "> cited"])
def test_a_note_stays_one_entry_of_a_list(note: str) -> None:
    written = render_markdown(report_of().model_copy(update={"notes": (note,)}))
    entry = tokens(written.partition("### Notes")[2].partition("Totals")[0])
    assert [t.type for t in entry if t.type.endswith("_open")] == [
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
    ]
    assert [shown(token) for token in entry if token.type == "inline"] == [note]


def test_an_address_that_is_no_web_address_is_no_link() -> None:
    case = CaseReport(test_case="t", title="T", url="javascript:alert(1)")
    assert "javascript" not in render_markdown(report_of(gate("g", cases=(case,))))


@pytest.mark.parametrize("limit", [3_000, COMMENT_LIMIT, SUMMARY_LIMIT])
def test_a_report_that_is_too_long_is_shortened_and_says_so(limit: int) -> None:
    cases = tuple(CaseReport(test_case=f"t{n}", explanation="é" * 3000) for n in range(10))
    report = report_of(*(gate(f"gate {n}", cases=cases) for n in range(200)))
    written = render_markdown(report, limit)
    assert len(written.encode()) <= limit
    assert "left out to stay below" in written
    assert written.count("<details>") == written.count("</details>")
    assert written.startswith(marker("nightly"))


def test_a_comment_is_shorter_than_github_allows() -> None:
    report = report_of(*(gate(f"gate {n}", reason="why " * 100) for n in range(2000)))
    assert len(render_comment(report)) < 65_536


def tokens(text: str) -> list[Token]:
    return MarkdownIt("gfm-like", {"linkify": False}).parse(text)


def shown(token: Token) -> str:
    """What a reader sees of one line, break marks of ours and leading symbols aside."""
    children = token.children or []
    return "".join(child.content for child in children).replace("\u200b", "")


def gate(name: str, **facts: object) -> GateReport:
    given = {
        "kind": "pass_rate",
        "unit": "share",
        "reason": "why",
        "verdict": GateVerdict.FAILED,
        **facts,
    }
    return GateReport.model_validate({"name": name, **given})
