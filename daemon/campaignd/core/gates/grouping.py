"""Which rows of which frames a gate looks at: pooled, or group by group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from campaignd.core.evidence import BASE
from campaignd.core.frame import Arm
from campaignd.core.gates.checks import selects_cell
from campaignd.core.gates.frames import Frames
from campaignd.core.gates.groups import Group
from campaignd.core.gates.metric_gate import MetricGate
from campaignd.core.gates.references import Reference
from campaignd.core.gates.selection import Split, matches
from campaignd.core.gates.than import BASE_AGENT
from campaignd.core.metrics import SIMULATIONS

if TYPE_CHECKING:
    from campaignd.core.gates.data import Data

Names = tuple[str | None, ...]


def groups_of(gate: MetricGate, data: "Data") -> Iterator[Group]:
    """The groups in the order of the plan, each with what it is compared with."""
    grouping = _Grouping(gate, data)
    past = data.past[max(0, len(data.past) - gate.past_executions) :]
    before = [(frames, grouping.arms_of(frames)) for frames in past if gate.past_executions]
    than = gate.compared_with
    other = data.others.get(than) if than else None
    theirs = grouping.arms_of(other) if other else {}
    lack = gate.lack_of(data)
    for names, arms in grouping.arms_of(data.own).items():
        group = grouping.group(data.own, names, arms)
        yield replace(
            group,
            base=grouping.group(other, names, theirs.get(names, ()))
            if other
            else grouping.base_agent_of(group, names),
            reference=_reference(gate, data),
            lack=lack,
            past=tuple(grouping.group(f, names, known.get(names, ())) for f, known in before),
        )


def _reference(gate: MetricGate, data: "Data") -> Reference | None:
    than = gate.compared_with
    if than is None:
        return None
    return (
        data.references.baseline if than.source == "baseline" else data.references.others.get(than)
    )


@dataclass(frozen=True, slots=True)
class _Grouping:
    gate: MetricGate
    data: "Data"

    def arms_of(self, frames: Frames) -> Mapping[Names, Sequence[int]]:
        """The arms that the gate selects, by what it is split by; pooled ones stand at ()."""
        gate = self.gate
        groups: dict[Names, list[int]] = {} if gate.per else {(): []}
        for number, arm in enumerate(frames.by_metric[gate.metric].arms):
            if _selects(gate, arm):
                groups.setdefault(tuple(_name(arm, split) for split in gate.per), []).append(number)
        return groups or {(): []}

    def group(self, frames: Frames, names: Names, arms: Sequence[int]) -> Group:
        gate = self.gate
        scope = dict(zip(gate.per, names, strict=False))
        variant = scope.pop("mutation", None) or scope.pop("variant", None)
        scope.pop("variant", None)
        waived = (case for arm in arms for case in frames.waived.get(arm, ()))
        return Group(
            evidence=frames.evidence,
            frame=frames.by_metric[gate.metric],
            name=gate.metric,
            metric=None if gate.metric == SIMULATIONS else self.data.metrics[gate.metric],
            arms=tuple(arms),
            scope={split: name for split, name in scope.items() if name is not None},
            variant=variant,
            waived=() if _is_cotool(frames, gate) else tuple(dict.fromkeys(waived)),
        )

    def base_agent_of(self, group: Group, names: Names) -> Group | None:
        """The base agent in the very cells of a group, where that is what it is compared with."""
        if self.gate.compared_with != BASE_AGENT:
            return None
        cells = {group.frame.arms[arm].cell for arm in group.arms}
        arms = group.frame.arms
        base = [n for n, arm in enumerate(arms) if arm.variant == BASE and arm.cell in cells]
        return self.group(self.data.own, names, base)


def _is_cotool(frames: Frames, gate: MetricGate) -> bool:
    return frames.by_metric[gate.metric] is not frames.by_metric[SIMULATIONS]


def _selects(gate: MetricGate, arm: Arm) -> bool:
    where = gate.where
    if arm.variant is None:  # Cotool's runs have no variants, and no cells
        return where is None or matches(where.agents, arm.agent)
    if "mutation" in gate.per and arm.variant == BASE:
        return False
    fits = selects_cell(where, arm.cell or "", arm.agent, arm.persona or "", arm.test_set or "")
    return fits and _has_variant(gate.chosen_variants, arm.variant)


def _has_variant(chosen: Sequence[str], variant: str) -> bool:
    if chosen == ("all",) or variant in chosen:
        return True
    return chosen == ("mutations",) and variant != BASE


def _name(arm: Arm, split: Split) -> str | None:
    name: str | None = getattr(arm, "variant" if split == "mutation" else split)
    return name
