import httpx
import pytest
import respx

from campaignd.adapters.coval.explanations import ExplanationsClient
from campaignd.adapters.http.lane import Lane
from campaignd.core.coval import Explanation

URL = "https://api.test/v1/simulations/s1/metrics"


@pytest.fixture
def client(lane: Lane) -> ExplanationsClient:
    return ExplanationsClient(lane)


def output(output_id: str, metric_id: str, **facts: object) -> dict[str, object]:
    return {"metric_output_id": output_id, "metric_id": metric_id, "status": "COMPLETED", **facts}


async def test_the_newest_output_of_each_metric_explains_it(
    client: ExplanationsClient, respx_mock: respx.MockRouter
) -> None:
    first = [
        output("01B", "m1", value="NO", explanation="Never asked for the booking code."),
        output("01A", "m1", value="YES", explanation="old"),
        output("01C", "m2", value=None, status="SKIPPED", status_reason="no transcript"),
    ]
    second = [output("01A", "m2", explanation="older"), output("01D", "m3", value=4)]
    pages = [{"metrics": first, "next_page_token": "t"}, {"metrics": second}]
    route = respx_mock.get(URL).mock(side_effect=[httpx.Response(200, json=page) for page in pages])
    assert await client.explain("s1") == [
        Explanation("m1", "NO", "Never asked for the booking code."),
        Explanation("m2", None, "no transcript"),
        Explanation("m3", 4.0, ""),
    ]
    assert route.calls[0].request.url.params["page_size"] == "1000"
