from datetime import timedelta

from tests.engine.surroundings import START

from campaignd.core.decide import Resolve, Send
from campaignd.engine.resting import Rests
from campaignd.engine.tools import Pace

SEND, RESOLVE = ("launch 1", Send), ("launch 1", Resolve)
SECOND = timedelta(seconds=1)


def rests() -> Rests:
    return Rests(Pace(fastest=2 * SECOND, slowest=30 * SECOND), chance=lambda: 0.5)


def test_each_rest_is_twice_as_long_up_to_the_slowest_pace() -> None:
    resting, lengths = rests(), []
    for _ in range(6):
        resting.lengthen(SEND, START)
        end = resting.next_end(START)
        assert end is not None
        lengths.append((end - START).total_seconds())
    assert lengths == [2, 4, 8, 16, 30, 30]


def test_an_action_rests_until_its_moment_and_other_actions_do_not() -> None:
    resting = rests()
    resting.lengthen(SEND, START)
    assert resting.holds(SEND, START + SECOND)
    assert not resting.holds(SEND, START + 2 * SECOND)
    assert not resting.holds(RESOLVE, START)


def test_a_rest_that_is_over_wakes_nobody_again() -> None:
    resting = rests()
    resting.lengthen(SEND, START)
    assert resting.next_end(START + 2 * SECOND) is None


def test_after_a_success_rests_begin_short_again() -> None:
    resting = rests()
    resting.lengthen(SEND, START)
    resting.lengthen(SEND, START)
    resting.end(SEND)
    assert SEND not in resting
    resting.lengthen(SEND, START)
    assert resting.next_end(START) == START + 2 * SECOND
