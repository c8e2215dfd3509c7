"""What all tests share."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """The daemon runs on asyncio; tests of the engine choose others themselves."""
    return "asyncio"
