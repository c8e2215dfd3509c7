from collections.abc import AsyncIterator

import pytest

from campaignd.adapters.cotool.account import headers
from campaignd.adapters.cotool.client import CotoolClient
from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.vendor import VendorHttp


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client() -> AsyncIterator[CotoolClient]:
    account = VendorAccount(
        "Cotool", "https://app.test/api", headers("ct-0123456789"), requests_per_second=1000
    )
    async with VendorHttp(account, chance=lambda: 0.0) as http:
        yield CotoolClient(http.paced)
