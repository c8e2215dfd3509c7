"""What comparisons have in common: with what, how sure, and what there is to compare with."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from campaignd.core.gates.declared import Declared
from campaignd.core.gates.findings import NO_DATA, NOT_DELIVERED, Finding, errored, unsure
from campaignd.core.gates.metric_gate import MetricGate
from campaignd.core.gates.options import CONFIDENCE, Confidence, Correct, WithoutBaseline
from campaignd.core.gates.than import BASE_AGENT, BASELINE, Than, ThanField
from campaignd.core.metrics import CotoolMetric
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import format_exact_share
from campaignd.core.verdicts import NO_BASELINE

if TYPE_CHECKING:  # judging needs numpy, and reading a campaign does not
    from campaignd.core.gates.data import Data
    from campaignd.core.gates.groups import Group
    from campaignd.core.report import CaseReport


class ProofGate(MetricGate):
    """A gate that decides by proof alone."""

    confidence: Confidence = Field(
        default=CONFIDENCE, description="How sure bounds and proofs are; 95% without it."
    )
    correct: Correct | None = Field(
        default=None,
        description="How the results of a split gate are corrected for being many: holm "
        "(default), bh (default with need: any), none.",
    )
    without_baseline: WithoutBaseline = Field(
        default="note",
        description="What the gate does where there is nothing to compare with yet: note "
        "(default) does not count it, block makes the execution inconclusive.",
    )

    @property
    def remarks(self) -> tuple[str, ...]:
        return (
            *super().remarks,
            f"at {format_exact_share(self.confidence)}" if self.confidence != CONFIDENCE else "",
            f"correct {self.correct}" if self.correct else "",
        )

    @property
    def is_proven(self) -> bool:
        return True

    @property
    def sureness(self) -> float:
        return self.confidence

    @property
    def correction(self) -> str:
        return self.correct or ("bh" if self.need == "any" else "holm")

    @property
    def must_have_baseline(self) -> bool:
        return self.without_baseline == "block"


class ComparisonGate(ProofGate):
    """A gate that compares with something else."""

    than: ThanField = Field(
        description="What it compares with: base (the base agent of the same execution), "
        "baseline, {execution: …} or {file: …}."
    )

    @property
    def compared_with(self) -> Than:
        return self.than

    @property
    def chosen_variants(self) -> tuple[str, ...]:
        """Against the base agent its mutations are compared, else the base agent itself."""
        if not self.variants and self.than == BASE_AGENT:
            return ("mutations",)
        return super().chosen_variants

    def check(self, declared: Declared) -> Iterator[Mistake]:
        yield from super().check(declared)
        if self.than != BASELINE and "without_baseline" in self.model_fields_set:
            message = f"without_baseline is for than: baseline, and this one is than: {self.than}"
            yield Mistake(("without_baseline",), message, "leave it out")
        if self.than != BASE_AGENT:
            return
        metric = declared.metrics.get(self.metric)
        if isinstance(metric, CotoolMetric):
            message = f"{self.metric!r} is scored by Cotool, which knows no base and mutations"
            yield Mistake(("than",), message, "compare with the baseline: than: baseline")
        elif not declared.mutations:
            message = "no mutations are declared that could be compared with the base agent"
            yield Mistake(("than",), message, "add a list under `mutations`, or than: baseline")
        elif {"base", "all"} & set(self.chosen_variants):
            message = "the base agent cannot be compared with itself"
            yield Mistake(("variants",), message, "leave `variants` out, or name mutations")

    def find(self, group: "Group") -> Finding:
        from campaignd.core.gates.preconditions import find_trouble

        if group.base is None:
            return group.lack or errored(NO_DATA, f"there is nothing to compare with: {self.than}")
        if trouble := find_trouble(self, group.base):
            if self.than == BASELINE and (not group.base.arms or trouble.code == NOT_DELIVERED):
                why = f"{self.label_of(group)}, has nothing of {self.metric}{group.about}"
                return unsure(NO_BASELINE, f"{why}: {self._noted}")
            where = "the base agent" if self.than == BASE_AGENT else self.label_of(group)
            return errored(trouble.code or NO_DATA, f"of {where}: {trouble.reason}")
        return self.compare(group, group.base)

    @abstractmethod
    def compare(self, group: "Group", base: "Group") -> Finding:
        """Compare a group with its counterpart; both have usable values."""

    def sign_of(self, group: "Group") -> int:
        """1 where more is better, -1 where less is."""
        del group
        return 1

    def label_of(self, group: "Group") -> str:
        """What it is compared with, for people."""
        if group.reference is None:
            return "the base agent"
        return group.reference.label

    def lack_of(self, data: "Data") -> Finding | None:
        references = data.references
        if self.than == BASE_AGENT or self.than in data.others:
            return None
        if self.than.source == "baseline" and self.than not in references.absent:
            why = references.no_baseline or "there is no baseline yet"
            return unsure(NO_BASELINE, f"{why}: {self._noted}")
        why = references.absent.get(self.than, "it could not be had")
        return errored(NO_DATA, f"nothing to compare with: {self.than}: {why}")

    @property
    def _noted(self) -> str:
        return "it is asked for" if self.must_have_baseline else "noted, and not counted"

    def worst(self, group: "Group", finding: Finding) -> "tuple[CaseReport, ...]":
        from campaignd.core.gates.comparison_cases import worst_changes

        return worst_changes(self, group, finding)
