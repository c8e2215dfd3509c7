import os
import pty
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from campaignd.adapters.campaign_files import load_campaign
from campaignd.adapters.starter import Choice
from campaignd.sandbox import Scenario
from campaignd.sandbox.builtin import CHECKOUT_AGENT, SUPPORT_AGENT
from campaignd.settings import Settings, SettingsInvalid
from campaignd.wiring.sandboxing import embedded_sandbox
from campaignd.wiring.starting import Order, StarterRefused, Wanted, check_place, write_starter

ELDERLY = "pE3Hn6Yd0Sf8Jr2Ku5Gv1X"
ON_SANDBOX = Order(Wanted(), scenario=Scenario())
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """An environment without keys, where nobody but a test asks for anything."""
    hidden = ("CAMPAIGND_", "COVAL_", "COTOOL_", "CI")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(hidden)}
    return kept | {"STATE_DIRECTORY": str(tmp_path / "state")}


@pytest.fixture
def campaignd(tmp_path: Path, environment: Mapping[str, str]) -> Command:
    """Run a command to its end, in a folder of its own, without a terminal."""

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # our own command
            [sys.executable, "-m", "campaignd", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            timeout=60,
            check=False,
        )

    return run


@pytest.mark.slow
def test_init_says_what_it_wrote_and_what_comes_next(campaignd: Command, tmp_path: Path) -> None:
    written = campaignd("init", "--sandbox")
    assert (written.returncode, written.stderr) == (0, "")
    first, *rest = written.stdout.splitlines()
    assert first == (
        "Wrote campaigns/checkout-assistant.yaml for Checkout assistant "
        f"({CHECKOUT_AGENT}): 1 persona, 1 test set, 2 metrics, 2 mutations."
    )
    assert rest == [
        "Other agents are in it as comments (1); --agent picks another one.",
        "Next:",
        "  campaignd validate campaigns/checkout-assistant.yaml",
        "  campaignd plan campaigns/checkout-assistant.yaml --sandbox    # costs nothing",
        "  campaignd run campaigns/checkout-assistant.yaml --sandbox    # 36 simulations",
    ]
    assert (tmp_path / "campaigns" / "checkout-assistant.yaml").is_file()
    refused = campaignd("init", "--sandbox")
    assert refused.returncode == 2
    assert refused.stderr == (
        "Error: campaigns/checkout-assistant.yaml is there already: "
        "name another file, or add --force\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param((), "no API key for Coval: set CAMPAIGND_COVAL__API_KEY", id="no key"),
        pytest.param(
            ("--sandbox", "--agent", "Nobody"),
            "Coval lists no agent 'Nobody'; it lists Checkout assistant",
            id="no such agent",
        ),
        pytest.param(
            ("--sandbox", "new.yaml"),
            "to write new.yaml, name it first: campaignd init new.yaml --sandbox",
            id="the file after --sandbox",
        ),
    ],
)
def test_what_cannot_be_done_is_told_and_exits_with_2(
    campaignd: Command, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    refused = campaignd("init", *arguments)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert not list(tmp_path.rglob("*.yaml"))


@pytest.mark.slow
def test_on_a_terminal_the_agent_is_asked_for(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "campaignd", "init", "mine.yaml", "--sandbox"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        cwd=tmp_path,
        env=environment,
    ) as process:
        os.close(theirs)
        asked = b""
        while b"Which agent [1]: " not in asked:
            asked += os.read(ours, 1024)
        os.write(ours, b"2\n")
        assert process.wait(timeout=30) == 0
    os.close(ours)
    assert b"2  Support assistant" in asked
    campaign = load_campaign(tmp_path / "mine.yaml", {}).campaign
    assert [agent.coval for agent in campaign.agents.values()] == [SUPPORT_AGENT]


@pytest.mark.slow
@pytest.mark.parametrize("agent", ["Checkout assistant", "Support assistant"])
def test_the_starter_file_runs_on_the_sandbox_as_it_is(campaignd: Command, agent: str) -> None:
    assert campaignd("init", "mine.yaml", "--sandbox", "--agent", agent).returncode == 0
    assert campaignd("run", "mine.yaml", "--sandbox", "--quiet").returncode in {0, 1}


async def test_a_file_without_a_name_is_named_after_the_agent(tmp_path: Path) -> None:
    settings = Settings(campaigns_dir=tmp_path / "ci")
    written = await write_starter(settings, ON_SANDBOX)
    assert written.path == tmp_path / "ci" / "checkout-assistant.yaml"
    campaign = load_campaign(written.path, {}).campaign
    assert campaign.name == "checkout-assistant"
    assert [agent.coval for agent in campaign.agents.values()] == [CHECKOUT_AGENT]
    assert list(campaign.mutations["variants"]) == ["fast-vad", "gpt-4o"]


async def test_the_file_has_what_was_asked_for(tmp_path: Path) -> None:
    wanted = Wanted(SUPPORT_AGENT, ("elderly caller",), ("Refunds",), ("Tone",))
    file = tmp_path / "mine.yaml"
    await write_starter(Settings(), replace(ON_SANDBOX, wanted=wanted, file=file))
    campaign = load_campaign(file, {}).campaign
    assert campaign.name == "mine"
    assert [agent.coval for agent in campaign.agents.values()] == [SUPPORT_AGENT]
    assert [persona.id for persona in campaign.personas.values()] == [ELDERLY]
    assert list(campaign.test_sets) == ["refunds"]
    assert list(campaign.metrics) == ["tone"]


async def test_a_schema_beside_the_file_is_named_in_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "campaign.schema.json").write_text("{}", encoding="utf-8")
    file = tmp_path / "mine.yaml"
    await write_starter(Settings(), replace(ON_SANDBOX, file=file))
    first = file.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=campaign.schema.json"


async def test_an_existing_file_stays_unless_the_order_says_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("mine", encoding="utf-8")
    order = replace(ON_SANDBOX, file=file)
    with pytest.raises(StarterRefused, match="is there already"):
        check_place(order)
    check_place(replace(order, over=True))
    await write_starter(Settings(), replace(order, over=True))
    assert load_campaign(file, {}).campaign.name == "mine"


async def test_a_refused_key_is_told_with_the_setting_to_check(tmp_path: Path) -> None:
    scenario = Scenario.model_validate({"api_keys": {"coval": "right"}})
    async with embedded_sandbox(Settings(), scenario, None) as local:
        coval = local.coval.model_copy(update={"api_key": SecretStr("wrong")})
        settings = local.model_copy(update={"coval": coval})
        with pytest.raises(SettingsInvalid, match=r"401.*check CAMPAIGND_COVAL__API_KEY"):
            await write_starter(settings, Order(Wanted(), tmp_path / "mine.yaml"))
    assert not (tmp_path / "mine.yaml").exists()


async def test_without_a_key_for_cotool_its_agents_are_not_asked_for(tmp_path: Path) -> None:
    async with embedded_sandbox(Settings(), Scenario(), None) as local:
        cotool = local.cotool.model_copy(update={"api_key": None})
        settings = local.model_copy(update={"cotool": cotool})
        written = await write_starter(settings, Order(Wanted(), tmp_path / "mine.yaml"))
    assert written.facts.cotool == Choice()
    assert "cotool:" not in written.path.read_text(encoding="utf-8")
