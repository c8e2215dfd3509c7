"""The units are right, and locked in."""

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from campaignd.cli.group import campaignd
from campaignd.settings import Settings, load_settings, unknown_variables

SYSTEMD = Path(__file__).parents[1] / "systemd"
PROGRAM = "/usr/local/bin/campaignd"
EXPOSURE = 1.5
SERVICES = sorted(path.name for path in SYSTEMD.glob("*.service"))
TIMERS = sorted(path.name for path in SYSTEMD.glob("*.timer"))


def lines_of(unit: str) -> set[str]:
    return set((SYSTEMD / unit).read_text(encoding="utf-8").splitlines())


def analyze(*arguments: object) -> str:
    """Return all that systemd-analyze prints: its exit status says little."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    done = subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=30
    )
    return done.stdout + done.stderr


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units with a program that is there."""
    for unit in (*SYSTEMD.glob("*.service"), *SYSTEMD.glob("*.timer")):
        text = unit.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true")
        (tmp_path / unit.name.replace("@", "@nightly")).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("unit", [*SERVICES, *TIMERS])
def test_systemd_has_nothing_to_say_against_a_unit(units: Path, unit: str) -> None:
    assert analyze("verify", "--man=no", units / unit.replace("@", "@nightly")) == ""


@pytest.mark.parametrize("unit", SERVICES)
def test_a_unit_is_hardly_exposed(units: Path, unit: str) -> None:
    path = units / unit.replace("@", "@nightly")
    told = analyze("security", "--offline=true", "--no-pager", path)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert found, told
    assert float(found[1]) <= EXPOSURE


@pytest.mark.parametrize("unit", SERVICES)
def test_all_units_share_a_user_the_state_and_the_settings(unit: str) -> None:
    # Each user of its own would take the database away from the others.
    assert {
        "DynamicUser=yes",
        "User=campaignd",
        "StateDirectory=campaignd",
        "StateDirectoryMode=0700",
        "UMask=0077",
        "EnvironmentFile=-/etc/campaignd/environment",
    } <= lines_of(unit)


@pytest.mark.parametrize("unit", [name for name in SERVICES if name != "campaignd.service"])
def test_what_timers_start_ends_by_itself_in_time_and_is_not_started_again(unit: str) -> None:
    lines = lines_of(unit)
    assert "Type=oneshot" in lines
    assert not any(line.startswith("Restart=") and line != "Restart=no" for line in lines)
    assert any(line.startswith("TimeoutStartSec=") for line in lines)
    assert unit.replace(".service", ".timer") in TIMERS


def test_one_campaign_without_a_daemon_continues_what_was_begun_and_may_be_inconclusive() -> None:
    assert {
        "SuccessExitStatus=3",
        "ExecStartPre=-/usr/local/bin/campaignd resume",
        "ExecStart=/usr/local/bin/campaignd run /etc/campaignd/campaigns/%i.yaml",
    } <= lines_of("campaignd-run@.service")


@pytest.mark.parametrize("unit", TIMERS)
def test_a_timer_makes_up_for_a_night_that_the_machine_was_off(unit: str) -> None:
    assert {"Persistent=true", "WantedBy=timers.target"} <= lines_of(unit)


@pytest.mark.parametrize("unit", SERVICES)
def test_units_call_commands_that_there_are(unit: str) -> None:
    for line in lines_of(unit):
        called = re.search(rf"^Exec\w+=-?{PROGRAM} (\w+)(?: (backup|prune)\b)?(.*)", line)
        if called:
            command: click.Command = campaignd.commands[called[1]]
            if isinstance(command, click.Group):
                command = command.commands[called[2]]
            command.make_parser(click.Context(command)).parse_args(called[3].split())


def test_the_service_is_told_of_readiness_and_never_restarted_over_wrong_settings() -> None:
    lines = lines_of("campaignd.service")
    assert {"Type=notify", "RestartPreventExitStatus=2", "WatchdogSec=60"} <= lines


def test_the_example_of_an_environment_names_settings_that_there_are() -> None:
    text = (SYSTEMD / "environment.example").read_text(encoding="utf-8")
    pairs = dict(re.findall(r"^#?(CAMPAIGND_\w+)=(.*)$", text, re.MULTILINE))
    assert pairs
    assert unknown_variables(pairs) == []
    assert isinstance(load_settings(pairs), Settings)
