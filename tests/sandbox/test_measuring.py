from collections.abc import Mapping
from typing import Any

import pytest

FAST_VAD, GPT_4O = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAW"
RESOLVED, LATENCY = "jN6mN2pSt5aUv8xZ1bCeFf", "iM5lM1oRs4zTu7wY0aBdEe"
ELDERLY = "pE3Hn6Yd0Sf8Jr2Ku5Gv1X"
BIG = {"test_set_id": "rF9kL2mN", "options": {"iteration_count": 20}}
Values = Mapping[tuple[str, str, str | None, int], Any]


def measure(bench: Any, **changes: object) -> Values:
    run_id = bench.launch(**changes)
    bench.clock.pass_time(10)
    return bench.values_of(run_id)


def of(values: Values, metric_id: str, mutation_id: str | None = None) -> list[Any]:
    return [
        value
        for (metric, _, mutation, _), value in values.items()
        if (metric, mutation) == (metric_id, mutation_id)
    ]


def share_of_yes(values: list[str]) -> float:
    return values.count("YES") / len(values)


def test_the_same_campaign_measures_the_same_whatever_came_before(bench_of: Any) -> None:
    quiet, busy = bench_of(), bench_of()
    busy.launch(persona_id=ELDERLY)
    busy.clock.pass_time(1234.5)
    assert measure(quiet) == measure(busy)


def test_a_relaunch_measures_the_same_in_another_run(bench: Any) -> None:
    assert measure(bench) == measure(bench)


def test_another_seed_another_cell_and_another_variant_measure_otherwise(bench_of: Any) -> None:
    bench = bench_of()
    values = measure(bench, mutation_ids=[FAST_VAD])
    assert of(values, LATENCY) != of(values, LATENCY, FAST_VAD)
    assert measure(bench) != measure(bench_of(seed=2))
    assert measure(bench) != measure(bench, persona_id=ELDERLY)


def test_values_do_not_depend_on_the_mutations_beside_them(bench: Any) -> None:
    alone, together = measure(bench), measure(bench, mutation_ids=[FAST_VAD, GPT_4O])
    assert of(alone, LATENCY) == of(together, LATENCY)


def test_the_built_in_metrics_are_where_the_documentation_says(bench: Any) -> None:
    values = measure(bench, **BIG)
    assert share_of_yes(of(values, RESOLVED)) == pytest.approx(0.93, abs=0.03)
    assert sum(of(values, LATENCY)) / 800 == pytest.approx(0.9, abs=0.02)


def test_some_test_cases_are_harder_for_every_variant(bench: Any) -> None:
    values = measure(bench, **BIG, mutation_ids=[FAST_VAD])

    def slowness(mutation_id: str | None) -> dict[str, float]:
        means: dict[str, float] = {}
        for (metric, case, mutation, _), value in values.items():
            if (metric, mutation) == (LATENCY, mutation_id):
                means[case] = means.get(case, 0) + value / 20
        return means

    base, variant = slowness(None), slowness(FAST_VAD)
    hardest, easiest = max(base, key=base.__getitem__), min(base, key=base.__getitem__)
    assert variant[hardest] - variant[easiest] > 0.2


@pytest.mark.parametrize(
    ("effect", "metric_id", "low", "high"),
    [
        pytest.param({"rate": -0.12}, RESOLVED, 0.78, 0.84, id="points off a share"),
        pytest.param({"factor": 0.5}, RESOLVED, 0.43, 0.50, id="half of a share"),
        pytest.param({"shift": 0.3}, LATENCY, 1.18, 1.22, id="shift of a number"),
        pytest.param({"factor": 2}, LATENCY, 1.77, 1.83, id="factor of a number"),
    ],
)
def test_an_effect_moves_the_variant_it_names_and_no_other(
    bench_of: Any, effect: dict[str, float], metric_id: str, low: float, high: float
) -> None:
    bench = bench_of(effects=[effect | {"mutation": GPT_4O, "metric": metric_id}])
    values = measure(bench, **BIG, mutation_ids=[GPT_4O])

    def level(mutation_id: str | None) -> float:
        found = of(values, metric_id, mutation_id)
        return share_of_yes(found) if metric_id == RESOLVED else sum(found) / len(found)

    assert low < level(GPT_4O) < high
    assert of(values, metric_id) == of(measure(bench_of(), **BIG), metric_id)


def test_an_effect_can_be_kept_to_test_cases_by_place_or_id(bench_of: Any) -> None:
    plain = bench_of()
    page = plain.ask(plain.residents.list_test_cases, {"filter": "test_set_id=aB1cD2eF"})
    newest, *_, first = [case["id"] for case in page["test_cases"]]
    bench = bench_of(effects=[{"test_cases": ["1", newest], "metric": LATENCY, "shift": 50}])
    values = measure(bench, options={"iteration_count": 3})
    slow = {
        case for (metric, case, _, _), value in values.items() if metric == LATENCY and value > 25
    }
    assert slow == {newest, first}


KINDS = {
    "category": {"type": "category", "categories": {"good": "70%", "fair": "20%", "bad": "10%"}},
    "set": {"type": "set", "categories": {"lookup": "95%", "refund": "30%"}},
    "composite": {"type": "composite", "rate": "80%", "criteria": 4},
    "match": {"type": "match", "rate": "60%"},
    "judge": {"type": "binary", "rate": "80%", "unknown": "25%"},
}
IDS = {name: f"{name:x<22}" for name in KINDS}


@pytest.fixture
def kinds(bench_of: Any) -> dict[str, list[Any]]:
    metrics = {IDS[name]: {"name": name} | spec for name, spec in KINDS.items()}
    values = measure(bench_of(world={"metrics": metrics}), **BIG, metric_ids=list(IDS.values()))
    return {name: of(values, metric_id) for name, metric_id in IDS.items()}


def test_categories_have_their_shares(kinds: dict[str, list[Any]]) -> None:
    shares = {name: kinds["category"].count(name) / 800 for name in ("good", "fair", "bad")}
    assert shares == pytest.approx({"good": 0.7, "fair": 0.2, "bad": 0.1}, abs=0.05)


def test_sets_hold_each_member_by_its_share(kinds: dict[str, list[Any]]) -> None:
    assert all(isinstance(value, list) for value in kinds["set"])
    assert sum("refund" in value for value in kinds["set"]) / 800 == pytest.approx(0.3, abs=0.05)


def test_composites_are_percentages_of_criteria(kinds: dict[str, list[Any]]) -> None:
    assert set(kinds["composite"]) <= {0.0, 25.0, 50.0, 75.0, 100.0}
    assert sum(kinds["composite"]) / 800 == pytest.approx(80, abs=4)


def test_matches_are_one_or_nought_and_never_a_boolean(kinds: dict[str, list[Any]]) -> None:
    assert set(kinds["match"]) == {0.0, 1.0}
    assert not any(isinstance(value, bool) for value in kinds["match"])


def test_judges_sometimes_do_not_know(kinds: dict[str, list[Any]]) -> None:
    assert kinds["judge"].count("UNKNOWN") / 800 == pytest.approx(0.25, abs=0.05)
