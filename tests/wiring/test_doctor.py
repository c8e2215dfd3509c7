import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.wiring.ward import EXECUTION, NOW, STRANGER, Admit

from campaignd.adapters.reporters.checkup import Check, Level
from campaignd.adapters.store.ownership import OwnerLocks
from campaignd.core.coval import Run, RunStatus
from campaignd.core.execution import installation_tag, launch_key, tag_of
from campaignd.core.states import DeliveryState, LaunchState
from campaignd.engine.records import Message
from campaignd.wiring.continuing import cancel_tag
from campaignd.wiring.doctor import Patient
from campaignd.wiring.doctor.coval import execution_of
from campaignd.wiring.sandboxing import EMBEDDED


async def test_a_first_start_has_no_problems_and_leaves_no_database(admit: Admit) -> None:
    async with admit() as ward:
        chart = await ward.examine()
    assert chart.checkup.exit_status == 0
    assert {check: chart.level(check) for check in Check if chart.of(check)} == {
        Check.SETTINGS: Level.OK,
        Check.COVAL: Level.OK,
        Check.COVAL_CLOCK: Level.OK,
        Check.TAG_FILTER: Level.UNKNOWN,
        Check.ORPHANS: Level.UNKNOWN,
        Check.COTOOL: Level.OK,
        Check.COTOOL_CLOCK: Level.OK,
        Check.DATABASE: Level.OK,
        Check.CAMPAIGNS: Level.WARNING,
    }
    assert list(ward.folder.iterdir()) == []


async def test_a_missing_key_is_a_warning_that_names_its_variable(admit: Admit) -> None:
    async with admit() as ward:
        ward.changes = {"COVAL_API_KEY": "", "COTOOL_API_KEY": ""}
        chart = await ward.examine()
    assert chart.checkup.exit_status == 0
    for check, name in ((Check.COVAL, "COVAL"), (Check.COTOOL, "COTOOL")):
        assert chart.level(check) is Level.WARNING
        assert f"CAMPAIGND_{name}__API_KEY" in chart.one(check).advice


async def test_a_refused_key_is_a_problem_in_the_vendors_words(admit: Admit) -> None:
    async with admit(api_keys={"coval": "another-key", "cotool": "another-key"}) as ward:
        chart = await ward.examine()
    assert chart.checkup.exit_status == 4
    coval, cotool = chart.one(Check.COVAL), chart.one(Check.COTOOL)
    assert "Coval answered 401 to GET /runs: Invalid or missing API key" in coval.message
    assert "CAMPAIGND_COVAL__API_KEY" in coval.advice
    assert "Cotool answered 401 to GET /agents: Unauthorized" in cotool.message
    assert chart.level(Check.COVAL_CLOCK) is Level.OK
    assert "key-" not in str(chart.checkup)


async def test_a_vendor_out_of_reach_is_a_problem_that_names_its_setting(admit: Admit) -> None:
    async with admit() as ward:
        ward.changes = {"CAMPAIGND_COVAL__BASE_URL": "http://127.0.0.1:1/v1"}
        chart = await ward.examine()
    assert chart.checkup.exit_status == 4
    coval = chart.one(Check.COVAL)
    assert coval.message == (
        "Coval does not answer: no connection to 127.0.0.1:1: Connection refused"
    )
    assert "CAMPAIGND_COVAL__BASE_URL" in coval.advice
    assert chart.level(Check.COVAL_CLOCK) is Level.UNKNOWN
    assert chart.level(Check.COTOOL) is Level.OK


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        pytest.param(403, "that may read and launch", id="may not"),
        pytest.param(404, "nothing is served there", id="not there"),
        pytest.param(409, "API_KEY", id="something else"),
        pytest.param(503, "Try again later", id="trouble"),
    ],
)
async def test_what_a_vendor_answers_decides_what_to_do_next(
    admit: Admit, status: int, advice: str
) -> None:
    fault = {"match": {"path": "/v1/runs"}, "do": {"status": status}}
    async with admit(faults=[fault]) as ward:
        coval = (await ward.examine()).one(Check.COVAL)
    assert coval.level is Level.PROBLEM
    assert f"Coval answered {status} to GET /runs" in coval.message
    assert advice in coval.advice


@pytest.mark.parametrize(
    ("skew", "level", "words"),
    [
        pytest.param("3s", Level.OK, "agree", id="within a blink"),
        pytest.param("20s", Level.WARNING, "ahead of this machine's", id="noted"),
        pytest.param("2m", Level.PROBLEM, "ahead of this machine's", id="ahead"),
        pytest.param("-2m", Level.PROBLEM, "behind this machine's", id="behind"),
    ],
)
async def test_clocks_that_differ_are_told(
    admit: Admit, skew: str, level: Level, words: str
) -> None:
    async with admit(timing={"clock_skew": skew}) as ward:
        chart = await ward.examine()
    for check in (Check.COVAL_CLOCK, Check.COTOOL_CLOCK):
        assert chart.level(check) is level
        assert words in chart.one(check).message
    assert chart.checkup.exit_status == (4 if level is Level.PROBLEM else 0)


@pytest.mark.parametrize(
    ("behaviour", "level", "words"),
    [
        pytest.param("works", Level.OK, "is found by its tag", id="works"),
        pytest.param("finds_nothing", Level.WARNING, "does not find it", id="finds nothing"),
        pytest.param("refused", Level.WARNING, "refuses the tag filter", id="refused"),
    ],
)
async def test_the_tag_filter_is_tried_on_the_last_collected_run(
    admit: Admit, behaviour: str, level: Level, words: str
) -> None:
    async with admit(lists={"tag_filter": behaviour}) as ward:
        run_id = await ward.launch()
        await ward.store(run_id, LaunchState.ENDED, LaunchState.COLLECTED)
        chart = await ward.examine()
    assert chart.level(Check.TAG_FILTER) is level
    assert words in chart.one(Check.TAG_FILTER).message
    assert chart.level(Check.ORPHANS) is (Level.OK if level is Level.OK else Level.UNKNOWN)


@pytest.mark.parametrize(
    ("account", "words"),
    [
        pytest.param("", "is gone from Coval", id="deleted since"),
        pytest.param(EMBEDDED, "no run was collected so far", id="it was a sandbox's"),
    ],
)
async def test_without_a_run_of_ours_on_coval_the_tag_filter_cannot_be_judged(
    admit: Admit, account: str, words: str
) -> None:
    async with admit() as ward:
        states = LaunchState.ENDED, LaunchState.COLLECTED
        await ward.store("Rn5Wc1Zt8Vb4Xy7Qp2Lm6K", *states, account=account)
        tags = (await ward.examine()).one(Check.TAG_FILTER)
    assert tags.level is Level.UNKNOWN
    assert words in tags.message


@pytest.mark.parametrize("items", ["full", "summary"])
async def test_a_run_of_an_unknown_execution_is_an_orphan_until_its_command_ends_it(
    admit: Admit, items: str
) -> None:
    async with admit(lists={"items": items}) as ward:
        run_id = await ward.launch(STRANGER)
        chart = await ward.examine()
        orphan = chart.one(Check.ORPHANS)
        assert orphan.level is Level.PROBLEM
        assert chart.checkup.exit_status == 4
        assert run_id in orphan.message
        assert "which this database does not know" in orphan.message
        assert orphan.commands == (f"campaignd cancel --tag {tag_of(STRANGER)}",)
        assert (await cancel_tag(tag_of(STRANGER), ward.host)).ended == (run_id,)
        assert (await ward.examine()).level(Check.ORPHANS) is Level.OK


async def test_a_second_run_of_a_settled_execution_is_an_orphan(admit: Admit) -> None:
    async with admit() as ward:
        await ward.store(await ward.launch(), LaunchState.ENDED, LaunchState.COLLECTED)
        late = await ward.launch()
        assert (await ward.examine()).level(Check.ORPHANS) is Level.OK
        await ward.finish()
        orphan = (await ward.examine()).one(Check.ORPHANS)
    assert f"1 run on Coval ({late}) of execution {EXECUTION}, which is settled" in orphan.message


async def test_a_run_without_an_execution_is_told_without_a_command(admit: Admit) -> None:
    async with admit() as ward:
        await ward.launch(tags=("cd-nonsense",))
        orphan = (await ward.examine()).one(Check.ORPHANS)
    assert orphan.level is Level.PROBLEM
    assert "nothing tells of which execution" in orphan.message
    assert orphan.commands == ()


@pytest.mark.parametrize(
    ("parts", "execution"),
    [
        pytest.param({"tags": ("nightly", tag_of(STRANGER))}, STRANGER, id="by its tag"),
        pytest.param({"launch_key": launch_key(STRANGER, 3, 1)}, STRANGER, id="by its key"),
        pytest.param(
            {"display_name": f"nightly {launch_key(STRANGER, 3, 1)}"}, STRANGER, id="by its name"
        ),
        pytest.param({"tags": (installation_tag(STRANGER),)}, None, id="an installation is none"),
        pytest.param({"tags": ("nightly",), "display_name": "tuesday"}, None, id="not at all"),
    ],
)
def test_a_run_tells_its_execution(parts: dict[str, Any], execution: str | None) -> None:
    run = Run("Rn5Wc1Zt8Vb4Xy7Qp2Lm6K", RunStatus.PENDING, "PENDING", NOW, **parts)
    assert execution_of(run) == execution


async def test_an_abandoned_execution_is_told_with_the_command_that_continues_it(
    admit: Admit,
) -> None:
    async with admit() as ward:
        await ward.store(await ward.launch())
        chart = await ward.examine()
        open_one = chart.one(Check.EXECUTIONS)
        assert open_one.level is Level.WARNING
        assert open_one.message.endswith("is gone, and it is running, without a verdict")
        assert open_one.commands == (f"campaignd resume {EXECUTION}",)
        await ward.finish()
        left = (await ward.examine()).one(Check.EXECUTIONS)
    assert left.message.endswith("is gone, and 1 launch of it may still go on")
    assert chart.level(Check.ORPHANS) is Level.OK


async def test_an_execution_that_cannot_be_read_is_told_with_what_ends_its_runs(
    admit: Admit,
) -> None:
    async with admit() as ward:
        await ward.store(await ward.launch())
        with closing(sqlite3.connect(ward.folder / "campaignd.db")) as database, database:
            database.execute("UPDATE launch SET state = 'nonsense'")
        chart = await ward.examine()
    damaged = chart.one(Check.EXECUTIONS)
    assert damaged.level is Level.PROBLEM
    assert damaged.message.startswith(f"execution {EXECUTION} cannot be read: 'nonsense'")
    assert damaged.commands == (f"campaignd cancel --tag {tag_of(EXECUTION)}",)


async def test_an_execution_whose_process_lives_is_fine(admit: Admit) -> None:
    async with admit() as ward:
        await ward.store(await ward.launch(), owner="somebody")
        with OwnerLocks(ward.folder / "campaignd.db.owners").hold("somebody"):
            seen = (await ward.examine()).one(Check.EXECUTIONS)
    assert seen.level is Level.OK
    assert seen.message == "1 execution under way, each driven by a living process"


async def test_messages_that_did_not_arrive_are_counted(admit: Admit) -> None:
    async with admit() as ward:
        await ward.store("Rn5Wc1Zt8Vb4Xy7Qp2Lm6K", LaunchState.ENDED, LaunchState.COLLECTED)
        await ward.finish(message("msg_1"), message("msg_2"), message("msg_3"))
        async with ward.storage() as storage:
            first, second, _ = await storage.deliveries.claim(None, NOW)
            for delivery, state in (
                (first, DeliveryState.DELIVERED),
                (second, DeliveryState.FAILED),
            ):
                ended = replace(delivery, state=state, detail=f"{delivery.id} answered")
                await storage.deliveries.settle(ended, NOW)
        waiting, given_up = (await ward.examine()).of(Check.DELIVERIES)
    assert waiting.message == "1 webhook message not delivered yet"
    assert given_up.message == (
        "1 webhook message given up within 7 days; the last try of one: msg_2 answered"
    )


def message(message_id: str) -> Message:
    return Message(message_id, "finished", "standard", "https://x.example.com", None, None, "{}")


async def test_commands_to_copy_carry_the_options_of_this_one(tmp_path: Path) -> None:
    patient = Patient({}, tmp_path / "my settings.toml", f"sqlite:///{tmp_path}/x.db")
    assert patient.command("resume", EXECUTION) == (
        f"campaignd resume {EXECUTION} --config '{tmp_path}/my settings.toml' "
        f"--database sqlite:///{tmp_path}/x.db"
    )
