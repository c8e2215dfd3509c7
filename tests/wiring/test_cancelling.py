"""`cancel --tag`: what is paid for is ended, whatever lists show and whichever run resists."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.wiring.ward import EXECUTION, STRANGER, Admit, Ward

from campaignd.core.coval import FINAL, RunStatus
from campaignd.core.execution import tag_of
from campaignd.engine.faults import KeyRefused, RemoteRejected, VendorFault
from campaignd.wiring.continuing import cancel_tag
from campaignd.wiring.vendors import Needs, open_vendors

TAG = tag_of(EXECUTION)


async def statuses(ward: Ward, run_ids: Sequence[str]) -> list[RunStatus]:
    async with open_vendors(ward.host.settings, Needs()) as clients:
        return [(await clients.engine.coval.read_run(run_id)).status for run_id in run_ids]


@pytest.mark.parametrize(
    "lists",
    [
        pytest.param({}, id="lists as documented"),
        pytest.param({"items": "summary"}, id="lists without tags"),
        pytest.param({"tag_filter": "finds_nothing"}, id="a tag filter that finds nothing"),
        pytest.param({"tag_filter": "refused"}, id="a tag filter that is refused"),
        pytest.param({"tag_filter": "refused", "items": "summary"}, id="neither tags nor a filter"),
    ],
)
async def test_an_execution_s_runs_are_ended_and_no_others(
    admit: Admit, lists: dict[str, Any]
) -> None:
    async with admit(lists=lists) as ward:
        mine, other = await ward.launch(), await ward.launch(STRANGER)
        done = await cancel_tag(TAG.upper(), ward.host)
        assert (done.ended, done.over) == ((mine,), ())
        mine_is, other_is = await statuses(ward, [mine, other])
        assert mine_is is RunStatus.CANCELLED
        assert other_is not in FINAL
        again = await cancel_tag(TAG, ward.host)
        assert (again.ended, again.over) == ((), (mine,))


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        pytest.param({"method": "DELETE", "nth": 1}, 503, id="a DELETE that fails"),
        pytest.param({"method": "DELETE", "nth": 1}, 404, id="a DELETE that finds nothing"),
        pytest.param({"method": "GET", "path": "/v1/runs/*", "nth": 1}, 404, id="a read in vain"),
    ],
)
async def test_a_run_that_resists_saves_no_other(
    admit: Admit, fault: dict[str, Any], raised: int
) -> None:
    async with admit(faults=[{"match": fault, "do": {"status": raised}}]) as ward:
        runs = [await ward.launch() for _ in range(3)]
        with pytest.raises(VendorFault) as caught:
            await cancel_tag(TAG, ward.host)
        assert caught.value.status == raised
        assert caught.value.__notes__ == ["1 of 3 runs may go on: give the command again."]
        assert (await statuses(ward, runs)).count(RunStatus.CANCELLED) == 2
        again = await cancel_tag(TAG, ward.host)
        assert (len(again.ended), len(again.over)) == (1, 2)


async def test_a_run_that_completed_since_the_list_is_not_deleted(admit: Admit) -> None:
    # Coval answers the first read with a wish to wait; after that the run has completed.
    busy = {"match": {"method": "GET", "path": "/v1/runs/*", "nth": 1}}
    faults = [{**busy, "do": {"status": 503, "retry_after": "2s"}}]
    timing = {"simulation": ["100ms", "100ms"], "simulations_within": None, "metric_lag": "0s"}
    async with admit(timing=timing, faults=faults) as ward:
        run_id = await ward.launch()
        done = await cancel_tag(TAG, ward.host)
        assert (done.ended, done.over) == ((), (run_id,))
        assert await statuses(ward, [run_id]) == [RunStatus.COMPLETED]


async def test_a_tag_of_the_campaign_s_own_that_cannot_be_filtered_is_an_error(
    admit: Admit,
) -> None:
    async with admit(lists={"tag_filter": "refused"}) as ward:
        with pytest.raises(RemoteRejected, match="filter"):
            await cancel_tag("nightly", ward.host)


async def test_a_refused_key_is_no_tag_that_nothing_carries(admit: Admit) -> None:
    async with admit(api_keys={"coval": "another"}) as ward:
        with pytest.raises(KeyRefused):
            await cancel_tag(TAG, ward.host)
