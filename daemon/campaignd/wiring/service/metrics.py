"""What each metric is called, and what it says. docs/operations.md lists them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from platform import python_version

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from campaignd.adapters.store.standing import Conclusion, Standing
from campaignd.core.states import ON_COVAL
from campaignd.core.verdicts import Verdict
from campaignd.wiring.service.ledger import Latencies

MOST_CAMPAIGNS = 500
"""Campaigns with numbers of their own: those of the service, then who finished last."""
OTHERS = "(others)"


@dataclass(frozen=True, slots=True)
class Process:
    """`started_at` in Unix time, `memory` in bytes, and how many `files` are open."""

    started_at: float
    memory: int | None
    files: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """The service at one moment."""

    now: datetime
    process: Process
    outcomes: Mapping[str, Mapping[str, int]]
    poll_lag: timedelta
    is_halted: bool
    standing: Standing
    conclusions: Sequence[Conclusion]
    latencies: Latencies
    next_starts: Mapping[str, datetime]
    campaigns: Collection[str]
    broken: int


class Metrics(Collector):
    """The metrics of one reading; at most 500 campaigns have series of their own."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterator[Metric]:
        reading = self._reading
        yield from _of_process(reading.process)
        yield from _of_vendors(reading)
        yield from _of_work(reading.standing)
        yield from _of_results(reading)
        yield from _of_outbox(reading)
        yield from _of_database(reading.standing)
        yield from _of_campaigns(reading)


def _of_process(process: Process) -> Iterator[Metric]:
    labels = {"version": version("campaignd"), "python": python_version()}
    build = GaugeMetricFamily("campaignd_build_info", "Always 1: what runs.", labels=[*labels])
    build.add_metric([*labels.values()], 1)
    yield build
    started = "When the service was started, in Unix time."
    yield GaugeMetricFamily("process_start_time_seconds", started, process.started_at)
    if process.memory is not None:
        resident = "Resident memory."
        yield GaugeMetricFamily("process_resident_memory_bytes", resident, process.memory)
    if process.files is not None:
        yield GaugeMetricFamily("process_open_fds", "Open files.", process.files)


def _of_vendors(reading: Reading) -> Iterator[Metric]:
    words = (
        "Requests to a vendor since the start, by the status of the answer, or not_sent, timeout, "
        "broken, cancelled."
    )
    requests = CounterMetricFamily("campaignd_vendor_requests", words, labels=["vendor", "status"])
    for vendor, outcomes in reading.outcomes.items():
        for status, count in sorted(outcomes.items()):
            requests.add_metric([vendor, status], count)
    yield requests
    lag = "Since the runs that are followed were last seen; 0 while none is."
    yield GaugeMetricFamily("campaignd_poll_lag_seconds", lag, reading.poll_lag.total_seconds())
    halted = "1 while nothing is launched because Coval refuses the key."
    yield GaugeMetricFamily("campaignd_launching_halted", halted, reading.is_halted)


def _of_work(standing: Standing) -> Iterator[Metric]:
    yield _by("state", "campaignd_executions", "Unfinished executions.", standing.executions)
    yield _by("state", "campaignd_launches", "Launches not settled.", standing.launches)
    in_flight = sum(standing.launches.get(state.value, 0) for state in ON_COVAL)
    words = "Launches that may have a run going on, on Coval."
    yield GaugeMetricFamily("campaignd_runs_in_flight", words, in_flight)


def _of_results(reading: Reading) -> Iterator[Metric]:
    finished = CounterMetricFamily(
        "campaignd_executions_finished",
        "Executions that ever finished; counted in the database, so that a restart resets nothing.",
        labels=["campaign", "verdict"],
    )
    own = _own_series(reading)
    # From 0 on, so that the first one of a kind is seen to be one more.
    fresh = [name for name in own if name in reading.campaigns]
    counts = {(name, verdict.value): 0 for name in fresh for verdict in Verdict}
    for each in reading.conclusions:
        key = (each.campaign if each.campaign in own else OTHERS, each.verdict.value)
        counts[key] = counts.get(key, 0) + each.count
    for key, count in counts.items():
        finished.add_metric(key, count)
    yield finished
    yield from _of_last_finishes(reading, own)
    yield HistogramMetricFamily(
        "campaignd_verdict_latency_seconds",
        "From the end of an execution's last run to its verdict, since the start.",
        buckets=reading.latencies.buckets(),
        sum_value=reading.latencies.total.total_seconds(),
    )


def _of_last_finishes(reading: Reading, own: Collection[str]) -> Iterator[Metric]:
    finished, passed = dict.fromkeys(own, 0.0), dict.fromkeys(own, 0.0)
    for each in reading.conclusions:
        if each.campaign not in own:
            continue
        moment = each.last.timestamp()
        finished[each.campaign] = max(moment, finished[each.campaign])
        if each.verdict is Verdict.PASSED:
            passed[each.campaign] = moment
    words = "When an execution of the campaign last {}, in Unix time; 0: never."
    name = "campaignd_last_{}_timestamp_seconds"
    for what, moments in (("finished", finished), ("passed", passed)):
        yield _by("campaign", name.format(what), words.format(what), moments)


def _own_series(reading: Reading) -> Collection[str]:
    last: dict[str, datetime] = {}
    for each in reading.conclusions:
        last[each.campaign] = max(each.last, last.get(each.campaign, each.last))
    newest = sorted(last.keys() - reading.campaigns, key=last.__getitem__, reverse=True)
    return dict.fromkeys([*sorted(reading.campaigns), *newest][:MOST_CAMPAIGNS])


def _of_outbox(reading: Reading) -> Iterator[Metric]:
    standing = reading.standing
    words = "Webhook messages that are not delivered."
    yield _by("state", "campaignd_outbox_messages", words, standing.deliveries)
    oldest = standing.oldest_delivery or reading.now
    age = max(reading.now - oldest, timedelta()).total_seconds()
    words = "Age of the oldest message that is still to be delivered; 0 without one."
    yield GaugeMetricFamily("campaignd_outbox_oldest_age_seconds", words, age)


def _of_database(standing: Standing) -> Iterator[Metric]:
    if standing.files is not None:
        words = "The database's file and its log of writes."
        yield GaugeMetricFamily("campaignd_database_bytes", words, standing.files.size)
        words = "What is left on the database's disk."
        yield GaugeMetricFamily("campaignd_database_free_bytes", words, standing.files.free)


def _of_campaigns(reading: Reading) -> Iterator[Metric]:
    loaded = "Campaigns in force."
    yield GaugeMetricFamily("campaignd_campaigns_loaded", loaded, len(reading.campaigns))
    broken = "Campaign files with mistakes."
    yield GaugeMetricFamily("campaignd_campaigns_broken", broken, reading.broken)
    moments = {name: moment.timestamp() for name, moment in reading.next_starts.items()}
    words = "When the schedule has its next moment, in Unix time; paused ones have none."
    yield _by("campaign", "campaignd_schedule_next_timestamp_seconds", words, moments)
    words = "Moments of the last 24 hours that created nothing."
    skipped = reading.standing.skipped
    yield _by("campaign", "campaignd_schedule_skipped_moments", words, skipped)


def _by(label: str, name: str, words: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
