import pytest

from campaignd.adapters.reporters.checkup import (
    Check,
    Checkup,
    Finding,
    Level,
    checkup_data,
    render_checkup,
)
from campaignd.adapters.reporters.screen import Screen

COMMAND = "campaignd cancel --tag cd-01arz3ndektsv4rrffq69g5fav"
ORPHAN = Finding(Check.ORPHANS, Level.PROBLEM, "1 run goes on", "End it:", (COMMAND,))
FINE = Finding(Check.COVAL, Level.OK, "Coval answers")


def of(*seen: tuple[Check, Level]) -> Checkup:
    return Checkup(tuple(Finding(check, level, "words") for check, level in seen))


@pytest.mark.parametrize(
    ("checkup", "status"),
    [
        pytest.param(of(), 0, id="nothing seen"),
        pytest.param(of((Check.COVAL, Level.WARNING), (Check.ORPHANS, Level.UNKNOWN)), 0, id="fit"),
        pytest.param(of((Check.SETTINGS, Level.PROBLEM)), 2, id="settings"),
        pytest.param(of((Check.CAMPAIGNS, Level.PROBLEM)), 2, id="campaigns"),
        pytest.param(of((Check.DATABASE, Level.PROBLEM)), 4, id="database"),
        pytest.param(
            of((Check.CAMPAIGNS, Level.PROBLEM), (Check.COTOOL, Level.PROBLEM)), 4, id="both"
        ),
    ],
)
def test_the_exit_status_follows_from_the_problems(checkup: Checkup, status: int) -> None:
    assert checkup.exit_status == status
    assert checkup_data(checkup)["exit_status"] == status


def test_on_a_wide_screen_findings_stand_in_columns() -> None:
    assert render_checkup(Checkup((FINE, ORPHAN)), Screen(80)) == (
        "✓ ok       coval         Coval answers\n"
        "✗ problem  orphans       1 run goes on\n"
        "                         → End it:\n"
        f"                         {COMMAND}\n"
        "\n"
        "1 problem, 0 warnings; exit status 4: trouble with a vendor or the database\n"
    )


def test_on_a_narrow_screen_they_stand_under_each_other_and_commands_stay_whole() -> None:
    assert render_checkup(Checkup((ORPHAN,)), Screen(40)) == (
        "✗ problem  orphans\n"
        "  1 run goes on\n"
        "  → End it:\n"
        f"  {COMMAND}\n"
        "\n"
        "1 problem, 0 warnings; exit status 4:\n"
        "trouble with a vendor or the database\n"
    )


def test_what_vendors_say_cannot_steer_the_terminal() -> None:
    nasty = Finding(Check.COVAL, Level.PROBLEM, "no\x1b[2J\nkey", "look\x07")
    drawn = render_checkup(Checkup((nasty,)), Screen(80))
    assert "no[2J key" in drawn
    assert not {"\x1b", "\x07"} & set(drawn)


def test_an_ascii_screen_shows_every_level() -> None:
    checkup = of(*((Check.COVAL, level) for level in Level))
    drawn = render_checkup(checkup, Screen(80, encoding="ascii"))
    assert [line.split()[0] for line in drawn.splitlines()[:4]] == ["+", "?", "!", "x"]
