from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.campaign import Campaign
from campaignd.core.coval import RunOptions
from campaignd.core.execution import launch_key
from campaignd.core.plan import Cell, PlanInvalid, expand, order_for

EXECUTION = "01ARYZ6S41TSV4RRFFQ69G5FAV"
METRIC = "jN6mN2pSt5aUv8xZ1bCeFf"


def long_id(stem: str, number: int = 0, length: int = 22) -> str:
    return f"{stem}{number}".ljust(length, "x")


def mutations_of(count: int, stem: str = "m") -> dict[str, str]:
    return {f"{stem}{n}": long_id(f"{stem.upper()}Z{n}Z", 0, 26) for n in range(count)}


def a_campaign(**parts: Any) -> Campaign:
    return Campaign.model_validate(
        {
            "version": "1",
            "name": "nightly",
            "agents": {"checkout": {"coval": long_id("checkout")}},
            "personas": {"calm": long_id("calm")},
            "test_sets": {"smoke": {"id": "smoke001", "cases": "12"}},
        }
        | parts
    )


def three_by_two_by_two(**parts: Any) -> Campaign:
    return a_campaign(
        agents={name: {"coval": long_id(name)} for name in ("zeta", "alpha", "mid")},
        personas={name: long_id(name) for name in ("rude", "calm")},
        test_sets={name: {"id": name.ljust(8, "0"), "cases": "5"} for name in ("long", "base2")},
        **parts,
    )


def keys(campaign: Campaign) -> list[str]:
    return [cell.key for cell in expand(campaign).cells]


def only_cell(campaign: Campaign, sizes: dict[str, int] | None = None) -> Cell:
    (cell,) = expand(campaign, sizes).cells
    return cell


def complaints(campaign: Campaign) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(PlanInvalid) as caught:
        expand(campaign)
    return [(mistake.path, mistake.message) for mistake in caught.value.mistakes]


def test_without_a_matrix_every_agent_meets_every_persona_on_every_test_set_in_file_order() -> None:
    plan = expand(three_by_two_by_two())
    assert [cell.key for cell in plan.cells] == [
        f"{agent}/{persona}/{test_set}"
        for agent in ("zeta", "alpha", "mid")
        for persona in ("rude", "calm")
        for test_set in ("long", "base2")
    ]
    assert [cell.number for cell in plan.cells] == list(range(1, 13))


def test_entries_are_expanded_one_after_the_other_in_the_order_they_name() -> None:
    matrix = {
        "include": [
            {"agents": ["mid"], "personas": ["calm", "rude"], "test_sets": ["base2"]},
            {"agents": ["zeta"], "personas": ["rude"]},
        ]
    }
    assert keys(three_by_two_by_two(matrix=matrix)) == [
        "mid/calm/base2",
        "mid/rude/base2",
        "zeta/rude/long",
        "zeta/rude/base2",
    ]


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        pytest.param([{"agents": ["zeta"]}], 8, id="an agent"),
        pytest.param([{"agents": ["zeta"], "personas": ["rude"]}], 10, id="one side of an agent"),
        pytest.param(
            [{"agents": ["zeta"], "personas": ["rude"], "test_sets": ["long"]}], 11, id="one cell"
        ),
        pytest.param([{"personas": ["rude"]}, {"test_sets": ["long"]}], 3, id="two rules"),
        pytest.param([{"agents": "all", "personas": ["calm"]}], 6, id="all, spelled out"),
    ],
)
def test_an_exclude_takes_away_every_combination_it_covers(rules: list[Any], left: int) -> None:
    campaign = three_by_two_by_two(matrix={"exclude": rules})
    assert len(keys(campaign)) == left


def test_a_cell_carries_the_ids_that_coval_knows() -> None:
    cell = only_cell(
        a_campaign(
            agents={
                "checkout": {
                    "coval": long_id("checkout"),
                    "cotool": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
                }
            },
            metrics={"resolved": METRIC, "quality": {"cotool": "score"}},
        )
    )
    assert (cell.agent_id, cell.persona_id, cell.test_set_id) == (
        long_id("checkout"),
        long_id("calm"),
        "smoke001",
    )
    assert cell.metric_ids == (METRIC,)
    assert cell.options == RunOptions(iterations=1, concurrency=5)


def test_an_agent_that_is_only_scored_has_no_cells() -> None:
    agents = {
        "checkout": {"coval": long_id("checkout")},
        "triage": {"cotool": "3c90c3cc-0d44-4b50-8888-8dd25736052a"},
    }
    assert keys(a_campaign(agents=agents)) == ["checkout/calm/smoke"]
    only_scored = a_campaign(agents={"triage": agents["triage"]}, personas={}, test_sets={})
    assert expand(only_scored).cells == ()
    assert expand(only_scored).simulations == 0


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        pytest.param(0, [0], id="the base agent alone"),
        pytest.param(1, [1], id="one"),
        pytest.param(100, [100], id="as many as a run takes"),
        pytest.param(101, [100, 1], id="one more"),
        pytest.param(250, [100, 100, 50], id="three runs"),
    ],
)
def test_mutations_are_cut_into_chunks_of_a_hundred_each_with_the_base_agent(
    count: int, sizes: list[int]
) -> None:
    agent = {"coval": long_id("checkout"), "mutations": ["models"]}
    campaign = a_campaign(agents={"checkout": agent}, mutations={"models": mutations_of(count)})
    plan = expand(campaign)
    assert [len(cell.mutations) for cell in plan.cells] == sizes
    assert [cell.variants for cell in plan.cells] == [size + 1 for size in sizes]
    suffixes = ["", *(f"#{n}" for n in range(2, len(sizes) + 1))]
    assert [cell.key for cell in plan.cells] == [f"checkout/calm/smoke{end}" for end in suffixes]
    assert plan.simulations == 12 * (count + len(sizes))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param({}, ["m0", "m1"], id="the agent's own lists"),
        pytest.param({"mutations": "all"}, ["m0", "m1", "v0"], id="all lists, each mutation once"),
        pytest.param({"mutations": "none"}, [], id="none"),
        pytest.param({"mutations": []}, [], id="an empty list"),
        pytest.param({"mutations": ["voices", "models"]}, ["v0", "m0", "m1"], id="in named order"),
        pytest.param({"mutations": ["models", "again"]}, ["m0", "m1"], id="twice the same, once"),
    ],
)
def test_an_entry_chooses_its_mutation_lists(entry: dict[str, Any], expected: list[str]) -> None:
    campaign = a_campaign(
        agents={"checkout": {"coval": long_id("checkout"), "mutations": ["models"]}},
        mutations={
            "models": mutations_of(2),
            "voices": mutations_of(1, "v"),
            "again": mutations_of(1),
        },
        matrix={"include": [entry]},
    )
    assert [variant.name for variant in only_cell(campaign).mutations] == expected


@pytest.mark.parametrize(
    ("entry", "iterations", "concurrency"),
    [
        pytest.param({}, 3, 7, id="as the campaign says"),
        pytest.param({"iterations": "10"}, 10, 7, id="its own iterations"),
        pytest.param({"concurrency": "1"}, 3, 1, id="its own concurrency"),
    ],
)
def test_an_entry_may_have_options_of_its_own(
    entry: dict[str, Any], iterations: int, concurrency: int
) -> None:
    campaign = a_campaign(
        options={"iterations": "3", "concurrency": "7"}, matrix={"include": [entry]}
    )
    cell = only_cell(campaign)
    assert cell.options == RunOptions(iterations=iterations, concurrency=concurrency)
    assert cell.simulations == 12 * iterations


CHOSEN = ["Tc6Jk1Lz8Xc3Vb9Nm4Qw2E", "Tc6Jk1Lz8Xc3Vb9Nm4Qw2F"]


@pytest.mark.parametrize(
    ("test_set", "sizes", "cases"),
    [
        pytest.param({}, {}, None, id="nobody knows"),
        pytest.param({"cases": "40"}, {}, 40, id="the file's hint"),
        pytest.param({"cases": "40"}, {"smoke": 38}, 38, id="Coval knows better than the hint"),
        pytest.param({"sample": {"size": "20"}}, {}, 20, id="a sample of an unknown set"),
        pytest.param({"sample": {"size": "20"}}, {"smoke": 38}, 20, id="a sample"),
        pytest.param({"sample": {"size": "20"}}, {"smoke": 8}, 8, id="a sample of a smaller set"),
        pytest.param({"test_cases": CHOSEN}, {"smoke": 38}, 2, id="chosen test cases"),
    ],
)
def test_a_cell_counts_the_test_cases_that_will_run(
    test_set: dict[str, Any], sizes: dict[str, int], cases: int | None
) -> None:
    campaign = a_campaign(
        test_sets={"smoke": {"id": "smoke001"} | test_set}, options={"iterations": "2"}
    )
    cell = only_cell(campaign, sizes)
    assert cell.cases == cases
    assert cell.simulations == (None if cases is None else cases * 2)


def test_chosen_test_cases_are_passed_on() -> None:
    campaign = a_campaign(test_sets={"smoke": {"id": "smoke001", "test_cases": CHOSEN}})
    assert only_cell(campaign).options.test_case_ids == tuple(CHOSEN)


def test_a_plan_with_a_set_of_unknown_size_does_not_pretend_to_know_its_cost() -> None:
    campaign = a_campaign(
        personas={"calm": long_id("calm"), "rude": long_id("rude")},
        test_sets={"known": {"id": "known001", "cases": "3"}, "dark": "dark0001"},
    )
    plan = expand(campaign)
    assert plan.simulations is None
    assert plan.unsized == ("dark",)
    sized = expand(campaign, {"dark": 4})
    assert (sized.simulations, sized.unsized) == (14, ())


def test_a_sample_keeps_its_seed_and_gets_a_fixed_one_where_none_is_given() -> None:
    def seed(**sample: Any) -> int | None:
        test_set = {"id": "smoke001", "sample": {"size": "5", **sample}}
        return only_cell(a_campaign(test_sets={"smoke": test_set})).options.sample_seed

    assert seed(seed="7") == 7
    assert seed(seed="0") == 0
    assert seed() == seed()
    # Written down: another seed would compare other test cases with last night's.
    assert seed() == 1_595_939_483


def test_a_sample_without_seed_differs_from_set_to_set() -> None:
    sampled = {"sample": {"size": "5"}}
    campaign = a_campaign(
        test_sets={"one": {"id": "one00000", **sampled}, "two": {"id": "two00000", **sampled}}
    )
    one, two = (cell.options for cell in expand(campaign).cells)
    assert one.sample_size == two.sample_size == 5
    assert one.sample_seed != two.sample_seed


def test_the_same_cell_twice_is_a_mistake_that_names_both_entries() -> None:
    campaign = a_campaign(matrix={"include": [{}, {"agents": ["checkout"], "iterations": "9"}]})
    assert complaints(campaign) == [
        (
            ("matrix", "include", 1),
            "the cell checkout/calm/smoke is already asked for by matrix.include[0]",
        )
    ]


def test_two_mutations_of_one_name_in_a_cell_are_a_mistake_told_once() -> None:
    agent = {"mutations": ["night", "day"]}
    campaign = a_campaign(
        agents={name: agent | {"coval": long_id(name)} for name in ("one", "two")},
        mutations={
            "night": {"fast": long_id("NIGHT", 0, 26)},
            "day": {"fast": long_id("DAY", 0, 26)},
        },
    )
    assert complaints(campaign) == [
        (("matrix",), "two different mutations are named 'fast' in one cell")
    ]


def test_a_mutation_of_two_names_in_a_cell_is_a_mistake() -> None:
    mutation = long_id("SAME", 0, 26)
    campaign = a_campaign(
        agents={"checkout": {"coval": long_id("checkout"), "mutations": ["night", "day"]}},
        mutations={"night": {"fast": mutation}, "day": {"quick": mutation}},
    )
    assert complaints(campaign) == [
        (("matrix",), "one mutation is named both 'fast' and 'quick' in one cell")
    ]


def test_names_may_clash_where_nothing_of_it_runs() -> None:
    campaign = a_campaign(
        agents={
            name: {"coval": long_id(name), "mutations": lists}
            for name, lists in {"plain": [], "torn": ["night", "day"]}.items()
        },
        mutations={
            "night": {"fast": long_id("NIGHT", 0, 26)},
            "day": {"fast": long_id("DAY", 0, 26)},
        },
        matrix={"exclude": [{"agents": ["torn"]}]},
    )
    assert keys(campaign) == ["plain/calm/smoke"]


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        pytest.param({"personas": {}}, ("agents",), id="no persona"),
        pytest.param({"test_sets": {}}, ("agents",), id="no test set"),
        pytest.param(
            {"matrix": {"exclude": [{"agents": ["checkout"]}]}}, ("matrix",), id="all excluded"
        ),
        pytest.param({"matrix": {"exclude": [{}]}}, ("matrix",), id="an exclude of everything"),
    ],
)
def test_a_matrix_with_no_cell_left_is_a_mistake(
    parts: dict[str, Any], place: tuple[str, ...]
) -> None:
    ((path, message),) = complaints(a_campaign(**parts))
    assert path == place
    assert "the matrix is empty" in message


def test_all_mistakes_come_together() -> None:
    agent = {"coval": long_id("checkout"), "mutations": ["night", "day"]}
    campaign = a_campaign(
        agents={"checkout": agent},
        mutations={
            "night": {"fast": long_id("NIGHT", 0, 26)},
            "day": {"fast": long_id("DAY", 0, 26)},
        },
        matrix={"include": [{}, {}]},
    )
    assert {message.split(":")[0] for _, message in complaints(campaign)} == {
        "the cell checkout/calm/smoke is already asked for by matrix.include[0]",
        "two different mutations are named 'fast' in one cell",
    }


def test_an_order_says_everything_that_coval_must_know() -> None:
    cell = only_cell(
        a_campaign(
            agents={"checkout": {"coval": long_id("checkout"), "mutations": ["models"]}},
            mutations={"models": mutations_of(2)},
            metrics={"resolved": METRIC},
        )
    )
    key = launch_key(EXECUTION, cell.number, 1)
    order = order_for(cell, launch_key=key, title="nightly", tags=("campaignd",))
    assert order.display_name == f"nightly checkout/calm/smoke {EXECUTION.lower()}-1-1"
    assert order.launch_key == key
    assert order.mutation_ids == tuple(mutations_of(2).values())
    assert (order.metric_ids, order.tags, order.options) == (
        (METRIC,),
        ("campaignd",),
        cell.options,
    )


@given(
    title=st.text(min_size=1, max_size=250),
    number=st.integers(1, 20_000),
    attempt=st.integers(1, 99),
)
def test_a_display_name_fits_coval_and_ends_with_the_whole_key(
    title: str, number: int, attempt: int
) -> None:
    key = launch_key(EXECUTION, number, attempt)
    order = order_for(only_cell(a_campaign()), launch_key=key, title=title, tags=())
    assert len(order.display_name) <= 200
    assert order.display_name.split(" ")[-1] == key
