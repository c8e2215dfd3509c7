"""What all gates have in common: their words, and what they promise to whoever judges them."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from campaignd.core.gates.declared import Declared
from campaignd.core.gates.schema import spell_kinds
from campaignd.core.mistakes import Mistake
from campaignd.core.scalars import Line, shown

if TYPE_CHECKING:  # judging needs numpy, and reading a campaign does not
    from campaignd.core.gates.data import Data
    from campaignd.core.report import GateReport

T = TypeVar("T")


def parse_yes_no(value: object) -> bool:
    """Read `true` or `false`."""
    answers = {"true": True, "false": False}
    answer = value if isinstance(value, bool) else answers.get(str(value).lower())
    if answer is None:
        raise ValueError(f"{shown(value)} is neither true nor false")
    return answer


YesNo = Annotated[
    bool,
    BeforeValidator(parse_yes_no),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": ["true", "false"]}]}),
]


class GateModel(BaseModel):
    """A gate. `kind` is the word it was found by; what stands at that word is its `subject`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kinds: ClassVar[tuple[str, ...]] = ()
    """The words that stand for this class; `registry.gate_kind` fills it."""

    subject: ClassVar[str] = "metric"
    """The field that takes what stands at the kind's word."""

    example: ClassVar[dict[str, Any]]
    """A gate of this class as it stands in a file, for editors."""

    kind: str
    name: Line | None = Field(
        default=None, description="Shown in reports; the gate's own words without it."
    )
    blocks: YesNo = Field(
        default=True, description="false shows the gate, failed or not, and does not count it."
    )

    @property
    def title(self) -> str:
        """The name, or the gate's own words: they tell it apart from every other gate."""
        return self.name or self.words

    @property
    @abstractmethod
    def words(self) -> str:
        """The gate in one line, all that makes a difference included."""

    @abstractmethod
    def check(self, declared: Declared) -> Iterator[Mistake]:
        """Find what does not fit the rest of the campaign; paths begin at the gate."""

    @abstractmethod
    def judge(self, data: "Data") -> "tuple[GateReport, ...]":
        """Judge it on what was measured: one result, or one per group of a split gate."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        spell_kinds(schema, cls.kinds, cls.subject)
        schema["examples"] = [cls.example]
        return reference


@dataclass(frozen=True, slots=True)
class Bar:
    """A threshold: `text` is the number as somebody would write it."""

    side: Literal["at_least", "at_most"]
    number: float
    text: str

    def __str__(self) -> str:
        return f"{self.side.replace('_', ' ')} {self.text}"

    def holds(self, number: float, slack: float = 0.0) -> bool:
        """Whether a number keeps to it; `slack` forgives what adding floats up may cost."""
        if self.side == "at_least":
            return number >= self.number - slack
        return number <= self.number + slack


class Thresholded(GateModel, Generic[T]):
    """A gate with one threshold: `at_least` or `at_most`."""

    at_least: T | None = Field(default=None, description="Keeps the promise from here on.")
    at_most: T | None = Field(default=None, description="Keeps the promise up to here.")

    @model_validator(mode="after")
    def _has_one_threshold(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            found = "none" if self.at_least is None else "both"
            raise ValueError(f"{self.kind} takes one of at_least and at_most; found {found}")
        return self

    @property
    def bar(self) -> Bar:
        if self.at_least is not None:
            return self._bar("at_least", self.at_least)
        return self._bar("at_most", cast("T", self.at_most))

    @abstractmethod
    def _bar(self, side: Literal["at_least", "at_most"], threshold: T) -> Bar: ...
