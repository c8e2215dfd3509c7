import pytest

from campaignd.adapters.starter.naming import Names, make_slug, name_campaign
from campaignd.core.scalars import parse_name


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        pytest.param("Impatient caller", "impatient-caller", id="words"),
        pytest.param("  The caller's Größe!! ", "the-callers-grosse", id="marks and umlauts"),
        pytest.param("gpt-4.1_mini", "gpt-4.1_mini", id="what joins stays"),
        pytest.param("結果", "", id="no Latin letter"),
        pytest.param("a" * 39 + " bcd", "a" * 39, id="cut to a whole end"),
    ],
)
def test_a_title_becomes_a_slug(title: str, slug: str) -> None:
    assert make_slug(title) == slug


def test_no_name_is_given_twice() -> None:
    names = Names("persona")
    titles = ["Caller", "caller", "CALLER!", "caller-2", "結果", "…"]
    taken = [names.take(title) for title in titles]
    assert taken == ["caller", "caller-2", "caller-3", "caller-2-2", "persona", "persona-2"]


@pytest.mark.parametrize("title", ["all", "Base", "none", "Simulations", "null", "No"])
def test_a_reserved_word_gets_its_kind_behind_it(title: str) -> None:
    assert parse_name(Names("metric").take(title)) == f"{title.lower()}-metric"


def test_a_campaign_without_a_usable_title_is_called_campaign() -> None:
    assert name_campaign("結果") == "campaign"
