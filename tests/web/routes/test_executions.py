"""Looking at executions over the API."""

import json
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest
from tests.engine.campaigns import write_campaign
from tests.web.routes.conftest import OpenHouse
from tests.web.routes.test_orders import NIGHTLY, end

from campaignd.core.tokens import Scope
from campaignd.engine.faults import StorageTrouble

NOBODY = "01JDA8Q2ZK7M4T5N6P8R9S0TVW"
SLOW = {"timing": {"simulation": ["50s", "60s"], "simulations_within": None}}


async def trigger(caller: httpx.AsyncClient, name: str = "checkout-nightly", **body: Any) -> str:
    answer = await caller.post(f"campaigns/{name}/executions", json=body)
    return str(answer.json()["execution"])


def parse_events(text: str) -> Iterator[tuple[str | None, str, Any]]:
    """Yield id, name and data of each event."""
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        if "event" in fields:
            yield fields.get("id"), fields["event"], json.loads(fields["data"])


async def test_a_list_goes_on_from_page_to_page_and_ends(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        made = [await trigger(ci) for _ in range(5)]
        seen, cursor = list[str](), None
        while True:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await ci.get("executions", params=query)).json()
            seen += [each["execution"] for each in page["executions"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == made[::-1]


async def test_a_full_last_page_has_no_cursor(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        await trigger(ci)
        page = (await ci.get("executions", params={"limit": 1})).json()
        assert (len(page["executions"]), page["next_cursor"]) == (1, None)


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"campaign": "other"}, ["other"]),
    ({"campaign": "unheard-of"}, []),
    ({"verdict": "passed"}, ["checkout-nightly"]),
    ({"state": "finished"}, ["checkout-nightly"]),
    ({"label": "branch=main"}, ["other", "checkout-nightly"]),
    ({"label": ["branch=main", "pr=1"]}, ["other"]),
    ({"label": "branch="}, []),
    ({"label": "a.b/c=d=e"}, ["checkout-nightly"]),
]


async def test_lists_are_filtered(house: OpenHouse) -> None:
    async with house(write_campaign(), write_campaign(name="other")) as service:
        ci = await service.caller(Scope.TRIGGER)
        done = await trigger(ci, labels={"branch": "main", "a.b/c": "d=e"})
        await end(ci, done)
        await trigger(ci, "other", labels={"branch": "main", "pr": "1"})
        for query, found in FILTERS:
            page = (await ci.get("executions", params=query)).json()
            assert [each["campaign"] for each in page["executions"]] == found, query


async def test_a_query_that_cannot_be_is_refused(house: OpenHouse) -> None:
    bad: list[dict[str, Any]] = [
        {"cursor": "nonsense"},
        {"cursor": "MS5hYmM"},
        {"label": "branch"},
        {"verdict": "great"},
        {"limit": 0},
        {"verdikt": "passed"},
    ]
    async with house() as service:
        reader = await service.caller(Scope.READ)
        for query in bad:
            answer = await reader.get("executions", params=query)
            assert answer.status_code == 422, query
            assert answer.json()["type"] == "/problems/invalid-request"


async def test_a_long_poll_answers_as_soon_as_the_execution_is_over(
    house: OpenHouse,
) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        began = anyio.current_time()
        report = (await ci.get(f"executions/{execution}", params={"wait": 60})).json()
        assert report["state"] == "finished"
        assert anyio.current_time() - began < 60


async def test_a_long_poll_gives_up_in_time(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        began = anyio.current_time()
        report = (await ci.get(f"executions/{execution}", params={"wait": 1})).json()
        assert report["verdict"] is None
        assert anyio.current_time() - began == pytest.approx(1)


async def test_what_waits_ends_at_once_when_the_service_stops(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        answers = list[httpx.Response]()

        async def wait(path: str) -> None:
            answers.append(await ci.get(f"executions/{execution}{path}"))

        with anyio.fail_after(0.1):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait, "?wait=60")
                tasks.start_soon(wait, "/events")
                await anyio.sleep(0.01)
                service.app.state.closing.close()
                await anyio.sleep(0.01)
                tasks.start_soon(wait, "/events")
        assert [each.status_code for each in answers] == [200, 200, 200]
        late = await ci.post(NIGHTLY)
        assert (late.status_code, late.json()["type"]) == (503, "/problems/not-ready")


async def test_a_stream_tells_every_move_then_the_end(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        answer = await ci.get(f"executions/{execution}/events")
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [*parse_events(answer.text)]
        moves = [(data["old"], data["new"]) for _, name, data in events if name == "move"]
        logged = await service.station.storage.history.events(execution)
        assert moves == [(each.old, each.new) for each in logged]
        numbers = [int(number) for number, name, _ in events if name == "move" and number]
        assert numbers == sorted(set(numbers))
        progress = [data for _, name, data in events if name == "progress"]
        assert (progress[-1]["done"], progress[-1]["planned"]) == (2, 2)
        assert len(progress) > 1
        assert events[-1] == (None, "end", {"verdict": "passed", "exit_status": 0})


async def test_a_stream_goes_on_behind_the_last_event_that_was_seen(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        path = f"executions/{execution}/events"
        ids = [number for number, _, _ in parse_events((await ci.get(path)).text) if number]
        later = await ci.get(path, headers={"Last-Event-ID": ids[3]})
        assert [number for number, _, _ in parse_events(later.text) if number] == ids[4:]


async def test_pings_keep_a_stream_open(house: OpenHouse) -> None:
    async with house(write_campaign(), scenario=SLOW) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        answer = await ci.get(f"executions/{execution}/events")
        assert 3 <= answer.text.count(": ping\n\n") <= 12


async def test_there_are_only_so_many_streams(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        service.app.state.studio._most = 1
        answers = list[int]()

        async def follow() -> None:
            answers.append((await ci.get(f"executions/{execution}/events")).status_code)

        for _ in range(2):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(follow)
                tasks.start_soon(follow)
        assert answers == [503, 200, 503, 200] or sorted(answers) == [200, 200, 200, 503]


async def test_cancelling_is_asked_for_and_then_done(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        asked = await ci.post(f"executions/{execution}/cancel")
        again = await ci.post(f"executions/{execution}/cancel")
        assert (asked.status_code, again.status_code) == (202, 202)
        assert (await end(ci, execution))["verdict"] == "cancelled"
        over = await ci.post(f"executions/{execution}/cancel")
        assert (over.status_code, over.json()["verdict"]) == (200, "cancelled")


FORMS = {
    "json": ("application/json", '"schema": "campaignd.report/1"'),
    "junit": ("application/xml", "<testsuites"),
    "markdown": ("text/markdown; charset=utf-8", "Verdict: passed"),
    "html": ("text/html; charset=utf-8", "<!DOCTYPE html>"),
}


async def test_a_report_has_four_forms(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        await end(ci, execution)
        for form, (media_type, words) in FORMS.items():
            answer = await ci.get(f"executions/{execution}/report", params={"format": form})
            assert answer.headers["content-type"] == media_type
            assert words in answer.text
            policy = answer.headers.get("content-security-policy", "")
            assert ("sandbox" in policy) == (form == "html")


async def test_judging_again_changes_nothing_that_is_stored(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        early = await ci.post(f"executions/{execution}/judge")
        assert (early.status_code, early.json()["type"]) == (409, "/problems/not-judged")
        await end(ci, execution)
        own = (await ci.post(f"executions/{execution}/judge")).json()
        assert own["stored"]["verdict"] == own["now"]["verdict"] == "passed"
        strict = write_campaign(gates=[{"pass_rate": "resolved", "at_most": "1%"}])
        other = await ci.post(f"executions/{execution}/judge", json={"campaign": strict})
        assert other.json()["now"]["verdict"] == "failed"
        assert (await end(ci, execution))["verdict"] == "passed"


async def test_gates_that_are_sent_cannot_name_files(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        await end(ci, execution)
        gate = {"no_drop": "resolved", "rule_out": "60 points", "than": {"file": "/etc/passwd"}}
        answer = await ci.post(
            f"executions/{execution}/judge", json={"campaign": write_campaign(gates=[gate])}
        )
        assert answer.status_code == 422
        assert "cannot name a file" in answer.json()["mistakes"][0]


async def test_two_executions_are_compared(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        made = [await trigger(ci) for _ in range(2)]
        for each in made:
            await end(ci, each)
        found = (await ci.get("compare", params={"a": made[0].lower(), "b": made[1]})).json()
        assert (found["base"], found["new"]) == (made[0], made[1])
        assert {each["metric"] for each in found["results"]} >= {"resolved"}


async def test_an_id_is_read_in_any_letter_case_but_in_full(house: OpenHouse) -> None:
    async with house(write_campaign()) as service:
        ci = await service.caller(Scope.TRIGGER)
        execution = await trigger(ci)
        assert (await ci.get(f"executions/{execution.lower()}")).status_code == 200
        assert (await ci.get(f"executions/{execution[:-1]}")).status_code == 404


async def test_an_execution_that_is_not_to_be_seen_is_not_there(house: OpenHouse) -> None:
    async with house(write_campaign(), write_campaign(name="payments-eu")) as service:
        owner = await service.caller(Scope.TRIGGER)
        hidden, own = await trigger(owner), await trigger(owner, "payments-eu")
        for each in (hidden, own):
            await end(owner, each)
        limited = await service.caller(Scope.ADMIN, campaigns=("payments-*",))
        for path in ("", "/report", "/events"):
            answers = [await limited.get(f"executions/{x}{path}") for x in (own, hidden, NOBODY)]
            assert [each.status_code for each in answers] == [200, 404, 404]
            assert answers[1].text.replace(hidden, NOBODY) == answers[2].text
        for query in ({"a": own, "b": hidden}, {"a": hidden, "b": own}):
            assert (await limited.get("compare", params=query)).status_code == 404
        for verb in ("cancel", "judge"):
            assert (await limited.post(f"executions/{hidden}/{verb}")).status_code == 404
        (line,) = (await limited.get("executions")).json()["executions"]
        assert line["execution"] == own
        filtered = await limited.get("executions", params={"campaign": "checkout-nightly"})
        assert filtered.json()["executions"] == []


async def test_trouble_of_the_database_is_a_problem(house: OpenHouse) -> None:
    is_broken = list[bool]()

    def trouble() -> None:
        if is_broken:
            raise StorageTrouble("the database is gone; bring it back")

    async with house(write_campaign(), trouble=trouble) as service:
        reader = await service.caller(Scope.READ)
        is_broken.append(True)
        ready = await service.client().get("http://127.0.0.1/readyz")
        alive = await service.client().get("http://127.0.0.1/healthz")
        assert (ready.status_code, alive.status_code) == (503, 200)
        assert ready.json()["detail"] == "the database is gone; bring it back"
        assert (await reader.get("executions")).status_code == 503
        is_broken.clear()
        assert (await service.client().get("http://127.0.0.1/readyz")).status_code == 200
