"""`docs/campaign.md`: its examples load, and its tables have every key that there is."""

import re
from pathlib import Path

import pytest

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.core.campaign import Campaign
from campaignd.core.gates.registry import KINDS

PAGE = (Path(__file__).parents[1] / "docs" / "campaign.md").read_text(encoding="utf-8")
KEY = re.compile(r"^(?=\w+:)", re.MULTILINE)
WHOLE = """
version: 1
name: checkout
agents:
  checkout:
    coval: gk3jK9mPq2xRt5vW8yZaBc
    cotool: 3c90c3cc-0d44-4b50-8888-8dd25736052a
    mutations: [models]
personas:
  impatient: hL4kL0nQr3ySt6vX9zAcDd
  elderly: pE3Hn6Yd0Sf8Jr2Ku5Gv1X
test_sets:
  smoke: aB1cD2eF
  refunds: rF9kL2mN
mutations:
  models: {fast-vad: 01ARZ3NDEKTSV4RRFFQ69G5FAV}
metrics:
  resolved: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: "YES"}}
  latency: {id: iM5lM1oRs4zTu7wY0aBdEe, better: lower, unit: s}
  quality: {cotool: score}
"""
THRESHOLDS = {"at_least", "at_most", "k", "ignore"}
MARGINS = {"than", "rule_out", "allow", "by", "over", "direction"}


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_an_example_is_right_in_a_campaign(example: str) -> None:
    parts = {part.partition(":")[0]: part for part in KEY.split(WHOLE + "\n") if part.strip()}
    own = {part.partition(":")[0]: part for part in KEY.split(example) if not part.startswith("#")}
    if "agents" in own:  # others than those that the rest speaks of
        parts |= dict.fromkeys(("mutations", "metrics"), "")
    text = "\n".join((parts | own).values())
    assert load_campaign_text(text, "page.yaml", {}).campaign.name in text


def table_below(heading: str) -> dict[str, list[str]]:
    """The rows of the first table below a heading, by what stands in backticks first."""
    table = PAGE.split(f"\n{heading}\n")[1].split("| --- |", 1)[1].split("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.split("\n")[1:]]
    return {key: row for row in rows for key in re.findall(r"`(\w+)[:`]", row[0])}


def test_every_key_of_a_campaign_is_in_the_first_table() -> None:
    assert set(table_below("## Top level")) == set(Campaign.model_fields)


def test_every_kind_of_gate_is_in_a_table() -> None:
    told = {*table_below("### Against a threshold"), *table_below("### Against something else")}
    percentiles = {kind for kind in KINDS if re.fullmatch(r"p\d+", kind)}
    assert told | percentiles | {"any", "all"} == set(KINDS)


def test_every_option_of_a_gate_is_in_the_table_with_its_default() -> None:
    options = table_below("### Options")
    for kind, model in KINDS.items():
        own = {"kind", model.subject} | THRESHOLDS | MARGINS
        for name, field in model.model_fields.items():
            if name in own:
                assert name in {"kind", model.subject} or f"`{name}" in PAGE, (kind, name)
            elif isinstance(field.default, str | bool):
                default = str(field.default).lower()
                assert default in options[name][1], (kind, name)
            else:
                assert name in options, (kind, name)
