"""From the evidence of Cotool's runs to a frame: an item per run, or per run and criterion."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from campaignd.core.cotool import AgentRun, AgentRunStatus
from campaignd.core.coval import Value
from campaignd.core.evidence import Evidence, ScoreEvidence
from campaignd.core.frame.columns import Column, build_column, flags_column
from campaignd.core.frame.model import Arm, Frame, Rows, Status, Unit, count_iterations
from campaignd.core.metrics import CotoolMetric

_NEVER_GRADED = frozenset({AgentRunStatus.ERROR, AgentRunStatus.INTERRUPTED})


class _Item(NamedTuple):
    """One row; `value` is None where it is missing."""

    source: int
    criterion: str | None
    value: Value


def build_score_frame(evidence: Evidence, name: str, metric: CotoolMetric) -> Frame:
    """Lay out what Cotool says of its runs, by one metric.

    Runs that ended badly or were not graded are LOST. Agents without any run have an arm without
    rows.
    """
    items = sorted(_items(evidence.scores, metric), key=lambda item: _place(evidence, item))
    agents = [evidence.scores[item.source].agent for item in items]
    arms = [Arm(agent, criterion=item.criterion) for agent, item in zip(agents, items, strict=True)]
    silent = (Arm(agent) for agent in evidence.scored if agent not in agents)
    numbers = {arm: number for number, arm in enumerate(dict.fromkeys([*arms, *silent]))}
    sources = [item.source for item in items]
    rows = Rows.of(
        [(numbers[arm], item.source, item.source) for arm, item in zip(arms, items, strict=True)]
    )
    graded = [_is_graded(evidence.scores[source].run) for source in sources]
    return Frame(
        arms=tuple(numbers),
        starts=np.searchsorted(rows.arms, np.arange(len(numbers) + 1)),
        units=rows.units,
        unit_names=tuple(Unit(score.agent, None, score.run.run_id) for score in evidence.scores),
        iteration=count_iterations(rows),
        status=np.where(graded, Status.COMPLETED, Status.LOST).astype(np.int8),
        source=rows.source,
        columns={name: _column([item.value for item in items], metric)},
    )


def _place(evidence: Evidence, item: _Item) -> tuple[str, str, object, str]:
    score = evidence.scores[item.source]
    return (score.agent, item.criterion or "", score.run.created_at, score.run.run_id)


def _is_graded(run: AgentRun) -> bool:
    ended_badly = run.status in _NEVER_GRADED
    return not ended_badly and run.score is not None


def _items(scores: Sequence[ScoreEvidence], metric: CotoolMetric) -> list[_Item]:
    if metric.cotool == "criteria":
        return _criteria_items(scores)
    read = _score if metric.cotool == "score" else _issue_free
    return [
        _Item(source, None, read(score.run) if _is_graded(score.run) else None)
        for source, score in enumerate(scores)
    ]


def _score(run: AgentRun) -> float | None:
    return run.score


def _issue_free(run: AgentRun) -> float | None:
    return float(run.critical_issue is None) if run.delivers_critical_issues else None


def _criteria_items(scores: Sequence[ScoreEvidence]) -> list[_Item]:
    known: dict[str, dict[str, None]] = {}
    for score in scores:
        named = dict.fromkeys(criterion.text for criterion in score.run.criteria or ())
        known.setdefault(score.agent, {}).update(named)
    return [
        item
        for source, score in enumerate(scores)
        for item in _criteria_of(source, score.run, tuple(known[score.agent]))
    ]


def _criteria_of(source: int, run: AgentRun, known: Sequence[str]) -> list[_Item]:
    if _is_graded(run) and run.criteria is not None:
        return [_Item(source, each.text, float(each.met)) for each in run.criteria]
    return [_Item(source, criterion, None) for criterion in known] or [_Item(source, None, None)]


def _column(values: Sequence[Value], metric: CotoolMetric) -> Column:
    if metric.cotool == "score":
        return build_column(values, metric)
    return flags_column(None if value is None else bool(value) for value in values)
