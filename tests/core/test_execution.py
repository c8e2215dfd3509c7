import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.execution import Cause, installation_tag, launch_key, tag_of

EXECUTION = "01ARYZ6S41TSV4RRFFQ69G5FAV"
NUMBERS = st.tuples(st.integers(1, 20_000), st.integers(1, 99))


def test_tags_are_written_as_coval_keeps_them() -> None:
    assert tag_of(EXECUTION) == "cd-01aryz6s41tsv4rrffq69g5fav"
    assert installation_tag(EXECUTION) == "cd-i-01aryz6s41tsv4rrffq69g5fav"


def test_a_launch_key_names_execution_cell_and_attempt_in_lower_case() -> None:
    assert launch_key(EXECUTION, 12, 2) == "01aryz6s41tsv4rrffq69g5fav-12-2"


@given(NUMBERS, NUMBERS)
def test_different_launches_have_different_keys(one: tuple[int, int], two: tuple[int, int]) -> None:
    assert (launch_key(EXECUTION, *one) == launch_key(EXECUTION, *two)) == (one == two)


@pytest.mark.parametrize("cause", Cause)
def test_a_cause_knows_whether_time_ran_out(cause: Cause) -> None:
    assert cause.is_timeout == (
        cause
        in {
            Cause.EXECUTION_TIMEOUT,
            Cause.QUEUE_TIMEOUT,
            Cause.STALL_TIMEOUT,
            Cause.RUN_TIMEOUT,
        }
    )
