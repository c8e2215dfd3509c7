from dataclasses import replace

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.adapters.reporters.plan import Outlook, plan_data, render_plan
from campaignd.adapters.reporters.screen import Screen
from campaignd.core.gates.foresight.forecast import Forecast, GateForecast
from campaignd.core.plan import expand

TEXT = """\
version: 1
name: small
agents: {checkout: {coval: gk3jK9mPq2xRt5vW8yZaBc, mutations: [models]}}
personas: {calm: hL4kL0nQr3ySt6vX9zAcDd}
test_sets: {smoke: aB1cD2eF, refunds: {id: rF9kL2mN, sample: {size: 20, seed: 7}}}
mutations: {models: {gpt-4o: 01ARZ3NDEKTSV4RRFFQ69G5FAW}}
metrics: {resolved: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: "YES"}}}
options: {iterations: 3}
gates: [{pass_rate: resolved, at_least: 90%}]
"""
CAMPAIGN = load_campaign_text(TEXT, "small.yaml", {}).campaign
SIZED = Outlook(CAMPAIGN, expand(CAMPAIGN, {"smoke": 12, "refunds": 40}), ("a note",))
UNSIZED = Outlook(CAMPAIGN, expand(CAMPAIGN))


def test_a_plan_is_a_table_with_its_sum_budget_and_time() -> None:
    assert render_plan(SIZED, Screen(width=80, encoding="ascii")).splitlines() == [
        "small",
        "",
        "Cell                        Cases  Iterations  Variants  Simulations",
        "--------------------------------------------------------------------",
        "checkout/calm/smoke            12           3         2           72",
        "checkout/calm/refunds  20 sampled           3         2          120",
        "",
        "192 simulations in 2 Coval runs; limits.simulations allows 500",
        "about 48 min, assuming 2 min a simulation; limits.timeout allows 24 h",
        "- a note",
    ]


def test_a_narrow_screen_has_the_same_facts_under_each_other() -> None:
    lines = render_plan(SIZED, Screen(width=60, encoding="ascii")).splitlines()
    assert lines[2:4] == [
        "checkout/calm/smoke",
        "  12 cases x 3 iterations x 2 variants = 72 simulations",
    ]


def test_sizes_that_nobody_knows_are_marked_and_promise_no_time() -> None:
    text = render_plan(UNSIZED, Screen(width=80, encoding="ascii"))
    assert "? simulations in 2 Coval runs" in text
    assert "assuming" not in text
    assert plan_data(UNSIZED)["simulations"] is None
    assert plan_data(UNSIZED)["expected_seconds"] is None


def test_a_plan_as_data_names_cells_variants_and_gates() -> None:
    data = plan_data(SIZED)
    assert (data["schema"], data["simulations"], data["runs"]) == ("campaignd.plan/1", 192, 2)
    assert data["cells"][1] == {
        "key": "checkout/calm/refunds",
        "agent": "checkout",
        "persona": "calm",
        "test_set": "refunds",
        "cases": 20,
        "iterations": 3,
        "concurrency": 5,
        "variants": ["base", "gpt-4o"],
        "sample_seed": 7,
        "simulations": 120,
    }
    assert data["gates"] == ["pass_rate resolved at least 90%"]


def test_a_campaign_without_gates_promises_nothing() -> None:
    campaign = CAMPAIGN.model_copy(update={"gates": ()})
    text = render_plan(Outlook(campaign, SIZED.plan), Screen(width=80, encoding="ascii"))
    assert "no gates: nothing is promised" in text


def test_what_gates_can_tell_stands_in_the_plan_with_what_it_was_reckoned_from() -> None:
    gate = GateForecast(name="g", kind="mean", groups=(Forecast(cases=12, notices="3 or more"),))
    outlook = replace(SIZED, gates=(gate,), basis=("Reckoned from it.",))
    text = render_plan(outlook, Screen(width=80, encoding="ascii"))
    assert "3 or more" in text
    assert "Reckoned from it." in text
    data = plan_data(outlook)
    assert [each["gate"] for each in data["forecasts"]] == ["g"]
    assert data["basis"] == ["Reckoned from it."]
