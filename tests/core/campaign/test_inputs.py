import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.campaign.inputs import fill_in, find_references


@pytest.mark.parametrize(
    ("text", "names", "filled"),
    [
        pytest.param("plain", (), "plain", id="no reference"),
        pytest.param("${inputs.a}", ("a",), "1", id="the whole text"),
        pytest.param("x-${inputs.a}-${inputs.b}", ("a", "b"), "x-1-2", id="within a text"),
        pytest.param("${ inputs.a }", ("a",), "1", id="spaces inside"),
        pytest.param("${inputs.a}${inputs.a}", ("a",), "11", id="twice"),
        pytest.param("$${inputs.a}", (), "${inputs.a}", id="escaped"),
        pytest.param("$$${inputs.a}", (), "$${inputs.a}", id="a dollar before an escape"),
        pytest.param("$5 {a}", (), "$5 {a}", id="dollars and braces alone"),
    ],
)
def test_references_are_found_and_filled(text: str, names: tuple[str, ...], filled: str) -> None:
    assert find_references(text) == names
    assert fill_in(text, {"a": "1", "b": "2"}) == filled


def test_a_filled_in_value_is_not_filled_again() -> None:
    assert fill_in("${inputs.a}", {"a": "${inputs.b}"}) == "${inputs.b}"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("${agent}", r"'\${agent}' is no input: write \${inputs.name}", id="no prefix"),
        pytest.param("${inputs.a", r"'\${' has no '}'", id="not closed"),
        pytest.param("${}", r"'\${}' is no input", id="empty"),
    ],
)
def test_what_is_neither_a_reference_nor_escaped_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        find_references(text)


@given(st.text())
def test_escaping_gives_back_any_text(text: str) -> None:
    escaped = text.replace("${", "$${")
    if "$$${" not in escaped:
        assert fill_in(escaped, {}) == text
