"""The units are right, and the service is locked in."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from campaignd.settings import Settings, load_settings, unknown_variables

SYSTEMD = Path(__file__).parents[1] / "systemd"
PROGRAM = "/usr/local/bin/campaignd"
EXPOSURE = 1.5


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


@pytest.mark.parametrize("unit", sorted(path.name for path in SYSTEMD.glob("*.service")))
def test_systemd_has_nothing_to_say_against_a_unit(units: Path, unit: str) -> None:
    assert analyze("verify", "--man=no", units / unit.replace("@", "@nightly")) == ""


def test_the_service_is_hardly_exposed(units: Path) -> None:
    told = analyze("security", "--offline=true", "--no-pager", units / "campaignd.service")
    found = re.search(r"Overall exposure level for campaignd.service: ([\d.]+)", told)
    assert found, told
    assert float(found[1]) <= EXPOSURE


def test_the_service_is_told_of_readiness_and_never_restarted_over_wrong_settings() -> None:
    text = (SYSTEMD / "campaignd.service").read_text(encoding="utf-8")
    for line in ("Type=notify", "RestartPreventExitStatus=2", "DynamicUser=yes", "WatchdogSec=60"):
        assert f"\n{line}\n" in text


def test_the_example_of_an_environment_names_settings_that_there_are() -> None:
    text = (SYSTEMD / "environment.example").read_text(encoding="utf-8")
    pairs = dict(re.findall(r"^#?(CAMPAIGND_\w+)=(.*)$", text, re.MULTILINE))
    assert pairs
    assert unknown_variables(pairs) == []
    assert isinstance(load_settings(pairs), Settings)
