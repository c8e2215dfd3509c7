from typing import Any

import pytest

from campaignd.core.campaign import Campaign
from campaignd.core.campaign.checks import check_campaign, describe_declared
from campaignd.core.mistakes import Path

AGENT = "gk3jK9mPq2xRt5vW8yZaBc"
COTOOL = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
MUTATION = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
METRIC = "jN6mN2pSt5aUv8xZ1bCeFf"


def a_campaign(**parts: Any) -> Campaign:
    return Campaign.model_validate(
        {
            "version": "1",
            "name": "smoke",
            "agents": {"checkout": {"coval": AGENT}, "triage": {"cotool": COTOOL}},
            "personas": {"impatient": AGENT},
            "test_sets": {"refunds": {"id": "aB1cD2eF"}},
            "mutations": {"models": {"fast": MUTATION}},
        }
        | parts
    )


def test_a_right_campaign_has_no_mistakes() -> None:
    assert list(check_campaign(a_campaign())) == []


@pytest.mark.parametrize(
    ("parts", "path", "message"),
    [
        pytest.param({"tags": ["a", "a"]}, ("tags", 1), "the tag 'a' stands here twice", id="tag"),
        pytest.param(
            {"agents": {"a": {}, "b": {"coval": AGENT}}},
            ("agents", "a"),
            "the agent 'a' has neither 'coval' nor 'cotool'",
            id="agent of nothing",
        ),
        pytest.param(
            {"agents": {"a": {"coval": AGENT, "mutations": ["modles"]}}},
            ("agents", "a", "mutations", 0),
            "the mutation list 'modles' is not declared",
            id="mutation list",
        ),
        pytest.param(
            {"agents": {"a": {"cotool": COTOOL, "mutations": ["models"]}, "b": {"coval": AGENT}}},
            ("agents", "a", "mutations"),
            "mutations run on Coval, but this agent has no 'coval' id",
            id="mutations without Coval",
        ),
        pytest.param(
            {"test_sets": {"t": {"id": "aB1cD2eF", "sample": {"size": 2}, "test_cases": [AGENT]}}},
            ("test_sets", "t", "sample"),
            "a test set is sampled or its cases are chosen: not both",
            id="sample and choice",
        ),
        pytest.param(
            {"test_sets": {"t": {"id": "aB1cD2eF", "sample": {"size": 20}, "cases": 12}}},
            ("test_sets", "t", "sample", "size"),
            "a sample of 20 is more than the set's 12 cases",
            id="sample too large",
        ),
        pytest.param(
            {"test_sets": {"t": {"id": "aB1cD2eF", "test_cases": [AGENT, AGENT]}}},
            ("test_sets", "t", "test_cases", 1),
            f"the test case '{AGENT}' stands here twice",
            id="test case twice",
        ),
        pytest.param(
            {"mutations": {"models": {}}},
            ("mutations", "models"),
            "the mutation list 'models' is empty",
            id="empty list",
        ),
        pytest.param(
            {"mutations": {"models": {"a": MUTATION, "b": MUTATION}}},
            ("mutations", "models", "b"),
            "'b' has the same mutation id as 'a'",
            id="one id twice",
        ),
        pytest.param(
            {
                "agents": {"t": {"cotool": COTOOL}},
                "metrics": {"m": METRIC},
                "cotool": {"window": {"last": "1d"}},
            },
            ("metrics", "m"),
            "'m' is measured on Coval, but no agent has a 'coval' id",
            id="Coval metric without Coval",
        ),
        pytest.param(
            {"agents": {"c": {"coval": AGENT}}, "metrics": {"m": {"cotool": "score"}}},
            ("metrics", "m"),
            "'m' comes from Cotool, but no agent has a 'cotool' id",
            id="Cotool metric without Cotool",
        ),
        pytest.param(
            {"matrix": {"include": []}},
            ("matrix", "include"),
            "no combination is included",
            id="empty include",
        ),
        pytest.param(
            {"matrix": {"include": [{"personas": ["impatiant"]}]}},
            ("matrix", "include", 0, "personas", 0),
            "the persona 'impatiant' is not declared",
            id="persona",
        ),
        pytest.param(
            {"matrix": {"include": [{"test_sets": []}]}},
            ("matrix", "include", 0, "test_sets"),
            "no test set is named",
            id="empty selection",
        ),
        pytest.param(
            {"matrix": {"include": [{"agents": ["triage"]}]}},
            ("matrix", "include", 0, "agents", 0),
            "the agent 'triage' has no 'coval' id, so it cannot run in the matrix",
            id="scored agent in the matrix",
        ),
        pytest.param(
            {"matrix": {"include": [{"mutations": ["models", "models"]}]}},
            ("matrix", "include", 0, "mutations", 1),
            "the mutation list 'models' stands here twice",
            id="mutation list twice",
        ),
        pytest.param(
            {"matrix": {"exclude": [{"test_sets": ["refund"]}]}},
            ("matrix", "exclude", 0, "test_sets", 0),
            "the test set 'refund' is not declared",
            id="exclude",
        ),
        pytest.param(
            {
                "personas": {f"p{n}": AGENT for n in range(400)},
                "test_sets": {f"t{n}": "aB1cD2eF" for n in range(400)},
            },
            ("matrix",),
            "the matrix has 320000 combinations: at most 20000 are expanded",
            id="huge matrix",
        ),
        pytest.param(
            {"agents": {"t": {"cotool": COTOOL}}},
            ("cotool", "window"),
            "nothing is launched, so the window 'execution' holds no Cotool run",
            id="window of nothing",
        ),
        pytest.param(
            {"inputs": {"build": {}}, "schedule": [{"cron": "0 3 * * *"}]},
            ("inputs", "build"),
            "a scheduled execution cannot ask for the input 'build'",
            id="input of a schedule",
        ),
        pytest.param(
            {"report": {"webhooks": [{}]}},
            ("report", "webhooks", 0),
            "a webhook needs an address",
            id="webhook without address",
        ),
        pytest.param(
            {"report": {"webhooks": [{"url": "https://a.example", "url_secret": "b"}]}},
            ("report", "webhooks", 0, "url_secret"),
            "a webhook has one address",
            id="webhook with two addresses",
        ),
        pytest.param(
            {"report": {"webhooks": [{"url_secret": "b", "verdicts": []}]}},
            ("report", "webhooks", 0, "verdicts"),
            "no verdict is worth a message here",
            id="webhook for no verdict",
        ),
    ],
)
def test_each_mistake_is_found_alone_with_its_path(
    parts: dict[str, Any], path: Path, message: str
) -> None:
    mistakes = list(check_campaign(a_campaign(**parts)))
    assert [(mistake.path, mistake.message) for mistake in mistakes] == [(path, message)]


def test_undeclared_names_are_told_with_the_nearest_or_the_declared_ones() -> None:
    chosen = [{"personas": ["impatiant", "zebra"]}]
    mistakes = list(check_campaign(a_campaign(matrix={"include": chosen})))
    assert [mistake.hint for mistake in mistakes] == [
        "did you mean 'impatient'?",
        "declared are impatient",
    ]


def test_gates_are_told_which_agents_are_simulated_and_which_scored() -> None:
    declared = describe_declared(a_campaign(), None)
    assert (list(declared.simulated), list(declared.scored)) == (["checkout"], ["triage"])
    assert declared.mutations == {"fast"}
