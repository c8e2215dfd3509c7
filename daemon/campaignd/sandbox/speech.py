"""What is said: test cases, conversations, and the judges' words about them."""

from typing import Any

from campaignd.sandbox import chance
from campaignd.sandbox.measuring import Value
from campaignd.sandbox.population import SandboxMetric
from campaignd.sandbox.trials import Case, Trial

_WISHES = (
    "get a refund for a damaged kettle",
    "change the delivery address of an order",
    "find out why a card was charged twice",
    "cancel an order that has already been packed",
    "exchange shoes for a larger size",
    "use a voucher that was refused at checkout",
    "split one order over two deliveries",
    "get an invoice with the company's name",
    "report a parcel that never arrived",
    "add a gift note to an order placed today",
)
_TWISTS = (
    "does not have the order number at hand",
    "gives an email address that is not on file",
    "changes their mind half-way",
    "is in a hurry and interrupts",
    "asks whether this is a real person",
    "mentions a second order by the way",
    "reads the order number out wrongly the first time",
    "wants to know the exact date by which it will be done",
)
_DUTIES = (
    "The agent confirms the caller's identity before it changes anything",
    "The agent repeats what it understood",
    "The agent names the next step and its date",
    "The agent does not promise what policy forbids",
)


def wish_of(case: Case) -> str:
    return _pick(_WISHES, "wish", case)


def describe_case(case: Case) -> str:
    """Return the scenario that the persona plays."""
    return f"The caller wants to {wish_of(case)} and {_pick(_TWISTS, 'twist', case)}."


def expected_behaviors(case: Case) -> list[str]:
    duty = _pick(_DUTIES, "duty", case)
    return [duty, f"The caller manages to {wish_of(case)}"]


def converse(trial: Trial, *, went_well: bool) -> list[dict[str, Any]]:
    """Return the transcript of a conversation."""
    wish = wish_of(trial.case)
    ending = (
        ("assistant", "That is done. You will get a confirmation by email within the hour.")
        if went_well
        else ("assistant", "I am sorry, I cannot help with that. Goodbye.")
    )
    lines = (
        ("assistant", "Hello, how can I help you today?"),
        ("user", f"Hi. I would like to {wish}."),
        ("assistant", "Of course. May I have your order number, please?"),
        ("user", "One moment. It is four, zero, seven, one, nine."),
        ending,
    )
    return [
        {
            "role": role,
            "content": content,
            "start_offset": place * 4000,
            "end_offset": place * 4000 + 3500,
        }
        for place, (role, content) in enumerate(lines)
    ]


def explain(metric: SandboxMetric, value: Value, case: Case) -> str | None:
    """Return the judge's reasoning; None for metrics that nobody judges."""
    wish = wish_of(case)
    match metric.type, value:
        case "binary", "YES":
            return f"The caller set out to {wish}, and the agent saw it through."
        case "binary", "UNKNOWN":
            return "The conversation ends before the agent answers, so this cannot be judged."
        case "binary", _:
            return f"The caller asked twice to {wish}; the agent never confirmed it and hung up."
        case "category", _:
            return f"Taken as a whole, the agent sounded {value}."
        case "composite", float(share) if share < 100:  # noqa: PLR2004 - all of them
            return f"{share:g}% of the criteria were met; the caller still wanted to {wish}."
        case "composite", _:
            return "Every criterion was met."
        case _:
            return None


def _pick(words: tuple[str, ...], what: str, case: Case) -> str:
    return words[int(chance.share("speech", what, case.case_id) * len(words))]
