import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from campaignd.adapters.coval.results import ResultsItem, read_value
from campaignd.core.coval import Aggregate, Results, Value

GOAL, LATENCY = "Me2Vf8Xs6Ca0Ty4Oh7Ij3N", "Mt9Lb3Ge5Ru1Wk7Pd2Zo6Q"
FIRST, SECOND = "Si1Ax5Cv9Bn3Mz7Ql2Wk6E", "Si8Tr4Yu0Io6Pa2Sd7Fg5H"
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def results_of(document: object) -> Results:
    return ResultsItem.model_validate_json(json.dumps(document)).results()


def values_of(*values: dict[str, object], output_type: str = "float") -> dict[str, Value]:
    metric = {"metric_id": GOAL, "output_type": output_type, "values": list(values)}
    return dict(results_of({"metrics": {GOAL: metric}}).values[GOAL])


def test_values_by_simulation_are_read() -> None:
    document = {
        "output_ids": [FIRST, SECOND, FIRST],
        "call_sids": {},
        "metrics": {
            GOAL: {
                "metric_id": GOAL,
                "metric_name": "Goal reached",
                "output_type": "string",
                "values": [
                    {"simulation_output_id": FIRST, "value": "YES"},
                    {"simulation_output_id": SECOND, "value": "NO"},
                ],
            },
            LATENCY: {
                "metric_id": LATENCY,
                "metric_name": "Latency",
                "output_type": "float",
                "values": [
                    {"simulation_output_id": FIRST, "value": 0.84},
                    {"simulation_output_id": SECOND, "value": None},
                ],
            },
        },
    }
    assert results_of(document) == Results(
        output_ids=(FIRST, SECOND),
        values={GOAL: {FIRST: "YES", SECOND: "NO"}, LATENCY: {FIRST: 0.84, SECOND: None}},
    )


def test_the_older_shape_is_read() -> None:
    document = {"metrics": {"Latency": {"mean": 1.5, "min": 1, "max": 2}, "Tone": {"mean": 3}}}
    assert results_of(document).aggregates == {
        "Latency": Aggregate(1.5, 1.0, 2.0),
        "Tone": Aggregate(3.0),
    }


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({}, id="empty"),
        pytest.param({"output_ids": None, "metrics": None}, id="null"),
        pytest.param({"output_ids": [], "metrics": {}}, id="nothing measured"),
    ],
)
def test_results_without_content_measure_nothing(document: object) -> None:
    assert results_of(document) == Results()


@pytest.mark.parametrize(
    "metric",
    [
        pytest.param({"output_type": "float"}, id="no values"),
        pytest.param({"output_type": "float", "values": None}, id="null"),
        pytest.param({"values": []}, id="none"),
        pytest.param({"mean": None}, id="a mean of nothing"),
        pytest.param({"mean": float("nan")}, id="a mean that is no number"),
    ],
)
def test_a_metric_without_values_is_known_and_empty(metric: object) -> None:
    assert results_of({"metrics": {GOAL: metric}}) == Results(values={GOAL: {}})


def test_the_last_value_that_is_not_missing_wins() -> None:
    assert values_of(
        {"simulation_output_id": FIRST, "value": None},
        {"simulation_output_id": FIRST, "value": 1},
        {"simulation_output_id": FIRST, "value": 2},
        {"simulation_output_id": FIRST, "value": None},
        {"simulation_output_id": FIRST},
    ) == {FIRST: 2.0}


def test_values_of_nobody_are_skipped() -> None:
    assert values_of({"value": 1}, {"simulation_output_id": None, "value": 1}) == {}


@pytest.mark.parametrize(
    ("value", "output_type", "expected"),
    [
        pytest.param(0, "float", 0.0, id="zero"),
        pytest.param(7, None, 7.0, id="integer"),
        pytest.param("0.84", "float", 0.84, id="number as text"),
        pytest.param("4", "string", "4", id="text that spells a number"),
        pytest.param("YES", "float", "YES", id="text where a number is due"),
        pytest.param("NaN", "float", None, id="NaN as text"),
        pytest.param("Infinity", "float", None, id="infinity as text"),
        pytest.param(float("nan"), "float", None, id="NaN"),
        pytest.param(float("-inf"), None, None, id="minus infinity"),
        pytest.param(10**400, "float", None, id="beyond any float"),
        pytest.param(True, "string", "YES", id="true for a judge"),
        pytest.param(False, None, "NO", id="false for a judge"),
        pytest.param(True, "float", 1.0, id="true as number"),
        pytest.param(["b", "a", "b", None], "set", frozenset({"a", "b"}), id="set"),
        pytest.param([], "set", frozenset(), id="empty set"),
        pytest.param({"a": 1}, "float", None, id="object"),
        pytest.param(None, "float", None, id="null"),
    ],
)
def test_every_value_is_a_number_a_text_a_set_or_missing(
    value: object, output_type: str | None, expected: Value
) -> None:
    assert read_value(value, output_type) == expected


@pytest.mark.parametrize(
    ("document", "place"),
    [
        pytest.param({"metrics": []}, ("metrics",), id="metrics"),
        pytest.param({"metrics": {GOAL: 7}}, ("metrics", GOAL), id="metric"),
        pytest.param({"metrics": {GOAL: {"values": {}}}}, ("metrics", GOAL, "values"), id="values"),
        pytest.param({"output_ids": [7]}, ("output_ids", 0), id="output id"),
    ],
)
def test_what_is_judged_must_fit(document: object, place: tuple[object, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        results_of(document)
    assert caught.value.errors()[0]["loc"] == place


@given(JSON, st.sampled_from(["float", "string", "set", None]))
def test_no_value_breaks_the_reader(value: object, output_type: str | None) -> None:
    read = read_value(value, output_type)
    assert read is None or isinstance(read, float | str | frozenset)
    assert read == read  # noqa: PLR0124 - what is no number does not equal itself
