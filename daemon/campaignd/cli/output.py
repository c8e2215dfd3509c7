"""How a command that comes to a verdict shows it: progress, reports, files, GitHub, exit status."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import click

from campaignd.adapters.reporters.files import ReportUnwritable, ensure_writable, write_report
from campaignd.adapters.reporters.forms import render
from campaignd.adapters.reporters.github import (
    append_outputs,
    append_step_summary,
    outputs_of,
    write_comment,
)
from campaignd.adapters.reporters.progress import LineProgress, SilentProgress
from campaignd.adapters.reporters.progress_live import LiveProgress
from campaignd.adapters.reporters.terminal import render_report
from campaignd.cli.surroundings import Surroundings
from campaignd.cli.trouble import TROUBLE, unheard_is_fine
from campaignd.core.report import ExecutionReport
from campaignd.core.verdicts import Verdict
from campaignd.engine.progress import Observer

_MAPPED = {"pass": 0, "fail": 1}


@dataclass(frozen=True, slots=True)
class Output:
    """What the command line says about showing a verdict; `files` are reports by format.

    `rescue` says how a report that could not be written is still to be had.
    """

    surroundings: Surroundings
    files: Mapping[str, Path] = field(default_factory=dict)
    as_json: bool = False
    quiet: bool = False
    no_color: bool = False
    inconclusive: str | None = None
    rescue: str = "`campaignd report` and `export` can still write it"

    def observer(self) -> AbstractContextManager[Observer]:
        """Choose live drawing for a terminal, lines for CI and files, nothing for `--quiet`."""
        return choose_observer(self.surroundings, self.quiet, self.no_color)

    def map_status(self, report: ExecutionReport) -> ExecutionReport:
        """Return the report with the status that `--inconclusive` asks for."""
        if report.verdict is Verdict.INCONCLUSIVE and self.inconclusive is not None:
            return report.model_copy(update={"exit_status": _MAPPED[self.inconclusive]})
        return report


def choose_observer(
    surroundings: Surroundings, quiet: bool, no_color: bool
) -> AbstractContextManager[Observer]:
    """Choose live drawing for a terminal, lines for CI and files, nothing for `--quiet`."""
    if quiet:
        return nullcontext(SilentProgress())
    if sys.stderr.isatty() and not surroundings.environment.get("CI"):
        screen = surroundings.screen(no_color=no_color, stream=sys.stderr)
        return LiveProgress(sys.stderr, screen)
    return nullcontext(LineProgress(sys.stderr))


def check_files(files: Mapping[str, Path]) -> None:
    """Find out before any work is done that each report can be written to its own file.

    Raises ReportUnwritable.
    """
    for path in files.values():
        ensure_writable(path)
    places = [path.resolve() for path in files.values()]
    twice = next((path for path in places if places.count(path) > 1 and _is_plain(path)), None)
    if twice is not None:
        raise click.UsageError(f"two reports would be written to {twice}")


def publish(
    output: Output,
    report: ExecutionReport,
    remarks: Iterable[str] = (),
    tables: Mapping[str, Iterable[str]] | None = None,
) -> int:
    """Write the files, tell GitHub and the reader; return the status to exit with.

    `tables` are texts of files that are not made from the report, by format.
    """
    unwritten = _write_files(output, report, tables or {})
    _tell_github(output, report)
    show(output, report, [*remarks, *_places(output), *unwritten])
    return exit_status(report) or (TROUBLE if unwritten else 0)


def show(output: Output, report: ExecutionReport, remarks: Sequence[str]) -> None:
    """Print the report in the form that was asked for, and the remarks to standard error."""
    with unheard_is_fine():
        if output.as_json:
            click.echo(render(report, "json"), nl=False)
        elif not output.quiet:
            screen = output.surroundings.screen(no_color=output.no_color)
            click.echo(render_report(report, screen), nl=False)
        for line in remarks:
            click.echo(line, err=True)


def exit_status(report: ExecutionReport) -> int:
    """Return the status to exit with; one that has no verdict is trouble."""
    return TROUBLE if report.exit_status is None else report.exit_status


def tell_github(output: Output, outputs: Mapping[str, str]) -> None:
    """Set outputs of a step of GitHub Actions; its trouble is none of the campaign's."""
    environment = output.surroundings.environment
    path = environment.get("GITHUB_OUTPUT")
    if environment.get("GITHUB_ACTIONS") != "true" or not path:
        return
    try:
        append_outputs(Path(path), outputs)
    except ReportUnwritable as error:
        click.echo(str(error), err=True)


def _is_plain(path: Path) -> bool:
    return path.is_file() or not path.exists()


def _write_files(
    output: Output, report: ExecutionReport, tables: Mapping[str, Iterable[str]]
) -> list[str]:
    """Write what was asked for; return a sentence for each file that could not be written."""
    unwritten = []
    for form, path in output.files.items():
        try:
            write_report(path, tables.get(form) or [render(report, form)])
        except ReportUnwritable as error:
            unwritten.append(f"{error}; {output.rescue}")
    return unwritten


def _tell_github(output: Output, report: ExecutionReport) -> None:
    """Write the step's summary, the text for a comment and the outputs."""
    environment = output.surroundings.environment
    if environment.get("GITHUB_ACTIONS") != "true":
        return
    files = dict(output.files)
    try:
        if summary := environment.get("GITHUB_STEP_SUMMARY"):
            append_step_summary(Path(summary), report)
        if folder := environment.get("RUNNER_TEMP"):
            files["comment"] = write_comment(Path(folder), report)
    except ReportUnwritable as error:
        click.echo(str(error), err=True)
    tell_github(output, outputs_of(report, files))


def _places(output: Output) -> Iterator[str]:
    for form, path in output.files.items():
        if not output.quiet and path.exists():
            yield f"{form} report: {path}"
