"""What `run` does around an execution."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from campaignd.adapters.campaign_files import load_campaign
from campaignd.adapters.reporters.csv_export import export_csv
from campaignd.cli.logs import current_log
from campaignd.cli.output import Output, check_files, publish
from campaignd.cli.surroundings import Surroundings, scenario_path
from campaignd.cli.trouble import execute
from campaignd.core.campaign import Campaign
from campaignd.core.report import ExecutionReport
from campaignd.core.states import DeliveryState
from campaignd.core.verdicts import Verdict
from campaignd.engine.records import Delivery
from campaignd.sandbox import Scenario
from campaignd.wiring.running import Ended, Job, run
from campaignd.wiring.sandboxing import read_scenario
from campaignd.wiring.session import Host


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
    def output(self) -> Output:
        """What is to be shown of it, and where."""
        wanted = {
            "junit": self.junit,
            "markdown": self.markdown,
            "html": self.html,
            "csv": self.csv,
        }
        return Output(
            surroundings=self.surroundings,
            files={form: path for form, path in wanted.items() if path},
            as_json=self.as_json,
            quiet=self.quiet,
            no_color=self.no_color,
            inconclusive=self.inconclusive,
        )


def run_file(options: RunOptions) -> int:
    """Run a campaign file; return the exit status."""
    output = options.output
    check_files(output.files)
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
    with output.observer() as observer:
        host = Host(options.surroundings.settings, options.surroundings.environment, observer)
        ended = execute(lambda: run(job, host))
    report = output.map_status(final_report(ended))
    remarks = _remarks(options, report, ended)
    return publish(output, report, remarks, _tables(ended, loaded.campaign))


def final_report(ended: Ended) -> ExecutionReport:
    """Return the report with the status that a signal leads to, if one ended the command."""
    report = ended.report
    if ended.signal is not None and report.verdict in {None, Verdict.CANCELLED}:
        return report.model_copy(update={"exit_status": 128 + ended.signal})
    return report


def _scenario(options: RunOptions) -> Scenario | None:
    return None if options.sandbox is None else read_scenario(scenario_path(options.sandbox))


def _tables(ended: Ended, campaign: Campaign) -> Mapping[str, Iterable[str]]:
    if ended.evidence is None:
        return {}
    return {"csv": export_csv(ended.report.execution, ended.evidence, campaign.metrics)}


def _remarks(options: RunOptions, report: ExecutionReport, ended: Ended) -> Iterator[str]:
    if ended.signal is not None and options.on_interrupt == "detach":
        yield f"the runs go on; `campaignd resume {report.execution}` continues"
    yield from (_explain_delivery(delivery) for delivery in ended.undelivered)
    log = current_log()
    if report.verdict is Verdict.ERRORED and log is not None:
        yield f"the log, with what went wrong: {log}"


def _explain_delivery(delivery: Delivery) -> str:
    why = delivery.detail or "no answer yet"
    if delivery.state is DeliveryState.PENDING:
        return f"a webhook ({delivery.event}) is not delivered, a later command tries again: {why}"
    again = f"campaignd deliveries retry {delivery.id}"
    return f"a webhook ({delivery.event}) is not delivered: {why}; `{again}` sends it again"
