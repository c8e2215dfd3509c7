import pytest

from campaignd.core.quantities import (
    Quantity,
    format_exact,
    format_exact_share,
    format_quantity,
    format_share,
    parse_number,
    parse_quantity,
    parse_whole,
)


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        pytest.param("1.2", Quantity(1.2), id="a number"),
        pytest.param("8 s", Quantity(8, "s"), id="with a unit"),
        pytest.param("8s", Quantity(8, "s"), id="without a space"),
        pytest.param("-.5e1 tokens/s", Quantity(-5, "tokens/s"), id="a long unit"),
        pytest.param("10%", Quantity(10, "%"), id="percent"),
        pytest.param(3, Quantity(3), id="a number already"),
        pytest.param(Quantity(3, "s"), Quantity(3, "s"), id="a quantity already"),
    ],
)
def test_a_quantity_is_a_number_with_its_unit(text: object, quantity: Quantity) -> None:
    assert parse_quantity(text) == quantity


@pytest.mark.parametrize(
    "text", ["", "s", "nan", "inf", "1e999", "1.2.3", "1,5", "8 s s", None, True]
)
def test_what_is_no_finite_number_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is not a number: write one like"):
        parse_quantity(text)
    with pytest.raises(ValueError, match="is not a number: write one like"):
        parse_number(text)


def test_a_plain_number_has_no_unit() -> None:
    assert parse_number("75") == 75
    with pytest.raises(ValueError, match="without a unit"):
        parse_number("75 s")


def test_a_whole_number_begins_at_nothing() -> None:
    assert parse_whole(" 3 ") == 3
    for text in ("-1", "1.0", "²", "1" * 16, None):
        with pytest.raises(ValueError, match="is not a whole number"):
            parse_whole(text)


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        pytest.param(7.21543, "s", "7.215 s", id="rounded"),
        pytest.param(123456.7, None, "123457", id="large"),
        pytest.param(12.5, "%", "12.5%", id="percent"),
    ],
)
def test_a_measured_number_is_rounded(number: float, unit: str | None, text: str) -> None:
    assert format_quantity(number, unit) == text


def test_a_chosen_number_keeps_its_digits() -> None:
    assert format_exact(1.23456, "s") == "1.23456 s"
    assert str(Quantity(8.0, "s")) == "8 s"
    assert format_exact_share(0.99995) == "99.995%"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        pytest.param(0.9, "90%", id="even"),
        pytest.param(11 / 12, "91.7%", id="rounded"),
        pytest.param(1, "100%", id="all"),
        pytest.param(0.9999, "almost 100%", id="nearly all"),
        pytest.param(0, "0%", id="none"),
        pytest.param(0.0001, "almost 0%", id="nearly none"),
    ],
)
def test_a_share_is_not_rounded_to_all_or_nothing(share: float, text: str) -> None:
    assert format_share(share) == text
