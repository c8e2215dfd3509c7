"""Agent runs and agents as Cotool writes them, on servers old and new."""

from typing import Annotated, Any

from pydantic import Field, RootModel

from campaignd.adapters.http.wire import Lenient, Text, UtcTime, WireDocument
from campaignd.core.cotool import AgentRun, AgentRunStatus, CotoolAgent, Criterion, CriticalIssue

_STATUSES = frozenset(status.value for status in AgentRunStatus)


class CriterionItem(WireDocument):
    criterion: Lenient[str] = None
    met: bool
    explanation: Lenient[str] = None

    def criterion_result(self) -> Criterion:
        return Criterion(self.criterion or "", self.met, self.explanation or "")


class CriticalIssueItem(WireDocument):
    category: Lenient[Text] = None
    explanation: Lenient[str] = None

    def critical_issue(self) -> CriticalIssue:
        return CriticalIssue(self.category or "unnamed", self.explanation or "")


class AgentRunItem(WireDocument):
    id: Text
    agent_id: Text = Field(alias="agentId")
    agent_name: Lenient[str] = Field(None, alias="agentName")
    title: Lenient[str] = Field(None, alias="runTitle")
    created_at: UtcTime = Field(alias="createdAt")
    updated_at: UtcTime | None = Field(None, alias="updatedAt")
    status: str | None = None
    is_streaming: bool | None = Field(None, alias="isStreaming")
    has_error: bool | None = Field(None, alias="hasError")
    model_alias: Lenient[str] = Field(None, alias="modelAlias")
    tools: Lenient[tuple[str, ...]] = Field(None, alias="toolNames")
    trigger_source: Lenient[str] = Field(None, alias="triggerSource")
    trigger_name: Lenient[str] = Field(None, alias="triggerName")
    score: Annotated[float, Field(allow_inf_nan=False)] | None = Field(None, alias="evalScore")
    explanation: Lenient[str] = Field(None, alias="evalExplanation")
    bullets: Lenient[tuple[str, ...]] = Field(None, alias="evalBulletSummary")
    critical_issue: CriticalIssueItem | None = Field(None, alias="criticalIssue")
    criteria: tuple[CriterionItem, ...] | None = Field(None, alias="acceptanceCriteriaResults")

    def agent_run(self) -> AgentRun:
        issue = self.critical_issue
        return AgentRun(
            run_id=self.id,
            agent_id=self.agent_id,
            agent_name=self.agent_name or "",
            title=self.title or "",
            created_at=self.created_at,
            updated_at=self.updated_at or self.created_at,
            status=self._status(),
            model=self.model_alias,
            tools=self.tools or (),
            trigger_source=self.trigger_source,
            trigger_name=self.trigger_name,
            score=self.score,
            explanation=self.explanation or "",
            bullets=self.bullets or (),
            criteria=self._criteria(),
            critical_issue=None if issue is None else issue.critical_issue(),
            delivers_critical_issues="critical_issue" in self.model_fields_set,
        )

    def _criteria(self) -> tuple[Criterion, ...] | None:
        if self.criteria is None:
            return None
        return tuple(item.criterion_result() for item in self.criteria)

    def _status(self) -> AgentRunStatus:
        """The status where there is one: a waiting run may well not be streaming."""
        if self.status is not None:
            known = self.status in _STATUSES
            return AgentRunStatus(self.status) if known else AgentRunStatus.UNKNOWN
        if self.is_streaming is None:
            return AgentRunStatus.UNKNOWN
        if self.is_streaming:
            return AgentRunStatus.RUNNING
        return AgentRunStatus.ERROR if self.has_error else AgentRunStatus.DONE


class AgentRunPage(WireDocument):
    runs: list[AgentRunItem]
    total_count: int = Field(alias="totalCount")


class AgentItem(WireDocument):
    id: Text
    name: Lenient[Text] = None
    description: Lenient[str] = None
    criteria: Lenient[tuple[str, ...]] = Field(None, alias="acceptanceCriteria")
    deleted_at: Any = Field(None, alias="deletedAt")

    def agent(self) -> CotoolAgent:
        return CotoolAgent(
            id=self.id,
            name=self.name or self.id,
            description=self.description or "",
            criteria=self.criteria or (),
            deleted=self.deleted_at is not None,
        )


class AgentList(RootModel[list[AgentItem]]):
    """A bare array, without paging."""
