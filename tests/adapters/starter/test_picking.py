import pytest

from campaignd.adapters.starter.picking import StarterRefused, called, pick
from campaignd.core.coval import Resource

FIRST = Resource("a1", "Impatient caller")
SECOND = Resource("a2", "Elderly caller")
TWIN = Resource("a3", "elderly  Caller")


def test_things_are_picked_by_id_or_name_in_the_order_that_was_asked_for() -> None:
    picked = pick([FIRST, SECOND], ["ELDERLY CALLER", "a1", "elderly caller"], "persona")
    assert picked.used == (SECOND, FIRST)
    assert picked.others == ()


def test_what_was_not_asked_for_stays_in_its_order() -> None:
    assert pick([FIRST, SECOND], ["a2"], "persona").others == (FIRST,)


@pytest.mark.parametrize(
    ("listed", "wanted", "message"),
    [
        pytest.param(
            [FIRST, SECOND, TWIN],
            "Elderly caller",
            "2 personas are called 'Elderly caller': name one by id, of a2, a3",
            id="two of one name",
        ),
        pytest.param(
            [FIRST, SECOND],
            "Elderly caler",
            "Coval lists no persona 'Elderly caler'; did you mean 'elderly caller'?",
            id="mistyped",
        ),
        pytest.param(
            [FIRST],
            "x",
            "Coval lists no persona 'x'; it lists Impatient caller (a1)",
            id="unlike any",
        ),
        pytest.param([], "x", "Coval lists no persona 'x'; it lists none at all", id="no list"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(
    listed: list[Resource], wanted: str, message: str
) -> None:
    with pytest.raises(StarterRefused) as refused:
        pick(listed, [wanted], "persona")
    assert str(refused.value) == message


def test_a_long_list_is_told_in_part() -> None:
    listed = [Resource(f"id{number}", f"Caller {number}") for number in range(12)]
    with pytest.raises(StarterRefused, match=r"Caller 9 \(id9\) and 2 more$"):
        pick(listed, ["?"], "persona")


def test_a_name_cannot_write_on_the_terminal() -> None:
    assert called(Resource("a1", "Good\x1b[2J\nname")) == "Good [2J name (a1)"
