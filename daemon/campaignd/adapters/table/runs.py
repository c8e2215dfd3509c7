"""The rows of Cotool's runs, gathered one by one, and the evidence they make."""

from campaignd.adapters.table.cells import moment
from campaignd.adapters.table.columns import COMPLETED, MET, NONE
from campaignd.core.cotool import AgentRun, AgentRunStatus, Criterion, CriticalIssue
from campaignd.core.coval import Value
from campaignd.core.evidence import ScoreEvidence


class RunRows:
    """One run; `number` is its place among all runs of the table."""

    def __init__(self, agent: str, run_id: str, number: int, status: str) -> None:
        self.agent, self.run_id, self.number, self.status = agent, run_id, number, status
        self._score: float | None = None
        self._is_score_asked = False
        self._criteria: dict[int, Criterion] | None = None
        self._issue: CriticalIssue | None = None
        self._is_issue_told = False
        self._taken: set[tuple[str, int]] = set()

    def has(self, metric: str, number: int) -> bool:
        """Whether this was said before."""
        return (metric, number) in self._taken

    def take(self, metric: str, kind: str, number: int, value: Value) -> None:
        """Take what one row says; the value is of the metric's kind."""
        self._taken.add((metric, number))
        self._is_score_asked = self._is_score_asked or kind == "score"
        if isinstance(value, float):
            self._score = value
        elif isinstance(value, str) and kind == "criteria":
            self._take_criterion(number, value)
        elif isinstance(value, str):
            self._is_issue_told = True
            self._issue = None if value == NONE else CriticalIssue(value)

    def next_number(self, metric: str) -> int:
        """Number criteria that bear no iteration in the order they stand."""
        return sum(taken == metric for taken, _ in self._taken) + 1

    def evidence(self) -> ScoreEvidence:
        criteria = self._criteria
        run = AgentRun(
            run_id=self.run_id,
            agent_id="",
            agent_name=self.agent,
            title=self.run_id,
            created_at=moment(self.number),
            updated_at=moment(self.number),
            status=_status(self.status),
            score=self._score if self._is_score_asked else self._unasked_score,
            criteria=None if criteria is None else tuple(criteria[n] for n in sorted(criteria)),
            critical_issue=self._issue,
            delivers_critical_issues=self._is_issue_told,
        )
        return ScoreEvidence(self.agent, run)

    @property
    def _unasked_score(self) -> float | None:
        """Of a campaign without scores: what was said of a run was said by its grader."""
        is_graded = self._is_issue_told or self._criteria is not None
        return 0.0 if is_graded else None

    def _take_criterion(self, number: int, value: str) -> None:
        self._criteria = self._criteria or {}
        if value != NONE:
            word, _, text = value.partition(": ")
            self._criteria[number] = Criterion(text, met=f"{word}: " == MET)


def _status(status: str) -> AgentRunStatus:
    return AgentRunStatus.DONE if status == COMPLETED else AgentRunStatus.ERROR
