"""What `trigger` and `wait` do around an execution that a service runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from campaignd.adapters.campaign_files.reading import read_text
from campaignd.adapters.remote.service import Order
from campaignd.adapters.reporters.forms import render
from campaignd.adapters.reporters.github import outputs_of
from campaignd.cli.output import Output, check_files, publish, show, tell_github
from campaignd.cli.trouble import execute
from campaignd.core.report import ExecutionReport
from campaignd.engine.progress import Observer
from campaignd.wiring.chance import new_ulid
from campaignd.wiring.remote import Watched, place, place_and_watch, watch
from campaignd.wiring.session import Host

_ENDINGS = (".yaml", ".yml")
_SEPARATORS = ("/", "\\")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `trigger` was asked to begin: a campaign of the service, or a file."""

    target: str
    inputs: Mapping[str, str]
    labels: Mapping[str, str]
    iterations: int | None = None
    concurrency: int | None = None
    replace_group: str | None = None

    def order(self) -> Order:
        """Make an order, for one invocation. Raises CampaignInvalid if the file is not there."""
        is_file = self.target.endswith(_ENDINGS) or any(s in self.target for s in _SEPARATORS)
        return Order(
            key=new_ulid(),
            name=None if is_file else self.target,
            text=read_text(Path(self.target)) if is_file else None,
            source=self.target if is_file else None,
            inputs=self.inputs,
            labels=self.labels,
            iterations=self.iterations,
            concurrency=self.concurrency,
            replace_group=self.replace_group,
        )


def begin(wanted: Wanted, output: Output) -> int:
    """Have an execution begun, print its id, and return 0."""
    order = wanted.order()
    with output.observer() as observer:
        report = execute(lambda: place(order, _host(output, observer)))
    tell_github(output, {"execution": report.execution})
    click.echo(render(report, "json") if output.as_json else f"{report.execution}\n", nl=False)
    return 0


def begin_and_watch(wanted: Wanted, output: Output) -> int:
    """Have an execution begun and watch it; return the exit status."""
    check_files(output.files)
    order = wanted.order()
    with output.observer() as observer:
        watched = execute(lambda: place_and_watch(order, _host(output, observer)))
    return _finish(watched, output)


def watch_to_end(execution: str, output: Output) -> int:
    """Watch an execution; return the exit status."""
    check_files(output.files)
    with output.observer() as observer:
        watched = execute(lambda: watch(execution, _host(output, observer)))
    return _finish(watched, output)


def _host(output: Output, observer: Observer) -> Host:
    return Host(output.surroundings.settings, output.surroundings.environment, observer)


def _finish(watched: Watched, output: Output) -> int:
    report = watched.report
    if watched.signal is None or (report is not None and report.verdict is not None):
        assert report is not None  # noqa: S101  # it was watched to the end
        return publish(output, output.map_status(report))
    return _detach(report, 128 + watched.signal, output)


def _detach(report: ExecutionReport | None, status: int, output: Output) -> int:
    """Say that the execution goes on, and how to come back to it or end it."""
    if report is None:
        click.echo("interrupted before the service answered; what was begun goes on", err=True)
        return status
    tell_github(output, outputs_of(report, {}))
    cancelling = f"{output.surroundings.settings.url}/api/v1/executions/{report.execution}/cancel"
    remarks = (
        f"the execution goes on; `campaignd wait {report.execution}` attaches again",
        f'to end it: curl -X POST -H "Authorization: Bearer $CAMPAIGND_TOKEN" {cancelling}',
    )
    show(output, report.model_copy(update={"exit_status": status}), remarks)
    return status
