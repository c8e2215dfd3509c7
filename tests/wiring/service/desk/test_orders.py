"""Orders are stored whole and driven, or not at all."""

import anyio
import pytest
from tests.engine.campaigns import write_campaign
from tests.web.routes.conftest import (  # noqa: F401  # fixtures
    OpenHouse,
    anyio_backend,
    house,
    lent_database,
    open_stage,
    template,
)

from campaignd.core.states import ExecutionState
from campaignd.web.desk import Order


@pytest.mark.parametrize("access", [1, 2, 3, 5, 8])
async def test_whoever_hangs_up_leaves_nothing_half_done(
    house: OpenHouse,  # noqa: F811  # a fixture
    access: int,
) -> None:
    left = [access]
    scope = anyio.CancelScope()

    def hang_up() -> None:
        left[0] -= 1
        if left[0] == 0:
            scope.cancel()

    async with house(write_campaign(), trouble=hang_up) as service:
        with scope:
            await service.app.state.desk.orders.trigger("checkout-nightly", Order(by="ci"))
        assert scope.cancel_called
        await anyio.sleep(600)
        stored = await service.station.storage.history.list(None, 10)
        assert all(each.execution.state is ExecutionState.FINISHED for each in stored)
