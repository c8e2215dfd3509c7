from datetime import UTC, datetime

from campaignd.sandbox import chance

MOMENT = datetime(2026, 11, 2, tzinfo=UTC)


def test_the_same_words_give_the_same_number_and_others_give_another() -> None:
    assert chance.share(1, "a") == chance.share(1, "a")
    assert chance.share(1, "a") != chance.share(1, "b")
    assert chance.share("ab", "c") != chance.share("a", "bc")


def test_shares_are_spread_evenly() -> None:
    shares = [chance.share("spread", number) for number in range(4000)]
    assert all(0 < share < 1 for share in shares)
    assert abs(sum(shares) / 4000 - 0.5) < 0.02
    assert abs(sum(share < 0.1 for share in shares) / 4000 - 0.1) < 0.02


def test_bell_numbers_have_the_spread_of_the_bell_curve() -> None:
    numbers = [chance.bell("spread", number) for number in range(4000)]
    assert abs(sum(numbers) / 4000) < 0.06
    assert abs(sum(number**2 for number in numbers) / 4000 - 1) < 0.08


def test_ids_have_the_documented_forms() -> None:
    assert len(chance.token(22, "run", 1)) == 22
    assert chance.token(22, "run", 1).isalnum()
    assert len(chance.ulid(MOMENT, "output")) == 26
    assert chance.uuid("x").count("-") == 4


def test_later_ulids_sort_behind_earlier_ones() -> None:
    later = MOMENT.replace(hour=1)
    assert chance.ulid(MOMENT, "z") < chance.ulid(later, "a")
