"""`pass_rate`: the share that passes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from campaignd.core.gates.declared import Declared
from campaignd.core.gates.metric_gate import MetricGate
from campaignd.core.gates.model import Bar
from campaignd.core.gates.registry import gate_kind
from campaignd.core.metrics import SIMULATIONS, Metric, can_pass
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import format_bar_share
from campaignd.core.scalars import Share

if TYPE_CHECKING:
    from campaignd.core.gates.findings import Finding
    from campaignd.core.gates.groups import Group


@gate_kind("pass_rate")
class PassRateGate(MetricGate[Share]):
    """The share of simulations, Cotool runs or criteria that pass the metric's `pass_when`.

    `pass_rate: simulations` is the share of simulations that completed at all.
    """

    reserved: ClassVar[frozenset[str]] = frozenset({SIMULATIONS})
    example: ClassVar = {"pass_rate": "resolved", "at_least": "90%"}

    def _bar(self, side: Literal["at_least", "at_most"], threshold: float) -> Bar:
        return Bar(side, threshold, format_bar_share(threshold))

    def check(self, declared: Declared) -> Iterator[Mistake]:
        yield from super().check(declared)
        if self.bar.number == (0 if self.bar.side == "at_least" else 1):
            message = f"every share is {self.bar}: this gate cannot fail"
            yield Mistake((self.bar.side,), message, "ask for something, or leave the gate out")

    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        if not can_pass(metric):
            message = f"pass_rate asks what passes, and {self.metric!r} has no pass_when"
            yield Mistake((self.kind,), message, 'add one to the metric: {equals: "YES"}')
