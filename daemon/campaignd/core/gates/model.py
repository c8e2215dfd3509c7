"""What all gates have in common: their words, and what they promise to whoever judges them."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

from campaignd.core.gates.declared import Declared
from campaignd.core.gates.options import WhenUnsure
from campaignd.core.gates.schema import spell_kinds
from campaignd.core.gates.than import Than
from campaignd.core.mistakes import Mistake
from campaignd.core.scalars import Line, shown
from campaignd.core.statistics.inference import Claim, Side

if TYPE_CHECKING:  # judging needs numpy, and reading a campaign does not
    from campaignd.core.gates.data import Data
    from campaignd.core.report import GateReport


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
    when_unsure: WhenUnsure = Field(
        default="block",
        description="An inconclusive gate: block makes the execution inconclusive, warn only "
        "shows it.",
    )

    @property
    def inner(self) -> "tuple[GateModel, ...]":
        """The gates within it."""
        return ()

    @property
    def compared_with(self) -> Than | None:
        """What it compares with, if it does."""
        return None

    @property
    def must_have_baseline(self) -> bool:
        """Whether it counts, as inconclusive, where there is no baseline yet."""
        return any(gate.must_have_baseline for gate in self.inner)

    @property
    def past_executions(self) -> int:
        """How many passed executions it looks back on."""
        return 0

    @property
    def title(self) -> str:
        """The name, or the gate's own words: they tell it apart from every other gate."""
        return self.name or self.words

    @property
    @abstractmethod
    def words(self) -> str:
        """The gate in one line, all that makes a difference included."""

    def with_defaults(self, options: Mapping[str, object]) -> Self:
        """The same gate with the options that it takes and does not set itself."""
        missing = options.keys() & type(self).model_fields.keys() - self.model_fields_set
        return self.model_copy(update={option: options[option] for option in missing})

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
class Promise:
    """What must be proven for a gate to pass, and what for it to fail."""

    passes: Claim
    fails: Claim


@dataclass(frozen=True, slots=True)
class Bar:
    """A threshold: `text` is the number as somebody would write it."""

    side: Literal["at_least", "at_most"]
    number: float
    text: str

    def __str__(self) -> str:
        return f"{self.side.replace('_', ' ')} {self.text}"

    @property
    def promise(self) -> Promise:
        """The claims that a number is on this side of it, and on the other."""
        side, other = (Side.ABOVE, Side.BELOW)
        if self.side == "at_most":
            side, other = other, side
        return Promise(Claim(side, self.number), Claim(other, self.number))

    def holds(self, number: float, slack: float = 0.0) -> bool:
        """Whether a number keeps to it; `slack` forgives what adding floats up may cost."""
        if self.side == "at_least":
            return number >= self.number - slack
        return number <= self.number + slack
