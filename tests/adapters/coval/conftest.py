from collections.abc import AsyncIterator

import pytest

from campaignd.adapters.coval.account import headers
from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.lane import Lane
from campaignd.adapters.http.vendor import VendorHttp


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    account = VendorAccount(
        "Coval", "https://api.test/v1", headers("sk-0123456789", "ws1"), requests_per_second=1000
    )
    async with VendorHttp(account, chance=lambda: 0.0) as http:
        yield http.paced
