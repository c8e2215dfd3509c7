from pathlib import Path

import pytest

from campaignd.adapters.campaign_files import LoadedCampaign, check_campaign_file, load_campaign
from campaignd.core.plan import expand

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
WHOLE_FORMAT = Path(__file__).with_name("whole_format.yaml")


def load(name: str) -> LoadedCampaign:
    return load_campaign(CAMPAIGNS / name, {})


@pytest.mark.parametrize("path", sorted(CAMPAIGNS.glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_is_right_and_tells_editors_of_the_schema(path: Path) -> None:
    assert check_campaign_file(path, {}) == ()
    first = path.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../docs/campaign.schema.json"


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        pytest.param("pull-request.yaml", ["checkout/impatient/smoke"], id="smoke check"),
        pytest.param(
            "nightly.yaml",
            [
                "checkout/impatient/smoke",
                "checkout/elderly/smoke",
                "checkout/impatient/refunds",
            ],
            id="nightly",
        ),
        pytest.param("cotool-scores.yaml", [], id="scores alone"),
        pytest.param(
            "complete.yaml",
            [
                "checkout/impatient/smoke",
                "checkout/elderly/smoke",
                "checkout/impatient/refunds",
            ],
            id="whole format",
        ),
    ],
)
def test_examples_expand_to_the_cells_they_speak_of(name: str, cells: list[str]) -> None:
    assert [cell.key for cell in expand(load(name).campaign).cells] == cells


def test_a_pull_request_tests_the_agent_it_is_given() -> None:
    inputs = {"agent_id": "aB3dE5fG7hJ9kL1mN3pQ5r"}
    loaded = load_campaign(CAMPAIGNS / "pull-request.yaml", inputs)
    assert loaded.campaign.agents["checkout"].coval == inputs["agent_id"]


def test_the_examples_stay_within_their_own_budgets() -> None:
    sizes = {"smoke": 12, "refunds": 40}
    for path in CAMPAIGNS.glob("*.yaml"):
        campaign = load(path.name).campaign
        planned = expand(campaign, sizes).simulations
        assert planned is not None
        assert planned <= campaign.limits.simulations


def test_the_whole_format_is_read() -> None:
    campaign = load_campaign(WHOLE_FORMAT, {}).campaign
    unset = type(campaign).model_fields.keys() - campaign.model_fields_set
    assert unset == set()
    assert campaign.gates[0].title == "Resolved"
    assert campaign.schedule[0].catch_up == "last"
    assert campaign.report.webhooks[1].format == "slack"
