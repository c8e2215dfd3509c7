import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN = ROOT / "benchmarks" / "run.py"


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(RUN), *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_a_quick_run_prints_a_line_a_measurement() -> None:
    ended = start("--quick", "loading", "planning")
    assert ended.returncode == 0, ended.stderr
    lines = [line for line in ended.stdout.splitlines() if line.startswith("|")]
    assert [line.split("|")[1].strip() for line in lines] == [
        "measured",
        "-" * len(lines[1].split("|")[1].strip()),
        "load a campaign of 800 lines (CPU)",
        "plan 2,000 cells (CPU)",
    ]


def test_an_unknown_subject_is_a_usage_error() -> None:
    ended = start("swimming")
    assert ended.returncode == 2
    assert "swimming: not among start, loading" in ended.stderr


def test_part_of_the_table_is_never_written_to_the_page() -> None:
    ended = start("--write", "planning")
    assert ended.returncode == 2
    assert "--write takes the whole table" in ended.stderr


def test_the_page_has_one_place_for_the_table() -> None:
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    assert page.count("<!-- measured: begin -->") == page.count("<!-- measured: end -->") == 1
