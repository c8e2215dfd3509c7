"""Which values of a metric pass: what Coval says, else what its type suggests, else nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from campaignd.adapters.starter.yaml_text import quoted
from campaignd.core.coval import MetricResource, TargetCondition

_BINARY = ("YES", "NO")
_JUDGE = "METRIC_AGENT_JUDGE"
_JUST_BEYOND = 1e-6
_WORDS = {
    "eq": "equal to",
    "neq": "other than",
    "gt": "more than",
    "gte": "at least",
    "lt": "less than",
    "lte": "at most",
    "in": "one of",
    "nin": "none of",
    "bt": "between",
    "nbt": "not between",
}


@dataclass(frozen=True, slots=True)
class Passing:
    """`condition` is the YAML of a `pass_when`, or None; `is_told` if it is Coval's own idea."""

    condition: str | None
    remark: str
    is_told: bool = False


def passing_of(metric: MetricResource, threshold: TargetCondition | None) -> Passing:
    """Decide by the metric's own target, else the organization's threshold, else its type."""
    if metric.target is not None:
        return _told(metric, metric.target, "the metric's own target")
    if threshold is not None:
        return _told(metric, threshold, "the organization's threshold")
    if is_binary(metric):
        return Passing('{equals: "YES"}', "a judge's YES; turn it round where NO is good")
    return Passing(None, "")


def is_binary(metric: MetricResource) -> bool:
    """Whether its values are YES and NO."""
    return metric.metric_type.endswith("_BINARY") or metric.metric_type == _JUDGE


def is_number(metric: MetricResource) -> bool:
    """Whether its values are numbers, as far as Coval says what they are."""
    return not (is_binary(metric) or metric.categories or "CATEGORICAL" in metric.metric_type)


def _told(metric: MetricResource, target: TargetCondition, whose: str) -> Passing:
    condition = _condition(metric, target)
    words = f"{whose}: {_describe(target)}"
    if condition is None:
        return Passing(None, f"{words}; pass_when has no such condition")
    return Passing(condition, words, is_told=True)


def _condition(metric: MetricResource, target: TargetCondition) -> str | None:
    if target.texts:
        return _of_texts(target, _BINARY if is_binary(metric) else metric.categories)
    return _of_numbers(target) if is_number(metric) else None


def _of_texts(target: TargetCondition, every: Collection[str]) -> str | None:
    match target.operator:
        case "eq" | "in":
            return _one_of(target.texts)
        case "neq" | "nin":
            return _one_of([text for text in every if text not in target.texts])
        case _:
            return None


def _one_of(texts: Sequence[str]) -> str | None:
    if len(texts) == 1:
        return f"{{equals: {quoted(texts[0])}}}"
    return f"{{one_of: [{', '.join(map(quoted, texts))}]}}" if texts else None


def _of_numbers(target: TargetCondition) -> str | None:
    number = target.number
    if target.operator == "bt":
        return _between(number, target.upper)
    if number is None:
        return None
    beyond = max(1.0, abs(number)) * _JUST_BEYOND
    conditions = {
        "eq": f"{{equals: {_digits(number)}}}",
        "gte": f"{{at_least: {_digits(number)}}}",
        "lte": f"{{at_most: {_digits(number)}}}",
        "gt": f"{{at_least: {_digits(number + beyond)}}}",
        "lt": f"{{at_most: {_digits(number - beyond)}}}",
    }
    return conditions.get(target.operator)


def _between(low: float | None, high: float | None) -> str | None:
    if low is None:
        return None if high is None else f"{{at_most: {_digits(high)}}}"
    if high is None:
        return f"{{at_least: {_digits(low)}}}"
    return f"{{between: [{_digits(low)}, {_digits(high)}]}}" if low <= high else None


def _describe(target: TargetCondition) -> str:
    numbers = [_digits(each) for each in (target.number, target.upper) if each is not None]
    values = target.texts or (" and ".join(numbers),)
    return f"{_WORDS.get(target.operator, target.operator)} {', '.join(values)}"


def _digits(number: float) -> str:
    return f"{number:.12g}"
