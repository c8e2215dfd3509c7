from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest

from campaignd.adapters.starter import Choice, StarterRefused, Wanted, list_testable, survey
from campaignd.core.cotool import CotoolAgent
from campaignd.core.coval import MetricResource, Resource, TargetCondition
from campaignd.engine.faults import AccessRefused, NotFound, RemoteUnavailable

T = TypeVar("T")
CHECKOUT = Resource("gk3jK9mPq2xRt5vW8yZaBc", "Checkout assistant")
SUPPORT = Resource("sU7pP3rTq9wXn4bV6cYdEf", "Support assistant")
CALLER = Resource("hL4kL0nQr3ySt6vX9zAcDd", "Caller")
SMOKE = Resource("aB1cD2eF", "Smoke")
REFUNDS = Resource("rF9kL2mN", "Refunds")
TRIAGE = CotoolAgent("3c90c3cc-0d44-4b50-8888-8dd25736052a", "checkout ASSISTANT")
MAILBOX = CotoolAgent("7d1f5e2a-93b6-4c08-a4de-5b60f1c2e387", "Mailbox")


def metric(number: int, metric_type: str = "METRIC_X", **more: object) -> MetricResource:
    return replace(MetricResource(f"{number:022}", f"Metric {number}", metric_type), **more)  # type: ignore[arg-type]  # fields by name


def mutations(count: int) -> list[Resource]:
    return [Resource(f"{number:026}", f"Mutation {number}") for number in range(count)]


@dataclass
class FakeCoval:
    """Lists what it was given; what is None may not be seen with this key."""

    agents: list[Resource] = field(default_factory=lambda: [SUPPORT, CHECKOUT])
    personas: list[Resource] = field(default_factory=lambda: [CALLER])
    test_sets: list[Resource] = field(default_factory=lambda: [REFUNDS, SMOKE])
    sizes: dict[str, int] = field(default_factory=lambda: {SMOKE.id: 12, REFUNDS.id: 40})
    mutations: list[Resource] | None = field(default_factory=list)
    own_metrics: list[MetricResource] | None = field(default_factory=list)
    builtin_metrics: list[MetricResource] = field(default_factory=list)
    thresholds: dict[str, TargetCondition] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def list_agents(self) -> Sequence[Resource]:
        return self.agents

    async def list_personas(self) -> Sequence[Resource]:
        return self.personas

    async def list_test_sets(self) -> Sequence[Resource]:
        return self.test_sets

    async def read_test_set(self, test_set_id: str) -> Resource:
        self.asked.append(test_set_id)
        if test_set_id not in self.sizes:
            raise NotFound("Coval", "GET /test-sets", "no such test set", status=404)
        return replace(SMOKE, id=test_set_id, cases=self.sizes[test_set_id])

    async def list_mutations(self, agent_id: str) -> Sequence[Resource]:
        self.asked.append(agent_id)
        return self._seen(self.mutations)

    async def list_metrics(self, *, include_builtin: bool) -> Sequence[MetricResource]:
        own = self._seen(self.own_metrics)
        return [*self.builtin_metrics, *own] if include_builtin else own

    async def read_threshold(self, metric_id: str) -> TargetCondition | None:
        self.asked.append(metric_id)
        return self.thresholds.get(metric_id)

    def _seen(self, listed: list[T] | None) -> list[T]:
        if listed is None:
            raise AccessRefused("Coval", "GET /x", "not in your role", status=403)
        return listed


@dataclass
class FakeCotool:
    agents: list[CotoolAgent] | None

    async def list_agents(self) -> Sequence[CotoolAgent]:
        if self.agents is None:
            raise RemoteUnavailable("Cotool", "GET /agents", "too busy", status=503)
        return self.agents


async def test_the_first_agent_by_name_and_the_smallest_test_set_are_used() -> None:
    facts = await survey(FakeCoval(), None, Wanted())
    assert facts.agents == Choice((CHECKOUT,), (SUPPORT,))
    assert facts.personas == Choice((CALLER,))
    assert facts.test_sets == Choice((replace(SMOKE, cases=12),), (replace(REFUNDS, cases=40),))
    assert facts.notes == ()


async def test_what_was_asked_for_is_used() -> None:
    coval = FakeCoval(own_metrics=[metric(1), metric(2)])
    wanted = Wanted("support assistant", ("Caller",), ("Refunds",), ("Metric 2",))
    facts = await survey(coval, None, wanted)
    assert facts.agent == SUPPORT
    assert facts.test_sets.used == (replace(REFUNDS, cases=40),)
    assert facts.metrics == Choice((metric(2),), (metric(1),))
    assert SUPPORT.id in coval.asked


async def test_what_campaigns_cannot_refer_to_is_left_out() -> None:
    odd = [Resource("short", "A"), replace(SUPPORT, deleted=True), CHECKOUT]
    assert await list_testable(FakeCoval(agents=odd)) == (CHECKOUT,)


@pytest.mark.parametrize(
    ("coval", "what"),
    [
        pytest.param(FakeCoval(agents=[]), "agent", id="no agent"),
        pytest.param(FakeCoval(personas=[]), "persona", id="no persona"),
        pytest.param(FakeCoval(test_sets=[]), "test set", id="no test set"),
    ],
)
async def test_without_something_to_launch_there_is_no_starter(coval: FakeCoval, what: str) -> None:
    with pytest.raises(StarterRefused, match=f"^Coval lists no {what} for this key: create one"):
        await survey(coval, None, Wanted())


async def test_a_test_set_that_cannot_be_read_has_no_known_size() -> None:
    facts = await survey(FakeCoval(sizes={}), None, Wanted())
    assert facts.test_sets.used == (REFUNDS,)


async def test_of_many_test_sets_not_every_size_is_asked_for() -> None:
    sets = [Resource(f"set{number:05}", f"Set {number:03}") for number in range(90)]
    coval = FakeCoval(test_sets=sets, sizes={})
    await survey(coval, None, Wanted(test_sets=("Set 080",)))
    asked = [vendor_id for vendor_id in coval.asked if vendor_id.startswith("set")]
    assert len(asked) == 30
    assert "set00080" in asked


async def test_five_mutations_are_used_and_the_others_shown() -> None:
    facts = await survey(FakeCoval(mutations=mutations(7)), None, Wanted())
    assert (len(facts.mutations.used), len(facts.mutations.others)) == (5, 2)


async def test_metrics_of_which_passing_is_known_go_first_and_built_in_ones_last() -> None:
    plain, judge = metric(1), metric(2, "METRIC_LLM_BINARY")
    targeted = metric(3, target=TargetCondition("gte", 1))
    builtin = metric(4, "METRIC_LLM_BINARY")
    coval = FakeCoval(own_metrics=[plain, judge, targeted], builtin_metrics=[builtin])
    facts = await survey(coval, None, Wanted())
    assert facts.metrics == Choice((targeted, judge, plain), (builtin,))


async def test_an_agents_own_metrics_are_used_before_all_others() -> None:
    first, second, builtin = metric(1), metric(2, "METRIC_LLM_BINARY"), metric(3)
    agent = replace(FakeCoval().agents[0], metric_ids=(first.id, builtin.id))
    coval = FakeCoval(agents=[agent], own_metrics=[first, second], builtin_metrics=[builtin])
    facts = await survey(coval, None, Wanted())
    assert set(facts.metrics.used) == {first, builtin}


async def test_built_in_metrics_are_used_where_there_are_no_others_but_only_ten() -> None:
    coval = FakeCoval(builtin_metrics=[metric(number) for number in range(12)])
    facts = await survey(coval, None, Wanted())
    assert (len(facts.metrics.used), len(facts.metrics.others)) == (10, 2)


async def test_thresholds_are_asked_for_only_where_a_metric_has_no_target() -> None:
    bare, targeted = metric(1), metric(2, target=TargetCondition("gte", 1))
    threshold = TargetCondition("lte", 3)
    coval = FakeCoval(own_metrics=[bare, targeted], thresholds={bare.id: threshold})
    facts = await survey(coval, None, Wanted())
    assert facts.thresholds == {bare.id: threshold}
    assert targeted.id not in coval.asked


async def test_what_the_key_may_not_see_is_noted_and_left_out() -> None:
    facts = await survey(FakeCoval(mutations=None, own_metrics=None), None, Wanted())
    assert (facts.metrics, facts.mutations) == (Choice(), Choice())
    assert [note.partition(" missing here: ")[0] for note in facts.notes] == [
        "Coval's metrics are",
        "Coval's mutations are",
    ]


async def test_the_cotool_agent_of_the_same_name_is_linked() -> None:
    facts = await survey(FakeCoval(), FakeCotool([MAILBOX, TRIAGE]), Wanted())
    assert facts.cotool == Choice((TRIAGE,), (MAILBOX,))


@pytest.mark.parametrize(
    "agents",
    [
        pytest.param([MAILBOX], id="none of the name"),
        pytest.param([TRIAGE, replace(MAILBOX, name=TRIAGE.name)], id="two of the name"),
    ],
)
async def test_without_one_agent_of_the_same_name_none_is_linked(agents: list[CotoolAgent]) -> None:
    facts = await survey(FakeCoval(), FakeCotool(agents), Wanted())
    assert facts.cotool.used == ()
    assert set(facts.cotool.others) == set(agents)


async def test_trouble_at_cotool_costs_only_its_agents() -> None:
    facts = await survey(FakeCoval(), FakeCotool(None), Wanted())
    assert facts.cotool == Choice()
    assert facts.notes[0].startswith("Cotool's agents are missing here: Cotool answered 503")
