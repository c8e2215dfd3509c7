import pytest

from campaignd.adapters.starter.passing import Passing, passing_of
from campaignd.core.coval import MetricResource, TargetCondition

BINARY = MetricResource("q", "Resolved", "METRIC_AUDIO_LLM_BINARY")
NUMBER = MetricResource("q", "Latency", "METRIC_CUSTOM_TRACE")
CATEGORY = MetricResource("q", "Tone", "METRIC_CATEGORICAL", categories=("good", "fair", "rude"))


def with_target(metric: MetricResource, target: TargetCondition) -> MetricResource:
    return MetricResource(
        metric.id,
        metric.name,
        metric.metric_type,
        categories=metric.categories,
        target=target,
    )


@pytest.mark.parametrize(
    ("metric", "target", "condition"),
    [
        pytest.param(NUMBER, TargetCondition("eq", 0.0), "{equals: 0}", id="equal"),
        pytest.param(NUMBER, TargetCondition("gte", 0.8), "{at_least: 0.8}", id="at least"),
        pytest.param(NUMBER, TargetCondition("lte", 1500), "{at_most: 1500}", id="at most"),
        pytest.param(NUMBER, TargetCondition("gt", 3), "{at_least: 3.000003}", id="more than"),
        pytest.param(NUMBER, TargetCondition("lt", 0), "{at_most: -1e-06}", id="less than"),
        pytest.param(NUMBER, TargetCondition("bt", 0.0, 2.5), "{between: [0, 2.5]}", id="range"),
        pytest.param(NUMBER, TargetCondition("bt", None, 2), "{at_most: 2}", id="only an upper"),
        pytest.param(NUMBER, TargetCondition("bt", 2, None), "{at_least: 2}", id="only a lower"),
        pytest.param(NUMBER, TargetCondition("bt", 3, 2), None, id="empty range"),
        pytest.param(NUMBER, TargetCondition("bt"), None, id="range without ends"),
        pytest.param(NUMBER, TargetCondition("nbt", 1, 2), None, id="outside a range"),
        pytest.param(NUMBER, TargetCondition("neq", 1), None, id="not a number"),
        pytest.param(NUMBER, TargetCondition("gte"), None, id="without a number"),
        pytest.param(
            CATEGORY,
            TargetCondition("in", texts=("good", "fair")),
            '{one_of: ["good", "fair"]}',
            id="some categories",
        ),
        pytest.param(
            CATEGORY,
            TargetCondition("nin", texts=("rude",)),
            '{one_of: ["good", "fair"]}',
            id="all categories but one",
        ),
        pytest.param(CATEGORY, TargetCondition("gte", 2), None, id="number for a category"),
        pytest.param(CATEGORY, TargetCondition("gte", texts=("a",)), None, id="at least a text"),
        pytest.param(
            CATEGORY,
            TargetCondition("nin", texts=("good", "fair", "rude")),
            None,
            id="no category left",
        ),
        pytest.param(
            BINARY, TargetCondition("in", texts=("NO",)), '{equals: "NO"}', id="a judge's no"
        ),
        pytest.param(
            BINARY, TargetCondition("neq", texts=("NO",)), '{equals: "YES"}', id="not a judge's no"
        ),
        pytest.param(BINARY, TargetCondition("eq", 0), None, id="number for a judge"),
    ],
)
def test_a_target_becomes_a_pass_when_or_nothing(
    metric: MetricResource, target: TargetCondition, condition: str | None
) -> None:
    passing = passing_of(with_target(metric, target), None)
    assert (passing.condition, passing.is_told) == (condition, condition is not None)
    assert passing.remark.startswith("the metric's own target: ")


def test_a_metric_s_own_target_goes_before_the_organization_s_threshold() -> None:
    own = with_target(NUMBER, TargetCondition("lte", 1))
    assert passing_of(own, TargetCondition("lte", 2)).condition == "{at_most: 1}"
    assert passing_of(NUMBER, TargetCondition("lte", 2)) == Passing(
        "{at_most: 2}", "the organization's threshold: at most 2", is_told=True
    )


def test_of_a_judge_without_a_target_yes_passes_as_a_guess() -> None:
    passing = passing_of(BINARY, None)
    assert (passing.condition, passing.is_told) == ('{equals: "YES"}', False)


@pytest.mark.parametrize("metric", [NUMBER, CATEGORY])
def test_of_other_metrics_without_a_target_nothing_is_guessed(metric: MetricResource) -> None:
    assert passing_of(metric, None).condition is None
