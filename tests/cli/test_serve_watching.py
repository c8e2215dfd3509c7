"""A service as those see it who watch it: its page of metrics, Coval's calls, its journal."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.cli.conftest import CAMPAIGN, Home

SECRET = "a-secret-of-our-own"  # noqa: S105


@pytest.fixture
def campaigns(home: Home) -> Path:
    folder = home.folder / "campaigns"
    folder.mkdir()
    (folder / "smoke.yaml").write_text(CAMPAIGN + 'schedule: [{cron: "* * * * *"}]\n')
    return folder


@pytest.mark.slow
def test_a_moment_is_seen_in_metrics_and_journal_and_no_secret_is(
    process: Any, brisk: Any, campaigns: Path
) -> None:
    changes = {"API__PORT": "0", "LOG__FORMAT": "json", "LOG__LEVEL": "debug"}
    variables = {f"CAMPAIGND_{name}": value for name, value in changes.items()}
    service = process("serve", CAMPAIGND_HOOKS__COVAL_SECRET=SECRET, **variables)
    url = json.loads(service.wait_for('"listening"'))["url"]
    finished = json.loads(service.wait_for('"finished", "level"', seconds=75))
    assert finished["verdict"] == "passed"
    called = httpx.post(f"{url}/hooks/coval/{SECRET}", json={"run_id": "x"}, trust_env=False)
    assert called.status_code == 204
    request = service.wait_for('"event": "request"')
    assert json.loads(request)["route"].startswith("/hooks/coval/")
    page = httpx.get(f"{url}/metrics", trust_env=False)
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
    }
    assert found["campaignd_vendor_requests_total", "200", "coval"] > 5
    assert found["campaignd_executions_finished_total", "smoke", "passed"] == 1
    service.signal(15)
    done = service.end()
    assert SECRET not in done.err
    assert all(json.loads(line)["event"] for line in done.err.splitlines())
