"""The variants of one execution against each other."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from campaignd.core.comparison.cases import (
    Values,
    Yardstick,
    frame_of,
    gather,
    match,
    measure_matched,
    pool,
    yardstick,
)
from campaignd.core.comparison.refusal import Unrankable
from campaignd.core.evidence import Evidence
from campaignd.core.metrics import Metric
from campaignd.core.statistics.inference import Measured
from campaignd.core.statistics.ranking import rank
from campaignd.core.statistics.shares import Cases


@dataclass(frozen=True, slots=True)
class RankedVariant:
    """A variant of an agent and its distance from the best of the others, above 0 where it leads.

    `value` is a share or a number in the metric's unit. The bounds hold for all variants of the
    agent together. `may_be_best`: it cannot be told from the best.
    """

    agent: str
    variant: str
    is_share: bool
    value: float
    distance: float
    lower: float | None
    upper: float | None
    may_be_best: bool
    cases: int
    method: str

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        return self.lower, self.upper


def rank_variants(
    evidence: Evidence, metrics: Mapping[str, Metric], name: str, confidence: float = 0.95
) -> tuple[RankedVariant, ...]:
    """Rank each agent's variants by a metric, best first, agents in plan order.

    The metric is one of Coval's. Raises Unrankable.
    """
    yard = yardstick(name, metrics[name])
    if yard.better is None:
        raise Unrankable(f"nobody said which way {name} is better: give it `better` or `pass_when`")
    found: list[RankedVariant] = []
    values = gather(frame_of(evidence, metrics, name), yard)
    for agent in dict.fromkeys(agent for agent, _ in values):
        variants = {v: each for (a, v), each in values.items() if a == agent and each}
        if len(variants) > 1:
            found += _rank(yard, agent, variants, confidence)
    if not found:
        raise Unrankable(
            f"no agent has two variants with values of {name}: there is nothing to rank"
        )
    return tuple(found)


def _rank(
    yard: Yardstick, agent: str, variants: Mapping[str, Values], confidence: float
) -> list[RankedVariant]:
    names = [*variants]

    def compare(other: int, one: int) -> Measured:
        pairs = match(variants[names[other]], variants[names[one]])
        if pairs is None:
            raise Unrankable(
                f"variants {names[other]} and {names[one]} of {agent} share no test case"
            )
        base, new = (pairs.base, pairs.new)
        if yard.better == "lower":
            base, new = new, base
        return measure_matched(yard, base, new)

    ranked = rank(len(names), compare, confidence)
    pooled: dict[str, Cases] = {name: pool(variants[name]) for name in names}
    return [
        RankedVariant(
            agent=agent,
            variant=names[each.variant],
            is_share=yard.is_share,
            value=float(np.mean(pooled[names[each.variant]].means)),
            distance=each.estimate,
            lower=each.lower,
            upper=each.upper,
            may_be_best=each.may_be_best,
            cases=len(pooled[names[each.variant]].means),
            method=each.method,
        )
        for each in ranked
    ]
