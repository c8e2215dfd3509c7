from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from campaignd.core.coval import Value
from campaignd.core.metrics import (
    CotoolMetric,
    CovalMetric,
    Measures,
    Metric,
    PassWhen,
    can_pass,
    direction,
    measures,
    passes,
    passes_number,
)

METRIC: TypeAdapter[Metric] = TypeAdapter(Metric)
ID = "jN6mN2pSt5aUv8xZ1bCeFf"


def when(**condition: Any) -> PassWhen:
    return PassWhen.model_validate(condition)


def coval(**fields: Any) -> CovalMetric:
    return CovalMetric.model_validate({"id": ID, **fields})


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        pytest.param({"equals": "YES"}, "YES", True, id="equal"),
        pytest.param({"equals": "YES"}, "yes", False, id="to the letter"),
        pytest.param({"equals": "1"}, 1.0, True, id="a number by its worth"),
        pytest.param({"equals": "1.0"}, 1.0, True, id="however it is written"),
        pytest.param({"equals": "YES"}, 1.0, False, id="a text is no number"),
        pytest.param({"one_of": ["booked", "moved"]}, "moved", True, id="one of"),
        pytest.param({"one_of": ["booked", "2"]}, 2.0, True, id="a number among texts"),
        pytest.param({"one_of": ["booked"]}, "lost", False, id="none of"),
        pytest.param({"at_least": "75"}, 75.0, True, id="at least, exactly"),
        pytest.param({"at_least": "75"}, 74.9, False, id="at least, below"),
        pytest.param({"at_most": "2"}, 2.0, True, id="at most, exactly"),
        pytest.param({"between": ["1", "5"]}, 1.0, True, id="between, the lower end"),
        pytest.param({"between": ["1", "5"]}, 5.1, False, id="between, above"),
        pytest.param({"at_least": "75"}, "80", False, id="a text where numbers pass"),
        pytest.param({"contains": "refund"}, frozenset({"refund", "x"}), True, id="contains"),
        pytest.param({"contains": "refund"}, frozenset(), False, id="an empty set"),
        pytest.param({"contains": "refund"}, "refund", False, id="a text is no set"),
        pytest.param({"equals": "YES"}, frozenset({"YES"}), False, id="a set is no text"),
        pytest.param({"equals": "YES"}, None, False, id="nothing"),
    ],
)
def test_a_value_passes_by_its_condition(
    condition: dict[str, Any], value: Value, expected: bool
) -> None:
    assert passes(when(**condition), value) == expected


@given(
    st.lists(st.floats(allow_nan=True), max_size=8),
    st.sampled_from(
        [{"at_least": "3"}, {"at_most": "3"}, {"between": ["1", "3"]}, {"equals": "3"}]
    ),
)
def test_numbers_pass_the_same_one_by_one_and_all_at_once(
    numbers: list[float], condition: dict[str, Any]
) -> None:
    together = passes_number(when(**condition), np.array(numbers))  # type: ignore[arg-type]

    assert list(together) == [passes(when(**condition), number) for number in numbers]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        pytest.param(
            {},
            "pass_when takes one condition of equals, one_of, at_least, at_most, between, "
            "contains; found none",
            id="none",
        ),
        pytest.param({"equals": "YES", "contains": "x"}, "found equals and contains", id="two"),
        pytest.param(
            {"between": ["5", "1"]},
            "between: [5, 1] holds nothing: the lower number is first",
            id="turned round",
        ),
        pytest.param({"at_least": "much"}, "'much' is not a number: write one like 75", id="words"),
        pytest.param({"at_least": "nan"}, "'nan' is not a number", id="not a number"),
    ],
)
def test_a_condition_that_cannot_be_says_why(condition: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        when(**condition)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param(
            {"id": ID, "better": "lower", "pass_when": {"at_least": "3"}},
            "better: lower contradicts pass_when, where higher is better",
            id="two directions",
        ),
        pytest.param(
            {"cotool": "criteria", "pass_when": {"equals": "YES"}},
            "criteria pass by themselves: leave pass_when, better and unit out",
            id="criteria with a condition",
        ),
        pytest.param(
            {"cotool": "critical_issues", "unit": "s"},
            "critical_issues pass by themselves",
            id="critical issues with a unit",
        ),
        pytest.param(
            {"cotool": "score", "pass_when": {"equals": "good"}},
            "a Cotool score is a number: use at_least, at_most or between",
            id="a score that is a word",
        ),
    ],
)
def test_a_metric_that_cannot_be_says_why(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        METRIC.validate_python(fields)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("metric", "what", "way", "passing"),
    [
        pytest.param(coval(), Measures.ANYTHING, None, False, id="nobody said"),
        pytest.param(coval(unit="s"), Measures.NUMBERS, None, False, id="a unit"),
        pytest.param(coval(better="lower"), Measures.NUMBERS, "lower", False, id="better"),
        pytest.param(
            coval(pass_when={"at_least": "3"}), Measures.NUMBERS, "higher", True, id="at least"
        ),
        pytest.param(
            coval(pass_when={"at_most": "3"}), Measures.NUMBERS, "lower", True, id="at most"
        ),
        pytest.param(
            coval(pass_when={"between": ["1", "3"]}), Measures.NUMBERS, None, True, id="between"
        ),
        pytest.param(coval(pass_when={"equals": "YES"}), Measures.TEXTS, None, True, id="a text"),
        pytest.param(
            coval(pass_when={"one_of": ["0", "1"]}), Measures.ANYTHING, None, True, id="digits"
        ),
        pytest.param(coval(pass_when={"contains": "x"}), Measures.SETS, None, True, id="a set"),
        pytest.param(CotoolMetric(cotool="score"), Measures.NUMBERS, "higher", False, id="a score"),
        pytest.param(CotoolMetric(cotool="criteria"), Measures.CRITERIA, None, True, id="criteria"),
        pytest.param(
            CotoolMetric(cotool="critical_issues"),
            Measures.CRITICAL_ISSUES,
            None,
            True,
            id="critical issues",
        ),
    ],
)
def test_a_metric_tells_what_it_measures(
    metric: Metric, what: Measures, way: str | None, passing: bool
) -> None:
    assert (measures(metric), direction(metric), can_pass(metric)) == (what, way, passing)
