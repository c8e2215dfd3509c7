"""How long a service may stay away: minutes pass at once here."""

from datetime import timedelta
from typing import Any

import anyio
import pytest
from tests.adapters.http.conftest import VirtualLoop
from tests.adapters.remote.conftest import Watching

from campaignd.adapters.remote.contact import Contact, Patience
from campaignd.adapters.remote.faults import NotTheService, ServiceAway, ServiceRefused


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return ("asyncio", {"loop_factory": VirtualLoop})


class Asked:
    """Fails as scripted, then answers; a lone last failure is for ever."""

    def __init__(self, *faults: Exception, for_ever: bool = False) -> None:
        self._faults = list(faults)
        self._for_ever = for_ever
        self.at: list[float] = []

    async def __call__(self) -> str:
        self.at.append(anyio.current_time())
        if not self._faults:
            return "answer"
        fault = self._faults[0]
        if not (self._for_ever and len(self._faults) == 1):
            self._faults.pop(0)
        raise fault


def contact(watching: Watching, chance: float = 0.0) -> Contact:
    return Contact(watching, lambda: chance)


async def test_an_outage_is_told_once_and_so_is_its_end(watching: Watching) -> None:
    asked = Asked(*[ServiceAway("it is gone")] * 5)
    assert await contact(watching).hold(asked) == "answer"
    assert watching.said == [
        "no contact with the service: it is gone; trying again",
        "in contact with the service again",
    ]


async def test_waits_double_up_to_a_bound(watching: Watching) -> None:
    asked = Asked(*[ServiceAway("gone")] * 6)
    await contact(watching).hold(asked)
    waits = [later - sooner for sooner, later in zip(asked.at, asked.at[1:], strict=False)]
    assert waits == pytest.approx([1, 2, 4, 8, 15, 15])


async def test_chance_shortens_a_wait_to_half_at_most(watching: Watching) -> None:
    asked = Asked(ServiceAway("gone"))
    await contact(watching, chance=1.0).hold(asked)
    assert asked.at[1] - asked.at[0] == pytest.approx(0.5)


async def test_a_wish_of_the_service_is_waited_for(watching: Watching) -> None:
    asked = Asked(ServiceAway("slow down", timedelta(seconds=40)))
    await contact(watching).hold(asked)
    assert asked.at[1] - asked.at[0] == pytest.approx(40)


async def test_a_service_that_never_answered_is_given_up_after_two_minutes(
    watching: Watching,
) -> None:
    asked = Asked(ServiceAway("gone"), for_ever=True)
    began = anyio.current_time()
    with pytest.raises(ServiceAway, match="gone"):
        await contact(watching).hold(asked)
    assert 100 < anyio.current_time() - began <= 120


async def test_a_service_that_answered_before_may_be_away_for_a_quarter_of_an_hour(
    watching: Watching,
) -> None:
    line = contact(watching)
    await line.hold(Asked())
    began = anyio.current_time()
    with pytest.raises(ServiceAway):
        await line.hold(Asked(ServiceAway("gone"), for_ever=True))
    assert 14 * 60 < anyio.current_time() - began <= 15 * 60


async def test_outages_are_counted_one_by_one(watching: Watching) -> None:
    line = contact(watching)
    for _ in range(20):
        assert await line.hold(Asked(*[ServiceAway("gone")] * 10)) == "answer"


async def test_what_never_was_the_service_is_not_asked_again(watching: Watching) -> None:
    asked = Asked(NotTheService("a login page"))
    with pytest.raises(NotTheService):
        await contact(watching).hold(asked)
    assert len(asked.at) == 1


async def test_a_proxy_that_stands_in_for_the_service_is_only_an_outage(
    watching: Watching,
) -> None:
    line = contact(watching)
    await line.hold(Asked())
    assert await line.hold(Asked(NotTheService("404 of a proxy"))) == "answer"


async def test_a_refusal_is_never_asked_again(watching: Watching) -> None:
    asked = Asked(ServiceRefused("no"))
    with pytest.raises(ServiceRefused):
        await contact(watching).hold(asked)
    assert len(asked.at) == 1


def test_patience_knows_no_wait_too_long_to_count() -> None:
    assert Patience().wait(10_000, ServiceAway("gone"), 0.0) == timedelta(seconds=15)
