import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.adapters.starter import Choice, Facts, Placement, compose
from campaignd.core.campaign import Campaign
from campaignd.core.cotool import CotoolAgent
from campaignd.core.coval import MetricResource, Resource, TargetCondition
from campaignd.core.metrics import CovalMetric
from campaignd.core.plan import expand

GOLDEN = Path(__file__).parent / "golden"
HERE = Placement("campaigns/first.yaml")
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["all", "base", "null", "No", "${inputs.x}", "a: b # c", "- {x", "\n- gates", '"', "\\", "結果"]
)
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghijkmnpqrstvwxyz"


def load(text: str) -> Campaign:
    return load_campaign_text(text, "first.yaml", {}).campaign


def ids(size: int) -> st.SearchStrategy[str]:
    return st.text(LETTERS, min_size=size, max_size=size) | st.text(
        "0123456789", min_size=size, max_size=size
    )


def resources(size: int, least: int = 0) -> st.SearchStrategy[Choice[Resource]]:
    made = st.builds(
        Resource,
        id=ids(size),
        name=TEXTS,
        description=TEXTS,
        cases=st.none() | st.integers(0, 5000),
    )
    unique = st.lists(made, min_size=least, max_size=5, unique_by=lambda each: each.id)
    return unique.map(lambda found: Choice(tuple(found[: least or 3]), tuple(found[least or 3 :])))


NUMBERS = st.none() | st.floats(-1e9, 1e9)
TARGETS = st.builds(
    TargetCondition,
    operator=st.sampled_from(["eq", "neq", "gt", "gte", "lt", "lte", "in", "nin", "bt", "nbt"]),
    number=NUMBERS,
    upper=NUMBERS,
    texts=st.lists(TEXTS, max_size=3).map(tuple),
)
METRICS = st.lists(
    st.builds(
        MetricResource,
        id=ids(22),
        name=TEXTS,
        metric_type=st.sampled_from(["METRIC_LLM_BINARY", "METRIC_CATEGORICAL", "METRIC_X"]),
        description=TEXTS,
        unit=st.none() | TEXTS,
        minimum=NUMBERS,
        maximum=NUMBERS,
        categories=st.lists(TEXTS, max_size=3).map(tuple),
        target=st.none() | TARGETS,
    ),
    max_size=5,
    unique_by=lambda metric: metric.id,
).map(lambda found: Choice(tuple(found[:3]), tuple(found[3:])))
COTOOL = st.lists(
    st.builds(
        CotoolAgent,
        id=st.uuids().map(str),
        name=TEXTS,
        criteria=st.lists(TEXTS, max_size=2).map(tuple),
    ),
    max_size=2,
).map(lambda found: Choice(tuple(found[:1]), tuple(found[1:])))
FACTS = st.builds(
    Facts,
    agents=resources(22, least=1),
    personas=resources(22, least=2),
    test_sets=resources(8, least=1),
    metrics=METRICS,
    mutations=resources(26),
    cotool=COTOOL,
    notes=st.lists(TEXTS, max_size=1).map(tuple),
)


@pytest.mark.parametrize(
    ("name", "placement"),
    [
        pytest.param("vendors.yaml", HERE, id="of the vendors"),
        pytest.param(
            "sandbox.yaml",
            Placement("my campaigns/first.yaml", "../docs/campaign.schema.json", on_sandbox=True),
            id="of a sandbox, with a schema beside it",
        ),
    ],
)
def test_a_starter_file_reads_so(facts: Facts, name: str, placement: Placement) -> None:
    assert compose(facts, "first", placement) == (GOLDEN / name).read_text(encoding="utf-8")


def test_an_organization_with_little_gets_a_little_file(facts: Facts) -> None:
    bare = Facts(
        agents=replace(facts.agents, others=()),
        personas=replace(facts.personas, others=()),
        test_sets=replace(facts.test_sets, others=()),
        notes=("Coval's metrics are missing here: not allowed",),
    )
    text = compose(bare, "first", HERE)
    assert text == (GOLDEN / "bare.yaml").read_text(encoding="utf-8")
    assert [gate.kind for gate in load(text).gates] == ["pass_rate", "errors"]


def test_a_handful_of_test_cases_has_its_regression_gate_as_a_comment(facts: Facts) -> None:
    handful = Choice((Resource("aB1cD2eF", "Handful", cases=6),))
    text = compose(replace(facts, test_sets=handful), "first", HERE)
    assert "no_drop" not in {gate.kind for gate in load(text).gates}
    assert "# - {no_drop: resolved, than: baseline, rule_out: 40 points}" in text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(facts=FACTS, name=st.sampled_from(["first", "2nd"]))
def test_whatever_the_vendors_call_things_the_file_loads_with_the_same_ids(
    facts: Facts, name: str
) -> None:
    campaign = load(compose(facts, name, HERE))
    (agent,) = campaign.agents.values()
    assert agent.coval == facts.agent.id
    assert [p.id for p in campaign.personas.values()] == ids_of(facts.personas.used)
    assert [s.id for s in campaign.test_sets.values()] == ids_of(facts.test_sets.used)
    mutations = [each for listed in campaign.mutations.values() for each in listed.values()]
    assert mutations == ids_of(facts.mutations.used)
    measured = [m.id for m in campaign.metrics.values() if isinstance(m, CovalMetric)]
    assert measured == ids_of(facts.metrics.used)
    assert len(expand(campaign).cells) == len(facts.personas.used) * len(facts.test_sets.used)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(facts=FACTS)
def test_every_resource_in_a_comment_can_be_used_by_removing_the_mark(facts: Facts) -> None:
    kept = Facts(
        agents=facts.agents,
        personas=facts.personas,
        test_sets=facts.test_sets,
        mutations=facts.mutations,
    )
    text = compose(kept, "first", HERE)
    campaign = load(re.sub(r"^( +)# (?!…)", r"\1", text, flags=re.MULTILINE))
    assert [agent.coval for agent in campaign.agents.values()] == ids_of(both(kept.agents))
    assert [p.id for p in campaign.personas.values()] == ids_of(both(kept.personas))
    assert [s.id for s in campaign.test_sets.values()] == ids_of(both(kept.test_sets))


def test_an_organization_with_very_much_is_shown_in_part(facts: Facts) -> None:
    many = tuple(Resource(f"{number:022}", f"Caller {number}") for number in range(332))
    text = compose(replace(facts, personas=Choice(many[:1], many[1:])), "first", HERE)
    assert "# caller-20:" in text
    assert "# caller-21:" not in text
    assert "  # … and 311 more personas\n" in text


def ids_of(listed: Sequence[Resource] | Sequence[MetricResource]) -> list[str]:
    return [each.id for each in listed]


def both(choice: Choice[Resource]) -> tuple[Resource, ...]:
    return (*choice.used, *choice.others)
