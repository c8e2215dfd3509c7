"""`trigger` and `wait`: executions that a service runs, begun and watched from elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from signal import Signals

import anyio

from campaignd.adapters.http.account import AccountInvalid
from campaignd.adapters.remote.contact import Contact
from campaignd.adapters.remote.faults import ServiceAway, ServiceRefused, ShutOut
from campaignd.adapters.remote.following import Follower, Means
from campaignd.adapters.remote.service import Order, Service
from campaignd.core.report import ExecutionReport
from campaignd.settings import Settings, SettingsInvalid
from campaignd.wiring.chance import SystemClock, chance
from campaignd.wiring.session import Host
from campaignd.wiring.signals import SignalWatch

_DOUBT = "Is the service up, and CAMPAIGND_URL its address?"


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of an execution: its latest report, and the signal that ended the watching."""

    report: ExecutionReport | None
    signal: Signals | None = None


async def place(order: Order, host: Host) -> ExecutionReport:
    """Have an execution begun. Raises SettingsInvalid, ServiceRefused, ServiceAway."""
    _require_token(host.settings)
    async with _attach(host) as line:
        return await line.place(order)


async def place_and_watch(order: Order, host: Host) -> Watched:
    """Have an execution begun and watch it to its end, or until a signal. Raises as `place`."""
    _require_token(host.settings)
    async with _attach(host) as line:
        return await line.place_and_watch(order)


async def watch(execution: str, host: Host) -> Watched:
    """Watch an execution to its end, or until a signal. Raises as `place`."""
    async with _attach(host) as line:
        return await line.watch(execution)


@dataclass(frozen=True, slots=True)
class _Line:
    """To one service, within `_attach`."""

    service: Service
    contact: Contact
    means: Means
    signals: SignalWatch

    async def place(self, order: Order) -> ExecutionReport:
        try:
            return await self.contact.hold(lambda: self.service.begin(order))
        except ServiceAway as away:
            away.add_note(f"{_DOUBT} If the order arrived all the same, the execution goes on.")
            raise

    async def place_and_watch(self, order: Order) -> Watched:
        placed: list[ExecutionReport] = []

        async def place() -> None:
            placed.append(await self.place(order))

        signal = await self.signals.until_signal(place)
        if signal is not None:
            return Watched(None, signal)
        (report,) = placed
        self.means.observer.say(f"execution {report.execution} of {report.campaign}")
        return await self.watch(report.execution, is_known=True)

    async def watch(self, execution: str, *, is_known: bool = False) -> Watched:
        """Watch to the end. `is_known`: the service has shown that there is such an execution."""
        follower = Follower(self.service, self.contact, execution, self.means)
        try:
            signal = await self.signals.until_signal(follower.follow)
        except (ServiceAway, ServiceRefused) as fault:
            is_known |= follower.report is not None
            if isinstance(fault, ServiceRefused) and not is_known:
                raise
            # A token that expires in between is no wrong order: the execution goes on, unseen.
            away = fault if isinstance(fault, ServiceAway) else ShutOut(str(fault))
            known = "The execution goes on." if is_known else _DOUBT
            away.add_note(f"{known} `campaignd wait {execution}` attaches again.")
            raise away from fault.__cause__
        return Watched(follower.report, signal)


@asynccontextmanager
async def _attach(host: Host) -> AsyncIterator[_Line]:
    means = Means(host.observer, SystemClock().now, chance)
    signals = SignalWatch()
    async with _service_of(host.settings) as service, anyio.create_task_group() as tasks:
        await tasks.start(signals.listen)
        yield _Line(service, Contact(host.observer, chance), means, signals)
        tasks.cancel_scope.cancel()


def _service_of(settings: Settings) -> Service:
    if settings.url is None:
        raise SettingsInvalid(
            "CAMPAIGND_URL is not set: it says where the service is, such as "
            "https://campaignd.example.com"
        )
    token = settings.token
    try:
        return Service(settings.url, None if token is None else token.get_secret_value())
    except AccountInvalid as error:
        raise SettingsInvalid(f"CAMPAIGND_URL or CAMPAIGND_TOKEN: {error}") from None


def _require_token(settings: Settings) -> None:
    """Without a token one can at most read, and that on the service's own machine."""
    if settings.token is None:
        raise SettingsInvalid(
            "CAMPAIGND_TOKEN is not set; where the service runs, `campaignd token create NAME "
            "--scope trigger` makes one (`--scope submit` for files)"
        )
