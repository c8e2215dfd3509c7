"""Webhook messages over the API."""

from tests.engine.campaigns import write_campaign
from tests.web.routes.conftest import OpenHouse
from tests.web.routes.test_executions import trigger
from tests.web.routes.test_orders import end

from campaignd.core.tokens import Scope


def telling(name: str) -> str:
    hook = {"url": f"https://ci.example.com/hooks/{name}?key=secret"}
    return write_campaign(name=name, report={"webhooks": [hook]})


async def test_messages_are_listed_without_their_secrets(house: OpenHouse) -> None:
    async with house(telling("one"), telling("two")) as service:
        ci = await service.caller(Scope.TRIGGER)
        for name in ("one", "two"):
            await end(ci, await trigger(ci, name))
        answer = await ci.get("deliveries")
        rows = answer.json()["deliveries"]
        assert {(each["campaign"], each["address"], each["state"]) for each in rows} == {
            ("one", "https://ci.example.com", "pending"),
            ("two", "https://ci.example.com", "pending"),
        }
        assert "secret" not in answer.text
        assert len((await ci.get("deliveries", params={"limit": 1})).json()["deliveries"]) == 1
        limited = await service.caller(Scope.READ, campaigns=("two",))
        (row,) = (await limited.get("deliveries")).json()["deliveries"]
        assert row["campaign"] == "two"


async def test_a_message_is_sent_again(house: OpenHouse) -> None:
    async with house(telling("one")) as service:
        admin = await service.caller(Scope.ADMIN)
        await end(admin, await trigger(admin, "one"))
        (row,) = (await admin.get("deliveries")).json()["deliveries"]
        answer = await admin.post(f"deliveries/{row['id']}/retry")
        assert answer.status_code == 202
        assert [each["id"] for each in answer.json()["deliveries"]] == [row["id"]]
        limited = await service.caller(Scope.ADMIN, campaigns=("two",))
        for caller, wanted in ((limited, row["id"]), (admin, "msg_nothing")):
            assert (await caller.post(f"deliveries/{wanted}/retry")).status_code == 404
