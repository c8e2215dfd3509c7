import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

from campaignd.sandbox import Scenario, World

LOOK = """
import sys, campaignd.sandbox
heavy = {"starlette", "uvicorn", "httpx", "asyncio"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else 0)
"""


def test_the_world_needs_no_server_and_no_event_loop() -> None:
    found = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, check=False)
    assert found.stderr == b""


def test_the_vendors_time_is_utc_whatever_zone_it_is_asked_in() -> None:
    world = World(Scenario.model_validate({"timing": {"clock_skew": "90s"}}))
    tokyo = timezone(timedelta(hours=9))
    asked = datetime(2026, 11, 2, 17, 0, tzinfo=tokyo)
    assert str(world.server_time(asked)) == "2026-11-02 08:01:30+00:00"
    assert world.server_time(asked).tzinfo is UTC
