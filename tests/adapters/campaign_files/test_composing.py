import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.adapters.campaign_files.composing import compose
from campaignd.adapters.campaign_files.nodes import Place, find_key_place, find_place, to_tree


def read(text: str) -> object:
    document = compose(text)
    assert document.flaws == ()
    assert document.root is not None
    return to_tree(document.root)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "on",
        "yes",
        "1.10",
        "010",
        "0x1F",
        "12e4567",
        "1_000",
        "2026-12-31",
        "90%",
        ".5",
        "NaN",
    ],
)
def test_a_plain_scalar_is_the_text_it_looks_like(text: str) -> None:
    assert read(f"a: {text}") == {"a": text}


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_nothing_and_quoted_it_is_text(text: str) -> None:
    assert read(f"a: {text}") == {"a": None}
    assert read(f"a: '{text}'") == {"a": text}


@given(st.text(st.characters(exclude_categories=["C"]), max_size=40))
def test_any_quoted_text_comes_back_as_it_was(text: str) -> None:
    doubled = text.replace("'", "''").replace("\u2028", " ").replace("\u2029", " ")
    assert read(f"a: '{doubled}'") == {"a": doubled.replace("''", "'")}


def test_aliases_stand_for_what_their_anchor_holds() -> None:
    assert read("a: &x [1, 2]\nb: *x") == {"a": ["1", "2"], "b": ["1", "2"]}


def test_merged_keys_give_way_to_those_that_are_written() -> None:
    text = "a: &x {k: 1, l: 2}\nb: &y {l: 3, m: 4}\nc: {<<: [*x, *y], m: 5}"
    assert read(text) == {
        "a": {"k": "1", "l": "2"},
        "b": {"l": "3", "m": "4"},
        "c": {"m": "5", "k": "1", "l": "2"},
    }


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        pytest.param(
            "a: 1\na: 2", (2, 1), "the key 'a' stands here twice: first on line 1", id="same key"
        ),
        pytest.param("a: !!str 1", (1, 4), "the YAML tag '!!str' has no meaning here", id="tag"),
        pytest.param(
            "a: !secret x", (1, 4), "the YAML tag '!secret' has no meaning here", id="own tag"
        ),
        pytest.param("a: 1\n? [b]\n: 2", (2, 3), "a key must be a text", id="list as key"),
        pytest.param("a: 1\n'': 2", (2, 1), "a key must be a text", id="empty key"),
        pytest.param(
            "a: {<<: 3}", (1, 5), "'<<' takes a mapping, or a list of mappings", id="merge"
        ),
        pytest.param(
            "a: 1\n---\nb: 2",
            (2, 1),
            "a second document begins here: a campaign file is one document",
            id="two documents",
        ),
        pytest.param("a: *x", (1, 4), "the alias *x has no anchor &x above it", id="unknown alias"),
        pytest.param(
            "a: &x [1, *x]",
            (1, 11),
            "the alias *x stands inside what it stands for",
            id="alias of itself",
        ),
        pytest.param("[" * 50, (1, 42), "this is nested deeper than 40 levels", id="deep"),
        pytest.param(
            "a: 1\nb: \x07",
            (2, 4),
            "the character U+0007 is not allowed in YAML",
            id="control character",
        ),
        pytest.param("a: 1\n\x00", (2, 1), "the character U+0000 is not allowed in YAML", id="NUL"),
        pytest.param(
            "a:\n\tb: 1",
            (2, 1),
            "this is not YAML: found character '\\t' that cannot start any token",
            id="tab",
        ),
        pytest.param(
            "a: b: c", (1, 5), "this is not YAML: mapping values are not allowed here", id="colon"
        ),
        pytest.param(
            "a: 'x\nb: 1",
            (2, 5),
            "this is not YAML: found unexpected end of stream "
            "(while scanning a quoted scalar that begins on line 1)",
            id="open quote",
        ),
        pytest.param(
            "%YAML 3.0\n---\na: 1",
            (1, 1),
            "this is not YAML: found incompatible YAML document (version 1.* is required)",
            id="other version",
        ),
    ],
)
def test_each_flaw_is_told_with_its_place(text: str, place: tuple[int, int], message: str) -> None:
    (flaw,) = compose(text).flaws
    assert ((flaw.place.line, flaw.place.column), flaw.message) == (place, message)


def test_aliases_of_aliases_are_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    (flaw,) = compose("\n".join(lines)).flaws
    assert flaw.message == "the aliases of this file stand for more than 20000 values"
    assert flaw.place.line == 5


def test_a_list_as_deep_as_the_file_is_long_is_refused_at_once() -> None:
    (flaw,) = compose("[" * 1_000_000).flaws
    assert flaw.message == "this is nested deeper than 40 levels"


def test_places_are_those_of_texts_and_of_the_keys_of_larger_things() -> None:
    root = compose("a: 1\nb:\n  c: [x, yy]\n  d:\n").root
    assert root is not None
    assert find_place(root, ("a",)) == Place(1, 4)
    assert find_place(root, ("b",)) == Place(2, 1)
    assert find_place(root, ("b", "c", 1)) == Place(3, 10)
    assert find_place(root, ("b", "d")) == Place(4, 3)
    assert find_key_place(root, ("b", "c")) == Place(3, 3)


def test_what_is_not_there_is_placed_at_its_parent() -> None:
    root = compose("a: 1\nb:\n  c: 2").root
    assert root is not None
    assert find_place(root, ("b", "x", 3)) == Place(2, 1)
    assert find_key_place(root, ("b", "x")) == Place(2, 1)
    assert find_place(root, ()) == Place(1, 1)


_YAMLISH = st.text(st.sampled_from("ab&*<!|>-?:,[]{}#'\"%@` \n\t~0$\\\u00e9\x85"), max_size=60)


@given(_YAMLISH)
def test_any_text_is_composed_or_refused_with_a_place(text: str) -> None:
    document = compose(text)
    for flaw in document.flaws:
        assert flaw.place.line >= 1
        assert flaw.place.column >= 1
        assert flaw.message
