"""The built-in world: small, harmless, and the home of the ids in the documentation."""

from datetime import timedelta

from campaignd.sandbox.population import (
    Population,
    SandboxAgent,
    SandboxCotoolAgent,
    SandboxMetric,
    SandboxMutation,
    SandboxPersona,
    SandboxTestSet,
)

CHECKOUT_AGENT = "gk3jK9mPq2xRt5vW8yZaBc"
SUPPORT_AGENT = "sU7pP3rTq9wXn4bV6cYdEf"
FAST_VAD = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
GPT_4O = "01ARZ3NDEKTSV4RRFFQ69G5FAW"
RESOLVED = "jN6mN2pSt5aUv8xZ1bCeFf"
LATENCY = "iM5lM1oRs4zTu7wY0aBdEe"

_AGENTS = {
    CHECKOUT_AGENT: SandboxAgent(
        name="Checkout assistant",
        description="Takes orders, payments and refunds by phone.",
        tags=("production", "voice"),
        metrics=(RESOLVED, LATENCY),
        mutations={
            FAST_VAD: SandboxMutation(name="fast-vad", description="Takes its turn sooner."),
            GPT_4O: SandboxMutation(name="gpt-4o", description="The same agent on GPT-4o."),
        },
    ),
    SUPPORT_AGENT: SandboxAgent(
        name="Support assistant",
        description="Answers questions about orders in chat.",
        tags=("chat",),
        metrics=(RESOLVED,),
        model_type="MODEL_TYPE_CHAT",
        mutations={
            "01ARZ3NDEKTSV4RRFFQ69G5FAX": SandboxMutation(name="short-answers"),
        },
    ),
}

_METRICS = {
    RESOLVED: SandboxMetric(
        name="Resolved", description="Did the agent settle what the caller wanted?", rate=0.93
    ),
    LATENCY: SandboxMetric(
        name="Latency",
        description="Mean time until the agent answers.",
        type="number",
        mean=0.9,
        sd=0.15,
        min=0.2,
        unit="s",
    ),
    "tO8nE4kVw2yBs6mC1xFgHj": SandboxMetric(
        name="Tone",
        description="How the agent sounded.",
        type="category",
        categories={"friendly": 0.75, "neutral": 0.2, "rude": 0.05},
    ),
    "aC9tI5lXz3qDu7nE2yGhKm": SandboxMetric(
        name="Actions taken",
        description="Which tools the agent used.",
        type="set",
        categories={"lookup_order": 0.97, "issue_refund": 0.6, "escalate": 0.1},
    ),
    "sT2eP6mYa4rFv8pG3zHjLn": SandboxMetric(
        name="Steps followed",
        description="Share of the required steps that the agent took.",
        type="composite",
        rate=0.9,
        criteria=5,
        unit="percent",
    ),
}

_COTOOL = {
    "3c90c3cc-0d44-4b50-8888-8dd25736052a": SandboxCotoolAgent(
        name="Checkout assistant",
        description="The tools behind the checkout agent.",
        coval_agent=CHECKOUT_AGENT,
        trigger_name="checkout-simulations",
        criteria=("Looks the order up before changing it", "Never asks for the full card number"),
    ),
    "7d1f5e2a-93b6-4c08-a4de-5b60f1c2e387": SandboxCotoolAgent(
        name="Mailbox triage",
        description="Sorts suspicious mail; works on its own.",
        every=timedelta(minutes=4),
        trigger_source="slack",
        trigger_name="abuse-mailbox",
        tools=("splunk", "slack"),
        criteria=("Checks mail gateway logs before closing",),
    ),
}

BUILT_IN = Population(
    agents=_AGENTS,
    personas={
        "hL4kL0nQr3ySt6vX9zAcDd": SandboxPersona(name="Impatient caller", tags=("voice",)),
        "pE3Hn6Yd0Sf8Jr2Ku5Gv1X": SandboxPersona(
            name="Elderly caller", description="Speaks slowly, mishears numbers."
        ),
    },
    test_sets={
        "aB1cD2eF": SandboxTestSet(name="Smoke", cases=12, tags=("quick",)),
        "rF9kL2mN": SandboxTestSet(name="Refunds", cases=40),
    },
    metrics=_METRICS,
    cotool=_COTOOL,
)
