"""`same_mix`: the same mix of texts, or the same spread of numbers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from campaignd.core.gates.comparison_gate import ComparisonGate
from campaignd.core.gates.findings import Finding
from campaignd.core.gates.margins import Margin, amount_of, is_of_shares, write_margin
from campaignd.core.gates.registry import gate_kind
from campaignd.core.metrics import Measures, Metric, measures
from campaignd.core.mistakes import Mistake

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group

_MOST = 100


@gate_kind("same_mix")
class SameMixGate(ComparisonGate):
    """Whether outcomes are mixed as they were: texts by their shares, numbers by their spread.

    The distance is how much of the mix would have to change: total variation of texts, the
    largest difference of cumulative shares (Kolmogorov-Smirnov) of numbers.
    """

    example: ClassVar = {"same_mix": "outcome", "than": "baseline", "allow": "10 points"}

    allow: Margin = Field(description="How much of the mix may be different: 10 points.")

    @property
    def asks(self) -> str:
        return f"than {self.than} {self._asked}"

    @property
    def _asked(self) -> str:
        return f"allow {write_margin(self.allow)}"

    @property
    def amount(self) -> float:
        return amount_of(self.allow)

    def asked_of(self, group: "Group") -> str:
        del group
        return self._asked

    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        if measures(metric) not in {Measures.TEXTS, Measures.NUMBERS, Measures.ANYTHING}:
            message = f"same_mix takes texts or numbers, and {self.metric!r} holds"
            yield Mistake((self.kind,), f"{message} {measures(metric)}", "use no_drop")
        if not is_of_shares(self.allow):
            message = "`allow` needs points here, like `10 points`: a mix is made of shares"
            yield Mistake(("allow",), message, f"write {self.allow.number:.10g} points")
        elif not 0 < self.allow.number < _MOST:
            message = "a mix can be different by more than 0 and less than 100 points"
            yield Mistake(("allow",), message, "write a margin between them: 10 points")

    def compare(self, group: "Group", base: "Group") -> Finding:
        from campaignd.core.gates.mixing import find_mix

        return find_mix(self, group, base)
