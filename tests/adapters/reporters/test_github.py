from pathlib import Path

import pytest

from campaignd.adapters.reporters.files import ReportUnwritable
from campaignd.adapters.reporters.github import append_outputs, append_step_summary, outputs_of
from campaignd.adapters.reporters.markdown import SUMMARY_LIMIT
from campaignd.core.report import ExecutionReport


def test_the_summary_follows_what_is_there(tmp_path: Path, report: ExecutionReport) -> None:
    path = tmp_path / "summary"
    path.write_text("before\n")
    assert append_step_summary(path, report)
    assert path.read_text().startswith("before\n<!-- campaignd:checkout-nightly -->\n## ❌ Failed")


def test_the_summary_fits_into_the_room_that_is_left(
    tmp_path: Path, report: ExecutionReport
) -> None:
    path = tmp_path / "summary"
    path.write_text("x" * (SUMMARY_LIMIT - 3000))
    assert append_step_summary(path, report)
    assert path.stat().st_size <= SUMMARY_LIMIT


def test_a_full_summary_is_left_alone(tmp_path: Path, report: ExecutionReport) -> None:
    path = tmp_path / "summary"
    path.write_text("x" * SUMMARY_LIMIT)
    assert not append_step_summary(path, report)
    assert path.stat().st_size == SUMMARY_LIMIT


def test_the_outputs_name_verdict_execution_and_files(report: ExecutionReport) -> None:
    assert outputs_of(report, {"junit": Path("out/junit.xml")}) == {
        "verdict": "failed",
        "exit_status": "1",
        "execution": "01JDA8Q2ZK7M4T5N6P8R9S0TVW",
        "junit": "out/junit.xml",
    }


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("plain", id="one line"),
        pytest.param("two\nlines", id="two lines"),
        pytest.param("EOF\nverdict=passed\n", id="one that tries to end early"),
        pytest.param("", id="nothing"),
    ],
)
def test_every_value_comes_back_whole(tmp_path: Path, value: str) -> None:
    path = tmp_path / "output"
    append_outputs(path, {"first": value, "verdict": "failed"})
    assert read_outputs(path.read_text()) == {"first": value, "verdict": "failed"}


def test_an_output_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReportUnwritable, match="no such file"):
        append_outputs(tmp_path / "missing" / "output", {"verdict": "failed"})


def read_outputs(text: str) -> dict[str, str]:
    """Read the file as the runner does: name<<end, lines, end."""
    lines = iter(text.split("\n"))
    outputs = {}
    for line in lines:
        name, _, end = line.partition("<<")
        if end:
            value = list(iter(lambda end=end: (got := next(lines)) == end or got, True))
            outputs[name] = "\n".join(str(part) for part in value)
    return outputs
