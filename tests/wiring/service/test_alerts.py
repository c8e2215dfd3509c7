"""The example alerts: they can be read, ask for what there is, and somebody knows what to do."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML
from tests.wiring.service.conftest import Night, scheduled
from tests.wiring.service.test_gauges import Make, watched

from campaignd.cli.group import campaignd

ROOT = Path(__file__).parents[3]
RULES: list[dict[str, Any]] = [
    rule
    for group in YAML(typ="safe").load(ROOT / "integrations/prometheus/alerts.yml")["groups"]
    for rule in group["rules"]
]
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
RUNBOOK = OPERATIONS.split("\n## Alerts\n")[1].split("\n## ")[0]
OF_PROMETHEUS = {"up": {"job", "instance"}}
OF_EVERY_TARGET = {"job", "instance", "le"}
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])


def selectors(expr: str) -> Iterator[promql_parser.VectorSelector]:
    found: list[promql_parser.VectorSelector] = []

    def visit(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        if isinstance(node, promql_parser.MatrixSelector):
            found.append(node.vector_selector)

    promql_parser.walk(promql_parser.parse(expr), visit)
    return iter(found)


@pytest.fixture
async def exposed(night: Make) -> dict[str, set[str]]:
    """Names of all that a service exposes, and the labels of each."""
    service: Night = night(scheduled("5 3 * * *"))
    async with watched(service) as gauges:
        page, _ = await gauges.render()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(page.decode()):
        found.setdefault(f"{family.name}{'_total' if family.type == 'counter' else ''}", set())
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    # The stage counts its requests elsewhere.
    found["campaignd_vendor_requests_total"] = {"vendor", "status"}
    return found


async def test_each_metric_and_label_that_a_rule_asks_for_is_exposed(
    exposed: dict[str, set[str]],
) -> None:
    for rule in RULES:
        for selector in selectors(rule["expr"]):
            labels = (exposed | OF_PROMETHEUS)[selector.name]
            asked = {matcher.name for matcher in selector.matchers.matchers}
            assert asked <= labels | OF_EVERY_TARGET, rule["alert"]


async def test_each_metric_is_documented_with_its_labels_and_no_other(
    exposed: dict[str, set[str]],
) -> None:
    table = OPERATIONS.split("\n## Metrics\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+`) \| ([^|]*)\|", table, re.MULTILINE)
    documented = {
        name: set(re.findall(r"`(\w+)`", labels))
        for names, labels in rows
        for name in re.findall(r"`(\w+)`", names)
    }
    parts = re.compile(r"_(bucket|count|sum)$")
    assert documented == {
        name: labels for name, labels in exposed.items() if not parts.search(name)
    }


@each_rule
def test_a_rule_can_be_read_and_says_how_much_it_matters(rule: dict[str, Any]) -> None:
    assert list(selectors(rule["expr"]))
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"]
    if "for" in rule:
        assert promql_parser.parse_duration(rule["for"])


@each_rule
def test_a_rule_has_a_row_in_the_runbook_that_names_a_command(rule: dict[str, Any]) -> None:
    (row,) = re.findall(rf"^\| `{rule['alert']}` \| (.+) \| (.+) \|$", RUNBOOK, re.MULTILINE)
    meaning, advice = row
    assert meaning
    assert re.search(r"`(campaignd|journalctl|systemctl|df) ", advice)


def test_the_runbook_has_rows_for_these_alerts_alone() -> None:
    rows = re.findall(r"^\| `(\w+)`", RUNBOOK, re.MULTILINE)
    assert rows == [rule["alert"] for rule in RULES]


def test_the_runbook_names_commands_that_there_are() -> None:
    named = set(re.findall(r"`campaignd (\w+)", RUNBOOK)) - {"failed"}  # which is an event
    assert named
    assert named <= set(campaignd.commands)


def test_the_table_of_the_journal_has_every_event_that_a_service_logs() -> None:
    table = OPERATIONS.split("\n## The journal\n")[1].split("\n## ")[0]
    documented = {
        event
        for names in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
        for event in re.findall(r"`([^`]+)`", names)
    }
    call = re.compile(r"\blog\.(?:info|warning|error|exception)\(\s*\"([^\"]+)\"")
    package = ROOT / "daemon/campaignd"
    parts = ("engine", "adapters", "web", "wiring/service")
    sources = [path for part in parts for path in (package / part).rglob("*.py")]
    logged = {event for path in sources for event in call.findall(path.read_text("utf-8"))}
    # These are logged by other means: after a commit, at several levels, by the command.
    others = {"moved", "stop asked", "taken over", "request", "unknown variable"}
    assert documented == logged | others
