import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from campaignd.adapters.reporters.markdown_text import escape, in_html, link, opening, row
from campaignd.adapters.reporters.notation import plain

NASTY = st.text(st.sampled_from("|`\\*_[]()<>&!#@~$-+=1. \n\"'ab:/é\u202e\x00"), max_size=30)


@given(NASTY)
@settings(max_examples=300)
def test_an_escaped_text_reads_back_as_it_was(text: str) -> None:
    inline = MarkdownIt("gfm-like", {"linkify": False}).parseInline(f"x{escape(text)}x")[0]
    kinds = {child.type for child in inline.children or []}
    assert kinds <= {"text", "text_special"}
    read = "".join(child.content for child in inline.children or [])
    assert read.replace("\u200b", "") == f"x{plain(text)}x"


@given(NASTY)
@settings(max_examples=200)
def test_a_text_at_the_beginning_opens_nothing(text: str) -> None:
    kinds = [
        token.type for token in MarkdownIt("gfm-like", {"linkify": False}).parse(opening(text))
    ]
    assert kinds in ([], ["paragraph_open", "inline", "paragraph_close"])


@given(NASTY, NASTY)
@settings(max_examples=100)
def test_a_row_has_the_cells_it_was_given(first: str, second: str) -> None:
    table = f"| a | b |\n| --- | --- |\n{row(['x' + escape(first), 'x' + escape(second)])}"
    kinds = [token.type for token in MarkdownIt("gfm-like", {"linkify": False}).parse(table)]
    assert kinds.count("td_open") == 2
    assert kinds.count("tr_open") == 2


@given(NASTY)
def test_a_text_in_html_opens_no_element(text: str) -> None:
    assert "<" not in in_html(text)


def test_a_link_cannot_be_left() -> None:
    assert link("a]b", "https://x.example/a>b (c)\nd") == (
        "[a\\]b](<https://x.example/a%3Eb%20%28c%29%20d>)"
    )


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://[", id="a broken address"),
        pytest.param("https:///runs", id="no host"),
        pytest.param("javascript:alert(1)", id="a script"),
    ],
)
def test_what_is_no_web_address_is_not_linked(url: str) -> None:
    assert link("run", url) == "run"
