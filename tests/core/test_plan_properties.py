from collections import Counter
from itertools import product

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campaignd.core.campaign import Campaign
from campaignd.core.plan import CHUNK, Cell, expand

NAMES = st.lists(
    st.sampled_from(["zoe", "ann", "kim", "bob", "lea"]), min_size=1, max_size=3, unique=True
)
CASES = st.integers(1, 60)


@st.composite
def campaigns(draw: st.DrawFn) -> Campaign:
    """Up to 3 x 3 x 3 combinations, each agent with mutations of its own."""
    agents, personas, test_sets = draw(NAMES), draw(NAMES), draw(NAMES)
    counts = {agent: draw(st.sampled_from([0, 1, 99, 100, 101, 250])) for agent in agents}
    rule = st.fixed_dictionaries(
        {},
        optional={
            "agents": st.lists(st.sampled_from(agents), min_size=1, unique=True),
            "personas": st.lists(st.sampled_from(personas), min_size=1, unique=True),
            "test_sets": st.lists(st.sampled_from(test_sets), min_size=1, unique=True),
        },
    )
    return Campaign.model_validate(
        {
            "version": "1",
            "name": "nightly",
            "agents": {
                agent: {"coval": agent.ljust(22, "x"), "mutations": [f"of-{agent}"]}
                for agent in agents
            },
            "personas": {persona: persona.ljust(22, "y") for persona in personas},
            "test_sets": {
                test_set: {"id": test_set.ljust(8, "z"), "cases": str(draw(CASES))}
                for test_set in test_sets
            },
            "mutations": {
                f"of-{agent}": {f"m{n}": f"{n}M".rjust(26, "0") for n in range(count)}
                for agent, count in counts.items()
            },
            "matrix": {"exclude": draw(st.lists(rule, max_size=2))},
            "options": {"iterations": str(draw(st.integers(1, 50)))},
        }
    )


@settings(max_examples=50, deadline=None)
@given(campaigns())
def test_every_plan_keeps_its_promises(campaign: Campaign) -> None:
    combinations = remaining(campaign)
    assume(combinations)
    plan = expand(campaign)
    assert expand(campaign) == plan
    assert [cell.number for cell in plan.cells] == list(range(1, len(plan.cells) + 1))
    assert len({cell.key for cell in plan.cells}) == len(plan.cells)
    assert list(dict.fromkeys(combination_of(cell) for cell in plan.cells)) == combinations
    assert plan.simulations == sum(count_by_hand(campaign, cell) for cell in plan.cells)
    assert all(len(cell.mutations) <= CHUNK for cell in plan.cells)
    assert_every_mutation_runs_once(campaign, plan.cells)


def remaining(campaign: Campaign) -> list[tuple[str, str, str]]:
    every = product(campaign.agents, campaign.personas, campaign.test_sets)
    return [combination for combination in every if not is_excluded(campaign, *combination)]


def is_excluded(campaign: Campaign, agent: str, persona: str, test_set: str) -> bool:
    assert campaign.matrix is not None
    return any(
        (rule.agents == "all" or agent in rule.agents)
        and (rule.personas == "all" or persona in rule.personas)
        and (rule.test_sets == "all" or test_set in rule.test_sets)
        for rule in campaign.matrix.exclude
    )


def combination_of(cell: Cell) -> tuple[str, str, str]:
    agent, persona, test_set = cell.key.partition("#")[0].split("/")
    return agent, persona, test_set


def count_by_hand(campaign: Campaign, cell: Cell) -> int:
    cases = campaign.test_sets[cell.test_set].cases or 0
    return cases * campaign.options.iterations * (len(cell.mutations) + 1)


def assert_every_mutation_runs_once(campaign: Campaign, cells: tuple[Cell, ...]) -> None:
    run: dict[tuple[str, str, str], Counter[str]] = {}
    for cell in cells:
        counted = run.setdefault(combination_of(cell), Counter())
        counted.update(variant.mutation_id for variant in cell.mutations)
    for (agent, _, _), counted in run.items():
        assert counted == Counter(campaign.mutations[f"of-{agent}"].values())
