from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.sandbox.filters import (
    Comparison,
    Condition,
    Filter,
    Kind,
    parse_filter,
    type_condition,
)
from campaignd.sandbox.refusals import Refused

FIELDS = {
    "status": Kind.STATUS,
    "agent_id": Kind.TEXT,
    "create_time": Kind.TIME,
    "tag": Kind.TAG,
    "metric.{metric_id}": Kind.VALUE,
}
METRIC = "metric.jN6mN2pSt5aUv8xZ1bCeFf"

comparisons = st.builds(
    Comparison,
    st.sampled_from(["status", "agent_id", "create_time", "tag", METRIC]),
    st.sampled_from(["=", "!=", "<", ">", "<=", ">="]),
    st.text(st.characters(exclude_characters='"'), max_size=12),
)
groups = st.lists(comparisons, min_size=1, max_size=3).map(tuple)
filters = st.lists(groups, min_size=1, max_size=3).map(tuple).map(Filter)


@given(filters)
def test_what_is_written_is_read_back(written: Filter) -> None:
    assert parse_filter(str(written)) == written


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Refused):
        assert parse_filter(text).groups


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        pytest.param("agent_id=abc", [[("agent_id", "=", "abc")]], id="bare value"),
        pytest.param('status="IN PROGRESS"', [[("status", "=", "IN PROGRESS")]], id="quoted"),
        pytest.param(
            "status=FAILED AND agent_id!=a",
            [[("status", "=", "FAILED"), ("agent_id", "!=", "a")]],
            id="and",
        ),
        pytest.param(
            'tag="a" OR tag="b" AND agent_id=c',
            [[("tag", "=", "a")], [("tag", "=", "b"), ("agent_id", "=", "c")]],
            id="and binds closer than or",
        ),
        pytest.param(
            'create_time>="2026-11-01T00:00:00Z"',
            [[("create_time", ">=", "2026-11-01T00:00:00Z")]],
            id="time",
        ),
        pytest.param(f'{METRIC}<"0.9"', [[(METRIC, "<", "0.9")]], id="metric"),
    ],
)
def test_documented_expressions_are_read(text: str, groups: list[list[tuple[str, ...]]]) -> None:
    expected = tuple(tuple(Comparison(*parts) for parts in group) for group in groups)
    assert parse_filter(text).groups == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('(status="FAILED")', id="parentheses"),
        pytest.param("status=IN PROGRESS", id="unquoted space"),
        pytest.param('status="FAILED" and agent_id=a', id="lower-case and"),
        pytest.param('NOT status="FAILED"', id="not"),
        pytest.param("status=", id="no value"),
        pytest.param("status", id="no operator"),
        pytest.param('status="FAILED" AND ', id="nothing behind and"),
        pytest.param('status IN "FAILED"', id="in"),
        pytest.param('status="FAILED', id="open quote"),
        pytest.param('status == "FAILED"', id="double equals"),
        pytest.param("", id="empty"),
    ],
)
def test_what_is_not_in_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_filter(text)
    assert caught.value.status == 400
    assert caught.value.objections[0].field == "filter"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param('run_id="x"', "Unknown field 'run_id'", id="unknown field"),
        pytest.param("metric.short=1", "Unknown field 'metric.short'", id="bad metric id"),
        pytest.param('create_time>"yesterday"', "not an ISO 8601 time", id="bad time"),
        pytest.param('status="DONE"', "'DONE' is not a status", id="bad status"),
        pytest.param('status>"FAILED"', "= and != only", id="ordered status"),
        pytest.param('tag<="a"', "= and != only", id="ordered tag"),
        pytest.param(f"{METRIC}>YES", "texts can be compared with = and !=", id="ordered text"),
    ],
)
def test_values_that_do_not_fit_their_field_are_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        type_condition(parse_filter(text).groups[0][0], FIELDS)
    assert reason in caught.value.objections[0].description


@pytest.mark.parametrize(
    ("condition", "actual", "holds"),
    [
        pytest.param(Condition("agent_id", "=", "a"), "a", True, id="equal"),
        pytest.param(Condition("agent_id", "!=", "a"), None, False, id="null never holds"),
        pytest.param(Condition("tag", "=", "a"), ("a", "b"), True, id="one of the tags"),
        pytest.param(Condition("tag", "!=", "a"), ("a", "b"), False, id="none of the tags"),
        pytest.param(Condition("m", ">", 0.5), 0.7, True, id="greater number"),
        pytest.param(Condition("m", ">", 0.5), "YES", False, id="a text is no number"),
        pytest.param(Condition("m", ">", 0.5), ("YES",), False, id="texts are no numbers"),
        pytest.param(Condition("m", "=", "YES"), ("NO", "YES"), True, id="any text"),
    ],
)
def test_a_condition_holds_or_not(condition: Condition, actual: object, holds: bool) -> None:
    assert condition.holds(actual) is holds
