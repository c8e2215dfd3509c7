"""A look at many runs in flight: one list request, whatever their number."""

from collections.abc import Iterator
from functools import partial
from time import process_time

import anyio
import httpx
from measuring import Comparison, Effort, Unit, take_turns
from recording import BASE_URL, INSTALLATION, Clock, Recording, record
from shelf import Shelf, folder, open_shelf

from campaignd.adapters.cotool.client import CotoolClient
from campaignd.adapters.coval.explanations import ExplanationsClient
from campaignd.adapters.coval.runs import RunsClient
from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.exchange import Exchange
from campaignd.adapters.http.lane import Lane
from campaignd.adapters.http.pacer import Unpaced
from campaignd.adapters.http.patience import ORDINARY
from campaignd.adapters.webhooks.announcer import WebhookAnnouncer
from campaignd.engine.poller import Poller, Watch
from campaignd.engine.tools import Store, Tools, Vendors
from campaignd.wiring.tables import read_compared

RUNS = 1000
"""As many as one page of Coval's list takes."""


def measure(effort: Effort) -> Iterator[Comparison]:
    """Compare a round of the poller with reading each run; the sandbox's answers are replayed."""
    recording = anyio.run(record, effort.of(RUNS))
    with folder() as place, open_shelf(place) as shelf:
        theirs, ours = take_turns(
            effort.repeats,
            partial(anyio.run, _read_each, recording),
            partial(anyio.run, _poll_once, recording, shelf),
        )
    what, yardstick = f"look at {len(recording.launches):,} runs in flight", "reading each run"
    (requests, cpu), (their_requests, their_cpu) = (
        zip(*ours, strict=True),
        zip(*theirs, strict=True),
    )
    yield Comparison(f"{what}, requests", requests, yardstick, their_requests, Unit.REQUESTS)
    yield Comparison(f"{what} (CPU)", cpu, yardstick, their_cpu)


async def _read_each(recording: Recording) -> tuple[float, float]:
    """Return requests and seconds of CPU."""
    exchange = _exchange(recording)
    coval = RunsClient(_lane(exchange))
    begin = process_time()
    for launch in recording.launches:
        await coval.read_run(launch.run_id or "")
    return exchange.requests, process_time() - begin


async def _poll_once(recording: Recording, shelf: Shelf) -> tuple[float, float]:
    """Return requests and seconds of CPU of one round."""
    following = {launch.run_id or "": launch for launch in recording.launches}
    all_seen = anyio.Event()

    def look() -> None:
        if len(watch.seen) == len(following):
            all_seen.set()

    watch = Watch("execution", look, following)
    exchange = _exchange(recording)
    poller = Poller(_tools(exchange, shelf))
    begin = process_time()
    with poller.watching(watch):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(poller.run)
            await all_seen.wait()
            await anyio.wait_all_tasks_blocked()
            spent = process_time() - begin
            tasks.cancel_scope.cancel()
    return exchange.requests, spent


def _exchange(recording: Recording) -> Exchange:
    account = VendorAccount("Coval", BASE_URL, {"x-api-key": "any-key-will-do"})
    client = httpx.AsyncClient(
        transport=httpx.MockTransport(recording.answer), headers=account.headers
    )
    return Exchange(account, client, Clock().now)


def _lane(exchange: Exchange) -> Lane:
    return Lane(exchange, Unpaced(), ORDINARY, lambda: 0.5)


def _tools(exchange: Exchange, shelf: Shelf) -> Tools:
    lane, clock = _lane(exchange), Clock()
    coval = RunsClient(lane)
    return Tools(
        store=Store(shelf.executions, shelf.launches, shelf.results, shelf.comparisons),
        vendors=Vendors(
            coval=coval,
            urgent=coval,
            explanations=ExplanationsClient(lane),
            cotool=CotoolClient(lane),
            requests=dict,
            run_url=lambda _: None,
        ),
        clock=clock,
        chance=lambda: 0.5,
        installation=INSTALLATION,
        announcer=WebhookAnnouncer((), clock),
        rivals=shelf.rivals,
        read_table=read_compared,
    )
