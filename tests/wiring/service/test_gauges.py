"""The numbers of a service in virtual time."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import anyio
from prometheus_client.parser import text_string_to_metric_families
from tests.engine.campaigns import name_personas
from tests.engine.stage import Stage
from tests.wiring.service.alarms import ClockAlarms
from tests.wiring.service.conftest import Night, at_night, scheduled

from campaignd.adapters.store.standing import Conclusion
from campaignd.core.verdicts import Verdict
from campaignd.wiring.service.clockwork import Clockwork
from campaignd.wiring.service.crew import Crew
from campaignd.wiring.service.gauges import PrometheusGauges
from campaignd.wiring.service.metrics import MOST_CAMPAIGNS, OTHERS, Metrics

MINUTE = timedelta(minutes=1)
SLOW = {"simulation": ["8m", "8m"], "simulations_within": None}
Numbers = dict[str, float]
Make = Callable[..., Night]


@asynccontextmanager
async def watched(night: Night, owner: str = "serve 1") -> AsyncIterator[PrometheusGauges]:
    """Have a service, and its gauges."""
    night.living.add(owner)
    async with night.stage.process() as process, anyio.create_task_group() as tasks:
        station = night._station(process, owner)
        crew = Crew(station, tasks)
        await crew.adopt()
        tasks.start_soon(process.poller.run)
        clockwork = Clockwork(
            station,
            night.shelf,
            crew,
            tasks,
            lambda ring: ClockAlarms(night.stage.clock, tasks, ring),
        )
        await tasks.start(clockwork.run)
        yield PrometheusGauges(station, night.shelf, clockwork)
        tasks.cancel_scope.cancel()
    night.living.discard(owner)


async def scrape(gauges: PrometheusGauges) -> Numbers:
    """Read the page as Prometheus does: `{'name{label="value"}': 1.0}`, without `le` buckets."""
    page, media_type = await gauges.render()
    assert media_type == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for family in text_string_to_metric_families(page.decode()):
        for sample in family.samples:
            labels = ",".join(f'{key}="{value}"' for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def test_an_execution_is_seen_under_way_and_finished(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW)
    night = at_night(stage, scheduled("5 3 * * *", personas=name_personas(3)))
    async with watched(night) as gauges:
        before = await scrape(gauges)
        await anyio.sleep(420)
        during = await scrape(gauges)
        await anyio.sleep(1200)
        after = await scrape(gauges)
    finished = 'campaignd_executions_finished_total{campaign="nightly",verdict="passed"}'
    last = 'campaignd_last_finished_timestamp_seconds{campaign="nightly"}'
    assert (before["campaignd_runs_in_flight"], before[finished], before[last]) == (0, 0, 0)
    assert during["campaignd_runs_in_flight"] == 3
    assert during['campaignd_launches{state="running"}'] == 3
    assert during['campaignd_executions{state="running"}'] == 1
    assert 0 < during["campaignd_poll_lag_seconds"] < 40
    assert after["campaignd_runs_in_flight"] == after["campaignd_poll_lag_seconds"] == 0
    assert after[finished] == 1
    assert stage.clock.start.timestamp() < after[last] < stage.clock.now().timestamp()
    assert after["campaignd_verdict_latency_seconds_count"] == 1
    assert 0 <= after["campaignd_verdict_latency_seconds_sum"] < 60


async def test_a_restart_forgets_nothing_that_has_finished(night: Make) -> None:
    service = night(scheduled("5,15 3 * * *"))
    await service.serve(10 * MINUTE)
    async with watched(service, "serve 2") as gauges:
        first = await scrape(gauges)
        await anyio.sleep(600)
        second = await scrape(gauges)
    finished = 'campaignd_executions_finished_total{campaign="nightly",verdict="passed"}'
    last = 'campaignd_last_passed_timestamp_seconds{campaign="nightly"}'
    assert (first[finished], second[finished]) == (1, 2)
    assert second[last] - first[last] == 600
    assert first["campaignd_verdict_latency_seconds_count"] == 0
    assert second["campaignd_verdict_latency_seconds_count"] == 1


async def test_what_two_ask_for_at_once_is_counted_once(night: Make) -> None:
    service = night(scheduled("5 3 * * *"))
    async with watched(service) as gauges:
        await scrape(gauges)
        await anyio.sleep(600)
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(gauges.render)
        numbers = await scrape(gauges)
    assert numbers['campaignd_executions_finished_total{campaign="nightly",verdict="passed"}'] == 1


async def test_events_that_are_numbered_anew_are_counted_anew(night: Make) -> None:
    service = night(scheduled("5,15 3 * * *"))
    async with watched(service) as gauges:
        await anyio.sleep(600)
        await scrape(gauges)
        gauges._ledger._mark = 1_000_000
        await anyio.sleep(600)
        numbers = await scrape(gauges)
    assert numbers['campaignd_executions_finished_total{campaign="nightly",verdict="passed"}'] == 2


async def test_schedules_tell_their_next_moment_and_what_they_skipped(night: Make) -> None:
    service = night(scheduled("5,10 3 * * *"), scheduled("0 4 * * *", name="paused"))
    now = service.stage.clock.now
    upcoming = 'campaignd_schedule_next_timestamp_seconds{campaign="nightly"}'
    skipped = 'campaignd_schedule_skipped_moments{campaign="nightly"}'
    async with watched(service) as gauges:
        first = await scrape(gauges)
        await service.timetable.pause("nightly", now())
        await service.timetable.pause("paused", now())
        await anyio.sleep(420)
        second = await scrape(gauges)
        await service.timetable.resume("nightly", now())
        third = await scrape(gauges)
        standings = gauges._station.storage.standings
        later = (await standings.now(["nightly"], now() - MINUTE)).skipped
    assert (
        first[upcoming]
        == now().replace(day=2, hour=3, minute=5, second=0, microsecond=0).timestamp()
    )
    assert upcoming not in second
    assert (first[skipped], second[skipped], later["nightly"]) == (0, 1, 0)
    assert third[upcoming] - first[upcoming] == 300
    assert 'campaignd_schedule_next_timestamp_seconds{campaign="paused"}' not in third


async def test_a_refused_key_and_an_unreachable_vendor_are_seen(night: Make) -> None:
    service = night(scheduled("5 3 * * *"))
    async with watched(service) as gauges:
        calm = await scrape(gauges)
        gauges._station.tools.account.halted = "the key is refused"
        halted = await scrape(gauges)
    assert calm["campaignd_launching_halted"] == 0
    assert halted["campaignd_launching_halted"] == 1


async def test_messages_that_wait_have_their_number_and_age(night: Make) -> None:
    hook = {"webhooks": [{"url": "https://ci.example.com/hook"}]}
    service = night(scheduled("5 3 * * *", report=hook))
    async with watched(service) as gauges:
        await anyio.sleep(3600)
        numbers = await scrape(gauges)
    assert numbers['campaignd_outbox_messages{state="pending"}'] == 1
    assert 3200 < numbers["campaignd_outbox_oldest_age_seconds"] < 3400


async def test_campaigns_and_the_database_are_measured(night: Make) -> None:
    async with watched(night(scheduled("5 3 * * *"))) as gauges:
        numbers = await scrape(gauges)
    assert numbers["campaignd_campaigns_loaded"] == 1
    assert numbers["campaignd_campaigns_broken"] == 0
    assert numbers["campaignd_database_bytes"] > 100_000
    assert numbers["campaignd_database_free_bytes"] > 0
    assert numbers["process_resident_memory_bytes"] > 10_000_000
    assert numbers["process_open_fds"] > 3
    assert any(name.startswith("campaignd_build_info{") for name in numbers)


async def test_however_many_campaigns_there_were_the_page_stays_bounded(night: Make) -> None:
    async with watched(night(scheduled("5 3 * * *"))) as gauges:
        reading = await gauges._read()
    start = reading.now
    conclusions = [
        Conclusion(f"pr-{n}", Verdict.PASSED, 1, start + n * MINUTE) for n in range(2000)
    ]
    page = Metrics(replace(reading, conclusions=conclusions))
    (finished,) = [x for x in page.collect() if x.name == "campaignd_executions_finished"]
    counts = {sample.labels["campaign"]: sample.value for sample in finished.samples}
    assert len(counts) == MOST_CAMPAIGNS + 1
    assert {"nightly", "pr-1999"} < counts.keys()
    assert counts[OTHERS] == 2000 - (MOST_CAMPAIGNS - 1)
