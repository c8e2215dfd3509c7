"""What the tests of the wiring share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.wiring.ward import SLOW, Admit, Ward

from campaignd.sandbox import Scenario
from campaignd.settings import Settings
from campaignd.wiring.sandboxing import embedded_sandbox


@pytest.fixture
def admit(tmp_path: Path) -> Admit:
    """Serve a sandbox with slow runs and parts of a scenario, and be its patient."""

    @asynccontextmanager
    async def serve(**scenario: Any) -> AsyncIterator[Ward]:
        chosen = Scenario.model_validate({"timing": SLOW, **scenario})
        async with embedded_sandbox(Settings(), chosen, None) as settings:
            yield Ward(settings, tmp_path)

    return serve
