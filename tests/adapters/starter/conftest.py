import pytest

from campaignd.adapters.starter import Choice, Facts
from campaignd.core.cotool import CotoolAgent
from campaignd.core.coval import MetricResource, Resource, TargetCondition

CHECKOUT = Resource("gk3jK9mPq2xRt5vW8yZaBc", "Checkout assistant", "Takes orders by phone.")
SUPPORT = Resource("sU7pP3rTq9wXn4bV6cYdEf", "Support assistant")
IMPATIENT = Resource("hL4kL0nQr3ySt6vX9zAcDd", "Impatient caller")
ELDERLY = Resource("pE3Hn6Yd0Sf8Jr2Ku5Gv1X", "Elderly caller", "Mishears numbers.")
SMOKE = Resource("aB1cD2eF", "Smoke", cases=12)
REFUNDS = Resource("rF9kL2mN", "Refunds", cases=40)
FAST = Resource("01ARZ3NDEKTSV4RRFFQ69G5FAV", "Fast VAD", "Takes its turn sooner.")
RESOLVED = MetricResource("jN6mN2pSt5aUv8xZ1bCeFf", "Resolved", "METRIC_LLM_BINARY")
LATENCY = MetricResource(
    "iM5lM1oRs4zTu7wY0aBdEe",
    "Latency",
    "METRIC_CUSTOM_TRACE",
    unit="s",
    target=TargetCondition("lte", 1.5),
)
WORDS = MetricResource(
    "wO2rD5sXa7yBv9nE1mFgHj", "Words", "METRIC_CUSTOM_TRACE", minimum=0, maximum=900
)
TONE = MetricResource(
    "tO8nE4kVw2yBs6mC1xFgHj",
    "Tone",
    "METRIC_CATEGORICAL",
    description="How the agent sounded.",
    categories=("friendly", "rude"),
)
TRIAGE = CotoolAgent(
    "3c90c3cc-0d44-4b50-8888-8dd25736052a", "Checkout Assistant", criteria=("Looks it up",)
)


@pytest.fixture
def facts() -> Facts:
    """An agent with everything: a mutation, metrics of each kind, an agent on Cotool."""
    return Facts(
        agents=Choice((CHECKOUT,), (SUPPORT,)),
        personas=Choice((IMPATIENT,), (ELDERLY,)),
        test_sets=Choice((SMOKE,), (REFUNDS,)),
        metrics=Choice((LATENCY, RESOLVED, TONE), (WORDS,)),
        mutations=Choice((FAST,)),
        cotool=Choice((TRIAGE,)),
    )
