"""What GitHub Actions reads of a step: its summary, its outputs, and the text for a comment."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from campaignd.adapters.reporters.files import append_text, write_report
from campaignd.adapters.reporters.markdown import SUMMARY_LIMIT, render_comment, render_markdown
from campaignd.core.report import ExecutionReport

_SMALLEST_SUMMARY = 2048


def append_step_summary(path: Path, report: ExecutionReport) -> bool:
    """Add the report to the file that `GITHUB_STEP_SUMMARY` names.

    False if what others wrote there leaves no room. Raises ReportUnwritable.
    """
    room = SUMMARY_LIMIT - _size(path)
    if room < _SMALLEST_SUMMARY:
        return False
    append_text(path, render_markdown(report, room))
    return True


def write_comment(folder: Path, report: ExecutionReport) -> Path:
    """Write the report, short enough for a comment, to a file in a folder and return its path.

    Raises ReportUnwritable.
    """
    path = folder / f"campaignd-{report.execution}.md"
    write_report(path, [render_comment(report)])
    return path


def append_outputs(path: Path, outputs: Mapping[str, str]) -> None:
    """Add outputs to the file that `GITHUB_OUTPUT` names. Raises ReportUnwritable."""
    append_text(path, "".join(_output(name, value) for name, value in outputs.items()))


def outputs_of(report: ExecutionReport, files: Mapping[str, Path]) -> dict[str, str]:
    """Name the outputs of a step; `files` maps `junit`, `markdown` … to what was written."""
    return {
        "verdict": report.verdict.value if report.verdict else "",
        "exit_status": "" if report.exit_status is None else str(report.exit_status),
        "execution": report.execution,
        **{name: str(path) for name, path in files.items()},
    }


def _output(name: str, value: str) -> str:
    # The end mark must not occur in the value; no value can hold its own hash.
    end = f"end_{sha256(value.encode(errors='backslashreplace')).hexdigest()}"
    return f"{name}<<{end}\n{value}\n{end}\n"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
