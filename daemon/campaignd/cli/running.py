"""What `run` does around an execution: progress, reports, files, exit status."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import click

from campaignd.adapters.campaign_files import load_campaign
from campaignd.adapters.reporters.csv_export import export_csv
from campaignd.adapters.reporters.files import ReportUnwritable, ensure_writable, write_report
from campaignd.adapters.reporters.github import append_outputs, append_step_summary, outputs_of
from campaignd.adapters.reporters.junit import render_junit
from campaignd.adapters.reporters.markdown import render_markdown
from campaignd.adapters.reporters.progress import LineProgress, SilentProgress
from campaignd.adapters.reporters.progress_live import LiveProgress
from campaignd.adapters.reporters.terminal import render_report
from campaignd.cli.logs import current_log
from campaignd.cli.surroundings import Surroundings, scenario_path
from campaignd.cli.trouble import execute, unheard_is_fine
from campaignd.core.campaign import Campaign
from campaignd.core.report import ExecutionReport
from campaignd.core.states import DeliveryState
from campaignd.core.verdicts import Verdict
from campaignd.engine.progress import Observer
from campaignd.engine.records import Delivery
from campaignd.sandbox import Scenario
from campaignd.wiring.running import Ended, Job, run
from campaignd.wiring.sandboxing import read_scenario
from campaignd.wiring.session import Host

_MAPPED = {"pass": 0, "fail": 1}
_TROUBLE = 4


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asked for; `sandbox` is None without it, else a path or empty."""

    file: Path
    inputs: Mapping[str, str]
    labels: Mapping[str, str]
    surroundings: Surroundings
    sandbox: str | None = None
    baseline: Path | None = None
    as_json: bool = False
    junit: Path | None = None
    markdown: Path | None = None
    html: Path | None = None
    csv: Path | None = None
    inconclusive: str | None = None
    on_interrupt: str = "cancel"
    quiet: bool = False
    no_color: bool = False
    force: bool = False

    @property
    def files(self) -> Mapping[str, Path]:
        """The reports to write, by format."""
        wanted = {"junit": self.junit, "markdown": self.markdown, "html": self.html}
        return {form: path for form, path in {**wanted, "csv": self.csv}.items() if path}


def run_file(options: RunOptions) -> int:
    """Run a campaign file; return the exit status."""
    _check_files(options.files)
    loaded = load_campaign(options.file, options.inputs)
    job = Job(
        loaded=loaded,
        labels=options.labels,
        scenario=_scenario(options),
        detach=options.on_interrupt == "detach",
        keeps_evidence=options.csv is not None,
        baseline=options.baseline,
        force=options.force,
    )
    with choose_observer(options.surroundings, options.quiet, options.no_color) as observer:
        host = Host(options.surroundings.settings, options.surroundings.environment, observer)
        ended = execute(lambda: run(job, host))
    report = final_report(ended, options.inconclusive)
    unwritten = _write_files(options, report, ended, loaded.campaign)
    _tell_github(options, report)
    with unheard_is_fine():
        _tell(options, report, [*_remarks(options, report, ended), *unwritten])
    return exit_status(report) or (_TROUBLE if unwritten else 0)


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


def _scenario(options: RunOptions) -> Scenario | None:
    return None if options.sandbox is None else read_scenario(scenario_path(options.sandbox))


def final_report(ended: Ended, inconclusive: str | None = None) -> ExecutionReport:
    """Return the report with the status that the command exits with."""
    report = ended.report
    if ended.signal is not None and report.verdict in {None, Verdict.CANCELLED}:
        return report.model_copy(update={"exit_status": 128 + ended.signal})
    if report.verdict is Verdict.INCONCLUSIVE and inconclusive is not None:
        return report.model_copy(update={"exit_status": _MAPPED[inconclusive]})
    return report


def exit_status(report: ExecutionReport) -> int:
    """Return the status to exit with; one that has no verdict is trouble."""
    return _TROUBLE if report.exit_status is None else report.exit_status


def _check_files(files: Mapping[str, Path]) -> None:
    """Find out before anything is launched that each report can be written to its own file."""
    for path in files.values():
        ensure_writable(path)
    places = [path.resolve() for path in files.values()]
    twice = next((path for path in places if places.count(path) > 1 and _is_plain(path)), None)
    if twice is not None:
        raise click.UsageError(f"two reports would be written to {twice}")


def _is_plain(path: Path) -> bool:
    return path.is_file() or not path.exists()


def _write_files(
    options: RunOptions, report: ExecutionReport, ended: Ended, campaign: Campaign
) -> list[str]:
    """Write what was asked for; return a sentence for each file that could not be written."""
    unwritten = []
    for form, path in options.files.items():
        try:
            if form != "csv":
                write_report(path, [render(report, form)])
            elif ended.evidence is not None:
                write_report(path, export_csv(report.execution, ended.evidence, campaign.metrics))
        except ReportUnwritable as error:
            unwritten.append(f"{error}; `campaignd report` and `export` can still write it")
    return unwritten


def render(report: ExecutionReport, form: str) -> str:
    """Render a report as json, junit, markdown or html."""
    match form:
        case "junit":
            return render_junit(report)
        case "markdown":
            return render_markdown(report)
        case "html":
            from campaignd.adapters.reporters.html import render_html

            return render_html(report)
        case _:
            return report.model_dump_json(by_alias=True, indent=2) + "\n"


def _tell_github(options: RunOptions, report: ExecutionReport) -> None:
    """Write the step's summary and outputs; GitHub's trouble is none of the campaign's."""
    environment = options.surroundings.environment
    if environment.get("GITHUB_ACTIONS") != "true":
        return
    try:
        if summary := environment.get("GITHUB_STEP_SUMMARY"):
            append_step_summary(Path(summary), report)
        if outputs := environment.get("GITHUB_OUTPUT"):
            append_outputs(Path(outputs), outputs_of(report, options.files))
    except ReportUnwritable as error:
        click.echo(str(error), err=True)


def _tell(options: RunOptions, report: ExecutionReport, remarks: Sequence[str]) -> None:
    if options.as_json:
        click.echo(render(report, "json"), nl=False)
    elif not options.quiet:
        screen = options.surroundings.screen(no_color=options.no_color)
        click.echo(render_report(report, screen), nl=False)
    for line in remarks:
        click.echo(line, err=True)


def _remarks(options: RunOptions, report: ExecutionReport, ended: Ended) -> Iterator[str]:
    if ended.signal is not None and options.on_interrupt == "detach":
        yield f"the runs go on; `campaignd resume {report.execution}` continues"
    yield from (_explain_delivery(delivery) for delivery in ended.undelivered)
    log = current_log()
    if report.verdict is Verdict.ERRORED and log is not None:
        yield f"the log, with what went wrong: {log}"
    for form, path in options.files.items():
        if not options.quiet and path.exists():
            yield f"{form} report: {path}"


def _explain_delivery(delivery: Delivery) -> str:
    why = delivery.detail or "no answer yet"
    if delivery.state is DeliveryState.PENDING:
        return f"a webhook ({delivery.event}) is not delivered, a later command tries again: {why}"
    again = f"campaignd deliveries retry {delivery.id}"
    return f"a webhook ({delivery.event}) is not delivered: {why}; `{again}` sends it again"
