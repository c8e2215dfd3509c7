import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.adapters.campaign_files.composing import compose
from campaignd.adapters.campaign_files.nodes import Entries, Scalar
from campaignd.adapters.starter.yaml_text import Row, describe, quoted, render, say, scalar
from campaignd.core.campaign.inputs import fill_in


@given(text=st.text(max_size=60))
def test_a_text_comes_back_as_it_was(text: str) -> None:
    for written in (scalar(text), quoted(text)):
        root = compose(f"key: {written}  # remark").root
        assert isinstance(root, Entries)
        value = root.nodes["key"][1]
        assert isinstance(value, Scalar)
        assert value.text is not None
        assert fill_in(value.text, {}) == text


@pytest.mark.parametrize("text", ["no", "Null", "12e4567", "1.10", "%", "", "a b"])
def test_what_could_be_misread_stands_in_quotes(text: str) -> None:
    assert scalar(text) == f'"{text}"'


@given(words=st.text(max_size=400))
def test_a_remark_stays_on_its_line(words: str) -> None:
    (line,) = render([Row("key: value", words)])
    assert len(line.splitlines()) == 1
    assert compose(line).flaws == ()


def test_remarks_stand_in_one_column_past_what_is_not_too_wide() -> None:
    rows = [Row("a: 1", "first"), Row("  bb: 2", "second", hidden=True), Row("c" * 60, "third")]
    assert list(render(rows)) == [
        "a: 1       # first",
        "  # bb: 2  # second",
        f"{'c' * 60}  # third",
    ]


def test_a_description_is_cut_and_a_name_is_not() -> None:
    name = "Name " * 30
    assert say(describe(name, "word " * 30)).startswith(f"{name.strip()} : word word")
    assert describe("Smoke", "Smoke") == "Smoke"
