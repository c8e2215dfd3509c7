from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.adapters.campaign_files.locating import locate_mistakes
from campaignd.core.mistakes import Mistake

SOUND = """\
version: 1
name: smoke
agents: {checkout: {coval: gk3jK9mPq2xRt5vW8yZaBc}}
personas: {impatient: hL4kL0nQr3ySt6vX9zAcDd}
test_sets: {basics: aB1cD2eF}
"""


def test_mistakes_that_show_later_are_placed_in_the_order_of_the_file() -> None:
    loaded = load_campaign_text(SOUND, "f", {})
    mistakes = [
        Mistake(("test_sets", "basics", "id"), "no such test set"),
        Mistake(("agents", "checkout", "coval"), "no such agent", "create it"),
    ]
    assert [str(mistake) for mistake in locate_mistakes(loaded, mistakes)] == [
        "f:3:28: no such agent; create it",
        "f:5:21: no such test set",
    ]
