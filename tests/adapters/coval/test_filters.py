from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.adapters.coval.filters import equals, join, may_match, run_conditions, since
from campaignd.core.coval import Run, RunQuery, RunStatus

EIGHT = datetime(2026, 11, 2, 8, tzinfo=UTC)


def run(**facts: object) -> Run:
    return Run("r", RunStatus.PENDING, "PENDING", EIGHT, **facts)


def test_values_are_always_quoted_and_joined_by_and() -> None:
    query = RunQuery(
        tag="cd-i-01",
        agent_id="Ag7",
        test_set_id="tS4",
        created_since=EIGHT,
        updated_since=EIGHT + timedelta(hours=1),
    )
    assert join(run_conditions(query)) == (
        'tag="cd-i-01" AND agent_id="Ag7" AND test_set_id="tS4" AND '
        'create_time>="2026-11-02T08:00:00Z" AND update_time>="2026-11-02T09:00:00Z"'
    )


def test_a_query_without_conditions_filters_nothing() -> None:
    assert join(run_conditions(RunQuery())) == ""


def test_times_are_sent_in_utc_and_whole_seconds() -> None:
    berlin = datetime(2026, 11, 2, 9, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))
    assert str(since("create_time", berlin)) == 'create_time>="2026-11-02T08:00:00Z"'


@pytest.mark.parametrize(
    "value",
    [
        pytest.param('a" OR tag="b', id="quote"),
        pytest.param("a\\", id="backslash"),
        pytest.param("", id="empty"),
        pytest.param("a\n", id="line break"),
        pytest.param("größe", id="umlaut"),
        pytest.param("a=b", id="operator"),
    ],
)
def test_a_value_that_the_language_cannot_carry_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="Coval cannot filter tag by"):
        equals("tag", value)


@given(st.text())
def test_no_value_escapes_its_quotes(value: str) -> None:
    try:
        text = str(equals("tag", value))
    except ValueError:
        return
    assert text == f'tag="{value}"'
    assert text.count('"') == 2


@pytest.mark.parametrize(
    ("query", "listed", "expected"),
    [
        pytest.param(RunQuery(tag="a"), run(tags=("b", "a")), True, id="tag stands there"),
        pytest.param(RunQuery(tag="a"), run(tags=("b",)), False, id="tag does not"),
        pytest.param(RunQuery(tag="a"), run(tags=()), False, id="no tags at all"),
        pytest.param(RunQuery(tag="a"), run(tags=None), True, id="tags not told"),
        pytest.param(RunQuery(agent_id="x"), run(agent_id="y"), False, id="another agent"),
        pytest.param(RunQuery(agent_id="x"), run(), True, id="agent not told"),
        pytest.param(RunQuery(test_set_id="x"), run(test_set_id="x"), True, id="test set"),
        pytest.param(RunQuery(test_set_id="x"), run(test_set_id="y"), False, id="another set"),
        pytest.param(RunQuery(created_since=EIGHT), run(), True, id="created at the bound"),
        pytest.param(
            RunQuery(created_since=EIGHT + timedelta(seconds=0.9)),
            run(),
            True,
            id="created in the bound's second, shown without its fraction",
        ),
        pytest.param(
            RunQuery(created_since=EIGHT + timedelta(seconds=1)), run(), False, id="created before"
        ),
        pytest.param(RunQuery(updated_since=EIGHT), run(), True, id="update not told"),
        pytest.param(
            RunQuery(updated_since=EIGHT),
            run(update_time=EIGHT - timedelta(seconds=1)),
            False,
            id="updated before",
        ),
    ],
)
def test_conditions_are_checked_again_where_the_item_allows_it(
    query: RunQuery, listed: Run, expected: bool
) -> None:
    assert may_match(query, listed) is expected
