from typing import Any

import pytest

from campaignd.sandbox.refusals import Refused

CHECKOUT = "gk3jK9mPq2xRt5vW8yZaBc"


def names(bench: Any, handler: Any, items: str, **query: object) -> list[str]:
    return [
        item.get("display_name") or item.get("metric_name") or item["name"]
        for item in bench.ask(handler, query)[items]
    ]


def test_the_built_in_world_is_the_one_in_the_documentation(bench: Any) -> None:
    residents = bench.residents
    assert set(names(bench, residents.list_agents, "agents")) == {
        "Checkout assistant",
        "Support assistant",
    }
    assert set(names(bench, residents.list_personas, "personas")) == {
        "Impatient caller",
        "Elderly caller",
    }
    assert set(names(bench, residents.list_test_sets, "test_sets")) == {"Smoke", "Refunds"}
    assert {"Resolved", "Latency"} < set(names(bench, residents.list_metrics, "metrics"))
    mutations = bench.ask(residents.list_mutations, agent_id=CHECKOUT)
    assert {item["display_name"] for item in mutations["mutations"]} == {"fast-vad", "gpt-4o"}
    assert mutations["total_count"] == 2


@pytest.mark.parametrize(
    ("test_set_id", "count"), [pytest.param("aB1cD2eF", 12), pytest.param("rF9kL2mN", 40)]
)
def test_test_sets_tell_their_size_and_show_so_many_cases(
    bench: Any, test_set_id: str, count: int
) -> None:
    shown = bench.ask(bench.residents.read_test_set, test_set_id=test_set_id)["test_set"]
    query = {"filter": f"test_set_id={test_set_id}", "page_size": 100}
    cases = bench.ask(bench.residents.list_test_cases, query)["test_cases"]
    assert shown["test_case_count"] == len({case["id"] for case in cases}) == count
    one = bench.ask(bench.residents.read_test_case, test_case_id=cases[0]["id"])
    assert one == {"test_case": cases[0]}


def test_the_ids_of_test_cases_do_not_depend_on_the_seed(bench_of: Any) -> None:
    first, second = bench_of(seed=1), bench_of(seed=2)
    assert first.ask(first.residents.list_test_cases) == second.ask(
        second.residents.list_test_cases
    )


def test_lists_filter_order_and_page(bench: Any) -> None:
    def agents(**query: object) -> list[str]:
        return names(bench, bench.residents.list_agents, "agents", **query)

    assert agents(order_by="display_name desc") == ["Support assistant", "Checkout assistant"]
    assert agents(filter='display_name="Support assistant"') == ["Support assistant"]
    assert agents(tag_filters="chat") == ["Support assistant"]
    assert agents(order_by="display_name", page_size=1) == ["Checkout assistant"]
    with pytest.raises(Refused):
        agents(page_size=101)
    with pytest.raises(Refused):
        agents(order_by="display_name sideways")


def test_test_set_lists_end_with_an_empty_token_as_documented(bench: Any) -> None:
    assert bench.ask(bench.residents.list_test_sets)["next_page_token"] == ""


def test_the_mutations_of_an_unknown_agent_are_not_found(bench_of: Any) -> None:
    strict = bench_of(strict=True)
    with pytest.raises(Refused):
        strict.ask(strict.residents.list_mutations, agent_id="z" * 22)


def test_a_strange_test_set_has_cases_that_can_be_read_and_launched(bench: Any) -> None:
    page = bench.ask(bench.residents.list_test_cases, {"filter": "test_set_id=sTrAnG3r"})
    assert len(page["test_cases"]) == 20
    case_id = page["test_cases"][0]["id"]
    read = bench.ask(bench.residents.read_test_case, test_case_id=case_id)["test_case"]
    assert read["test_set_id"] == "sTrAnG3r"
    run_id = bench.launch(
        test_set_id="sTrAnG3r", options={"test_case_ids": [case_id, "oF7oU8r9oW0nM1aK2iN3gG"]}
    )
    assert bench.read(run_id)["progress"]["total_test_cases"] == 2


READS = [
    pytest.param("read_agent", {"agent_id": "z" * 22}, id="agent"),
    pytest.param("read_persona", {"persona_id": "z" * 22}, id="persona"),
    pytest.param("read_test_set", {"test_set_id": "z" * 8}, id="test set"),
    pytest.param("read_test_case", {"test_case_id": "z" * 22}, id="test case"),
    pytest.param("read_metric", {"metric_id": "z" * 22}, id="metric"),
    pytest.param("read_mutation", {"agent_id": CHECKOUT, "mutation_id": "0" * 26}, id="mutation"),
]


@pytest.mark.parametrize(("handler", "path"), READS)
def test_strangers_are_made_up_unless_the_scenario_is_strict(
    bench_of: Any, handler: str, path: dict[str, str]
) -> None:
    open_world, strict = bench_of(), bench_of(strict=True)
    assert open_world.ask(getattr(open_world.residents, handler), **path)
    with pytest.raises(Refused) as caught:
        strict.ask(getattr(strict.residents, handler), **path)
    assert caught.value.status == 404


@pytest.mark.parametrize(("handler", "path"), READS)
def test_an_id_of_the_wrong_form_is_never_found(
    bench: Any, handler: str, path: dict[str, str]
) -> None:
    *others, last = path
    crooked = {key: path[key] for key in others} | {last: "wrong"}
    with pytest.raises(Refused):
        bench.ask(getattr(bench.residents, handler), **crooked)


def test_a_scenario_adds_to_the_world_and_replaces_in_it(bench_of: Any) -> None:
    bench = bench_of(
        world={
            "test_sets": {
                "aB1cD2eF": {"name": "Smoke, larger", "cases": 30},
                "nEw00001": {"name": "New", "cases": 3, "update_time": "2026-10-01T00:00:00Z"},
            },
            "deleted": ["rF9kL2mN"],
        }
    )
    shown = names(bench, bench.residents.list_test_sets, "test_sets")
    assert shown == ["New", "Smoke, larger"]
    with pytest.raises(Refused):
        bench.ask(bench.residents.read_test_set, test_set_id="rF9kL2mN")


def test_a_metric_shows_its_target_condition_and_a_new_version_when_changed(bench_of: Any) -> None:
    metric = {
        "name": "Score",
        "type": "number",
        "target_condition": {"comparison_operator": "gte", "target_float": 0.8},
        "update_time": "2026-10-01T00:00:00Z",
    }
    bench = bench_of(world={"metrics": {"m" * 22: metric}})
    shown = bench.ask(bench.residents.read_metric, metric_id="m" * 22)["metric"]
    assert shown["target_condition"] == {"comparison_operator": "gte", "target_float": 0.8}
    assert shown["current_version"]["version_number"] == 2
    assert shown["update_time"] == "2026-10-01T00:00:00.000Z"
