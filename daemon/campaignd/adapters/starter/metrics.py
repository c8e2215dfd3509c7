"""The metrics of a starter file, and the gates that it begins with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from campaignd.adapters.starter.facts import Facts
from campaignd.adapters.starter.naming import Names
from campaignd.adapters.starter.passing import Passing, is_number, passing_of
from campaignd.adapters.starter.sizing import count_cases, points_to_rule_out
from campaignd.adapters.starter.yaml_text import Row, describe, quoted, scalar
from campaignd.core.coval import MetricResource

_LONGEST_UNIT = 20
_SCORE = "cotool-score"
_CRITERIA = "cotool-criteria"
_MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class NamedMetric:
    """A metric by its name in the file, and which of its values pass."""

    name: str
    metric: MetricResource
    passing: Passing


def name_metrics(facts: Facts, names: Names) -> list[NamedMetric]:
    """Name the metrics that the file uses; Cotool's have their names first."""
    names.take(_SCORE)
    names.take(_CRITERIA)
    return [
        NamedMetric(
            names.take(metric.name),
            metric,
            passing_of(metric, facts.thresholds.get(metric.id)),
        )
        for metric in facts.metrics.used
    ]


def metric_rows(metrics: Sequence[NamedMetric], facts: Facts) -> Iterator[Row]:
    """Declare the metrics that the file uses."""
    for named in metrics:
        yield from _coval_metric(named)
    if not facts.cotool.used:
        return
    yield Row(f"  {_SCORE}: {{cotool: score}}", "0 to 100, for each of its runs")
    if facts.cotool.used[0].criteria:
        yield Row(f"  {_CRITERIA}: {{cotool: criteria}}", "each acceptance criterion, met or not")


def gate_rows(metrics: Sequence[NamedMetric], facts: Facts) -> Iterator[Row]:
    """Promise what can be promised without knowing the agent; leave the rest as comments."""
    told = [named for named in metrics if named.passing.is_told]
    guessed = [named for named in metrics if named.passing.condition and named not in told]
    for named in (*told, *guessed):
        yield _pass_gate(named, blocks=named not in guessed[1:])
    for named in (*told, *guessed[:1]):
        yield from _regression_gates(named, facts)
    for named in metrics:
        if named.passing.condition is None and is_number(named.metric):
            yield Row(f"  - {{mean: {scalar(named.name)}, at_most: …}}", "or at_least", hidden=True)
    yield from _cotool_gates(facts)
    yield Row("  - {pass_rate: simulations, at_least: 95%}", "conversations that completed at all")
    yield Row("  - {errors: runs, at_most: 5%}", "runs that Coval failed or lost")


def _coval_metric(named: NamedMetric) -> Iterator[Row]:
    metric = named.metric
    yield Row(f"  {scalar(named.name)}:", describe(metric.name, metric.description))
    yield Row(f"    id: {metric.id}")
    if is_number(metric) and _is_unit(metric.unit):
        yield Row(f"    unit: {scalar(metric.unit or '')}")
    yield _pass_when(named)


def _is_unit(unit: str | None) -> bool:
    return unit is not None and bool(unit.strip()) and len(unit) <= _LONGEST_UNIT


def _pass_when(named: NamedMetric) -> Row:
    condition, remark = named.passing.condition, named.passing.remark
    if condition is not None:
        return Row(f"    pass_when: {condition}", remark)
    metric = named.metric
    if is_number(metric):
        return Row("    pass_when: {at_most: …}", remark or _numbers(metric), hidden=True)
    words = ", ".join(map(quoted, metric.categories[:_MOST_WORDS])) or "…"
    is_one_text = "CATEGORICAL" in metric.metric_type
    keep = "keep those that pass" + ("" if is_one_text else "; of sets: {contains: …}")
    return Row(f"    pass_when: {{one_of: [{words}]}}", remark or keep, hidden=True)


def _numbers(metric: MetricResource) -> str:
    ends = {"from": metric.minimum, "to": metric.maximum}
    known = " ".join(f"{word} {end:.6g}" for word, end in ends.items() if end is not None)
    return "or at_least, between" + (f"; its values go {known}" if known else "")


def _pass_gate(named: NamedMetric, *, blocks: bool) -> Row:
    promise = f"pass_rate: {scalar(named.name)}, at_least: 80%"
    if blocks:
        return Row(f"  - {{{promise}}}", "of the agent itself, without mutations")
    return Row(f"  - {{{promise}, blocks: false}}", "shown, not counted")


def _regression_gates(named: NamedMetric, facts: Facts) -> Iterator[Row]:
    """Compare with the last run that passed, and mutations with the agent itself."""
    cases = count_cases(facts)
    points = points_to_rule_out(cases)
    promise = f"no_drop: {scalar(named.name)}"
    if points is None:
        hidden = f"  - {{{promise}, than: baseline, rule_out: 40 points}}"
        yield Row(hidden, "with 10 test cases or more: fewer cannot pass it", hidden=True)
        return
    yield Row(f"  - {promise}")
    yield Row("    than: baseline", "the last run that passed; until there is one, not counted")
    yield Row(f"    rule_out: {points} points", _margin(cases))
    if facts.mutations.used:
        yield Row(f"  - {promise}")
        yield Row("    than: base", "beside the agent itself, test case by test case")
        yield Row("    per: mutation", "one result for each of them")
        yield Row(f"    rule_out: {points} points")
        yield Row("    blocks: false", "shown, not counted")


def _margin(cases: int | None) -> str:
    if cases is None:
        return "how large a drop must be ruled out: 40 test cases can tell 20 points"
    return f"how large a drop must be ruled out: {cases} test cases seldom tell less"


def _cotool_gates(facts: Facts) -> Iterator[Row]:
    if not facts.cotool.used:
        return
    graded = "graded_at_least: 80%, blocks: false"
    yield Row(f"  - {{mean: {_SCORE}, at_least: 75, {graded}}}", "shown, not counted")
    if facts.cotool.used[0].criteria:
        yield Row(f"  - {{pass_rate: {_CRITERIA}, at_least: 90%, {graded}}}", "shown, not counted")
