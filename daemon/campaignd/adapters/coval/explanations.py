"""The judges' words on single simulations."""

from collections.abc import Iterator, Sequence
from typing import Any

from campaignd.adapters.coval.pages import LARGE_PAGE, WirePage, read_pages
from campaignd.adapters.coval.results import read_value
from campaignd.adapters.http.calls import path
from campaignd.adapters.http.lane import Lane
from campaignd.adapters.http.wire import Lenient, Text, WireDocument
from campaignd.core.coval import Explanation


class OutputItem(WireDocument):
    metric_output_id: Text
    metric_id: Text
    value: Any = None
    explanation: Lenient[str] = None
    status_reason: Lenient[str] = None

    def explanation_of_metric(self) -> Explanation:
        words = self.explanation or self.status_reason or ""
        return Explanation(self.metric_id, read_value(self.value), words)


class OutputPage(WirePage):
    metrics: list[OutputItem]


class ExplanationsClient:
    """The engine's `CovalExplanations` over one lane."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def explain(self, simulation_id: str) -> Sequence[Explanation]:
        newest: dict[str, OutputItem] = {}
        where = path("simulations", simulation_id, "metrics")
        async for page in read_pages(self._lane, where, {"page_size": str(LARGE_PAGE)}, OutputPage):
            newest.update(_newer(page.metrics, newest))
        return [output.explanation_of_metric() for output in newest.values()]


def _newer(
    outputs: list[OutputItem], known: dict[str, OutputItem]
) -> Iterator[tuple[str, OutputItem]]:
    """Scoring again adds outputs; their ids are ULIDs, so the largest is the newest."""
    for output in sorted(outputs, key=lambda output: output.metric_output_id):
        rival = known.get(output.metric_id)
        if rival is None or output.metric_output_id > rival.metric_output_id:
            yield output.metric_id, output
