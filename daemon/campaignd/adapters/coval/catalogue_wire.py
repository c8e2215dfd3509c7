"""What campaigns refer to, as Coval writes it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from campaignd.adapters.coval.pages import WirePage
from campaignd.adapters.http.wire import Lenient, Text, UtcTime, WireDocument
from campaignd.adapters.http.wording import one_line, shorten
from campaignd.core.coval import MetricResource, Resource, TargetCondition

_LONGEST_TITLE = 200
_DELETED = "DELETED"
_RANGES = frozenset({"bt", "nbt"})
_Finite = Annotated[float, Field(allow_inf_nan=False)]


class VersionItem(WireDocument):
    version_number: int


class ResourceItem(WireDocument):
    """The fields that agents, personas, test sets and mutations share."""

    id: Text
    display_name: Lenient[Text] = None
    description: Lenient[str] = None
    status: Lenient[str] = None
    update_time: Lenient[UtcTime] = None
    current_version: Lenient[VersionItem] = None

    def resource(self) -> Resource:
        return Resource(
            id=self.id,
            name=self._name() or self.id,
            description=self.description or "",
            update_time=self.update_time,
            version=self._version(),
            deleted=self.status == _DELETED,
            cases=self._cases(),
        )

    def _name(self) -> str | None:
        return self.display_name

    def _cases(self) -> int | None:
        return None

    def _version(self) -> str | None:
        version = self.current_version
        return None if version is None else str(version.version_number)


class AgentItem(ResourceItem):
    customer_agent_id: Lenient[Text] = None
    metric_ids: Lenient[tuple[Text, ...]] = None

    def resource(self) -> Resource:
        return replace(super().resource(), metric_ids=self.metric_ids or ())

    def _name(self) -> str | None:
        return self.display_name or self.customer_agent_id


class PersonaItem(ResourceItem):
    name: Lenient[Text] = None

    def _name(self) -> str | None:
        return self.name


class SetItem(ResourceItem):
    slug: Lenient[Text] = None
    test_case_count: Lenient[int] = None

    def _name(self) -> str | None:
        return self.display_name or self.slug

    def _cases(self) -> int | None:
        return self.test_case_count


class CaseItem(ResourceItem):
    test_set_id: Lenient[Text] = None
    input_str: Lenient[str] = None

    def _name(self) -> str | None:
        return shorten(one_line(self.input_str or ""), _LONGEST_TITLE)


class TargetItem(WireDocument):
    """A metric's own target, and the organization's threshold: either fills its own fields."""

    comparison_operator: Text | None = None
    target_float: _Finite | None = None
    target_float_lower: _Finite | None = None
    target_float_upper: _Finite | None = None
    target_values: tuple[str, ...] | None = None

    def target(self) -> TargetCondition | None:
        """None where no operator is set: Coval answers so when there is no threshold."""
        if self.comparison_operator is None:
            return None
        operator = self.comparison_operator
        texts = self.target_values or ()
        if operator in _RANGES and self.target_float is None:
            lower, upper = self.target_float_lower, self.target_float_upper
            return TargetCondition(operator, lower, upper, texts)
        number = self.target_float if self.target_float is not None else self.target_float_upper
        return TargetCondition(operator, number, texts=texts)


class MetricItem(WireDocument):
    id: Text
    metric_name: Lenient[Text] = None
    metric_type: Lenient[Text] = None
    description: Lenient[str] = None
    unit: Lenient[Text] = None
    min_value: Lenient[_Finite] = None
    max_value: Lenient[_Finite] = None
    categories: Lenient[tuple[str, ...]] = None
    target_condition: Lenient[TargetItem] = None
    update_time: Lenient[UtcTime] = None
    current_version: Lenient[VersionItem] = None

    def metric(self) -> MetricResource:
        version = self.current_version
        return MetricResource(
            id=self.id,
            name=self.metric_name or self.id,
            metric_type=self.metric_type or "",
            description=self.description or "",
            unit=self.unit,
            minimum=self.min_value,
            maximum=self.max_value,
            categories=self.categories or (),
            target=None if self.target_condition is None else self.target_condition.target(),
            version=None if version is None else str(version.version_number),
            update_time=self.update_time,
        )


class AgentAnswer(WireDocument):
    agent: AgentItem


class PersonaAnswer(WireDocument):
    persona: PersonaItem


class SetAnswer(WireDocument):
    test_set: SetItem


class MutationAnswer(WireDocument):
    mutation: ResourceItem


class MetricAnswer(WireDocument):
    metric: MetricItem


class ThresholdAnswer(WireDocument):
    threshold: TargetItem | None = None


class ResourcePage(WirePage):
    items: Sequence[ResourceItem]


class AgentPage(ResourcePage):
    items: Sequence[AgentItem] = Field(alias="agents")


class PersonaPage(ResourcePage):
    items: Sequence[PersonaItem] = Field(alias="personas")


class SetPage(ResourcePage):
    items: Sequence[SetItem] = Field(alias="test_sets")


class MutationPage(ResourcePage):
    items: Sequence[ResourceItem] = Field(alias="mutations")


class CasePage(WirePage):
    items: Sequence[CaseItem] = Field(alias="test_cases")


class MetricPage(WirePage):
    items: Sequence[MetricItem] = Field(alias="metrics")
