from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.core.campaign import Campaign
from campaignd.sandbox import Scenario
from campaignd.sandbox.builtin import BUILT_IN
from campaignd.wiring.fitting import fit

STRANGE = """\
version: 1
name: strange
agents:
  booking: {coval: tR4vE5lAg3nT6xY7zA8bC9, cotool: 5f0c7a52-6c1e-4d7b-9a53-2f8e4b1c9d06}
  triage: {cotool: 3c90c3cc-0d44-4b50-8888-8dd25736052a}
personas: {tourist: nE1wP2eR3sO4nA5bC6dE7f}
test_sets: {trains: {id: tRaV3lS1, cases: 25}, smoke: aB1cD2eF}
metrics:
  booked: {id: bO0kI1nGm2eT3rI4cS5dE6, pass_when: {equals: "YES"}}
  mood: {id: mO2oDs3cA4tE5gO6rY7zK8, pass_when: {one_of: [glad, calm]}}
  delay: {id: dE1aYs2eC3oN4dS5fG6hJ7, pass_when: {at_most: 10}, unit: s}
  tools: {id: tO3oLs4sE5tT6yP7eQ8rL9, pass_when: {contains: search}}
  resolved: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: "NO"}}
gates:
  - {pass_rate: booked, at_least: 80%}
"""


def strange() -> Campaign:
    return load_campaign_text(STRANGE, "strange.yaml", {}).campaign


def test_what_nobody_knows_behaves_as_the_campaign_declares() -> None:
    world = fit(Scenario(), strange()).world
    assert world.test_sets["tRaV3lS1"].cases == 25
    metrics = {metric.name: metric for metric in world.metrics.values()}
    assert metrics["booked"].type == "binary"
    assert list(metrics["mood"].categories) == ["glad", "calm", "other"]
    assert (metrics["delay"].mean, metrics["delay"].unit) == (8, "s")
    assert metrics["tools"].type == "set"
    assert "search" in metrics["tools"].categories


def test_what_is_built_in_stays_as_it_is() -> None:
    world = fit(Scenario(), strange()).world
    assert world.test_sets.keys().isdisjoint(BUILT_IN.test_sets)
    assert world.metrics.keys().isdisjoint(BUILT_IN.metrics)


def test_a_scored_agent_always_has_runs_to_score() -> None:
    cotool = fit(Scenario(), strange()).world.cotool
    assert cotool["5f0c7a52-6c1e-4d7b-9a53-2f8e4b1c9d06"].coval_agent == "tR4vE5lAg3nT6xY7zA8bC9"
    assert cotool["3c90c3cc-0d44-4b50-8888-8dd25736052a"].every is not None


def test_the_scenario_has_the_last_word() -> None:
    mine = {"world": {"test_sets": {"tRaV3lS1": {"name": "Mine", "cases": 3}}}}
    world = fit(Scenario.model_validate(mine), strange()).world
    assert world.test_sets["tRaV3lS1"].cases == 3
