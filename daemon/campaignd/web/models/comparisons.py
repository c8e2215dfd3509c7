"""Two executions side by side."""

from campaignd.web.models.answer import Answer


class CaseChange(Answer):
    """A test case whose value differs; `worse` is null where nobody said which way is better."""

    test_set: str
    test_case: str
    title: str | None
    base: float
    new: float
    worse: bool | None


class Compared(Answer):
    """One metric of one agent and variant; `lower` and `upper` hold together at 95%."""

    metric: str
    agent: str
    variant: str | None
    is_share: bool
    unit: str | None
    base: float
    new: float
    difference: float
    lower: float | None
    upper: float | None
    matched: int
    verdict: str
    method: str
    changes: tuple[CaseChange, ...]


class Comparison(Answer):
    base: str
    new: str
    notes: tuple[str, ...]
    results: tuple[Compared, ...]
