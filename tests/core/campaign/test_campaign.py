from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from campaignd.core.campaign import Campaign, CotoolAgentRef, Last

AGENT = "gk3jK9mPq2xRt5vW8yZaBc"
PERSONA = "hL4kL0nQr3ySt6vX9zAcDd"
COTOOL = "3c90c3cc-0d44-4b50-8888-8dd25736052a"


def a_campaign(**parts: Any) -> Campaign:
    return Campaign.model_validate(
        {"version": "1", "name": "smoke", "agents": {"checkout": {"coval": AGENT}}} | parts
    )


def test_what_is_left_out_has_the_documented_defaults() -> None:
    campaign = a_campaign()
    assert campaign.options.model_dump() == {"iterations": 1, "concurrency": 5}
    assert campaign.limits.model_dump() == {
        "simulations": 500,
        "runs_in_flight": 10,
        "queue_timeout": None,
        "stall_timeout": "45m",
        "run_timeout": None,
        "timeout": "1d",
        "on_timeout": "cancel",
    }
    assert campaign.cotool.model_dump() == {
        "window": "execution",
        "tail": "2m",
        "grading_deadline": "15m",
    }
    assert campaign.retry.runs == 0
    assert campaign.overlap == "skip"
    assert (campaign.matrix, campaign.baseline, campaign.gates) == (None, None, ())


def test_ids_alone_are_the_short_forms() -> None:
    campaign = a_campaign(
        agents={"a": {"cotool": COTOOL.upper()}},
        personas={"p": PERSONA},
        test_sets={"t": "12345678"},
        metrics={"m": "jN6mN2pSt5aUv8xZ1bCeFf"},
    )
    assert campaign.agents["a"].cotool == CotoolAgentRef(id=COTOOL)
    assert campaign.personas["p"].id == PERSONA
    assert campaign.test_sets["t"].id == "12345678"
    assert campaign.metrics["m"].model_dump(exclude_defaults=True) == {
        "id": "jN6mN2pSt5aUv8xZ1bCeFf"
    }


def test_a_metric_with_cotool_is_one_of_cotool() -> None:
    campaign = a_campaign(metrics={"quality": {"cotool": "score"}})
    assert campaign.metrics["quality"].model_dump(exclude_defaults=True) == {"cotool": "score"}


def test_an_include_entry_means_all_and_the_agents_own_mutations() -> None:
    campaign = a_campaign(matrix={"include": [{}]})
    assert campaign.matrix is not None
    entry = campaign.matrix.include[0]
    assert (entry.agents, entry.personas, entry.test_sets) == ("all", "all", "all")
    assert entry.mutations is None


def test_a_window_is_a_word_or_the_last_hours() -> None:
    campaign = a_campaign(cotool={"window": {"last": "24h"}})
    assert campaign.cotool.window == Last(last=timedelta(hours=24))


@pytest.mark.parametrize(
    ("part", "complaint"),
    [
        pytest.param({"version": "2"}, "this campaignd reads version 1", id="another version"),
        pytest.param({"tags": ["Nightly"]}, "write 'nightly'", id="tag with a capital"),
        pytest.param({"tags": ["cd-1"]}, "campaignd itself sets", id="tag of campaignd"),
        pytest.param({"tags": ["campaignd"]}, "campaignd itself sets", id="campaignd as a tag"),
        pytest.param({"tags": ["x" * 201]}, "at most 200 fit", id="long tag"),
        pytest.param({"tags": [str(n) for n in range(17)]}, "at most 16", id="17 tags"),
        pytest.param({"labels": {"a=b": "c"}}, "is not the name of a label", id="label name"),
        pytest.param({"agents": {}}, "at least 1", id="no agent"),
        pytest.param({"personas": {"p": "short"}}, "Coval persona id", id="persona id"),
        pytest.param({"test_sets": {"t": "aB1cD2e"}}, "Coval test set id", id="test set id"),
        pytest.param({"mutations": {"m": {"a": AGENT}}}, "Coval mutation id", id="mutation id"),
        pytest.param({"agents": {"a": {"cotool": AGENT}}}, "a UUID", id="Cotool id"),
        pytest.param({"options": {"iterations": "51"}}, "from 1 to 50", id="iterations"),
        pytest.param({"options": {"concurrency": "0"}}, "from 1 to 100", id="concurrency"),
        pytest.param({"limits": {"timeout": "0s"}}, "no time at all", id="no timeout"),
        pytest.param({"cotool": {"window": "day"}}, "expected execution", id="window"),
        pytest.param(
            {"report": {"webhooks": [{"secret": "whsec_x"}]}}, "the name of a secret", id="secret"
        ),
    ],
)
def test_parts_that_are_wrong_are_refused(part: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        a_campaign(**part)


@pytest.mark.parametrize(
    "part",
    [{"secret": "whsec_hunter2"}, {"url": "https://me:hunter2@example.com/"}],
    ids=["a secret in place of its name", "a password in an address"],
)
def test_misplaced_secrets_are_not_repeated(part: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refusal:
        a_campaign(report={"webhooks": [part]})
    assert not any("hunter2" in error["msg"] for error in refusal.value.errors())
