"""Which agents meet which personas on which test sets."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from campaignd.core.campaign.part import Part, either_word, form_of
from campaignd.core.scalars import Name, Whole

Iterations = Annotated[int, Whole(1, 50)]
Concurrency = Annotated[int, Whole(1, 100)]


_Names = Annotated[tuple[Name, ...], Tag("@form")]
Selection = Annotated[
    Annotated[Literal["all"], either_word("all"), Tag("@word")] | _Names,
    Discriminator(form_of),
]
MutationSelection = Annotated[
    Annotated[Literal["all", "none"], either_word("all", "none"), Tag("@word")] | _Names,
    Discriminator(form_of),
]


class Include(Part):
    """Cells to run: every combination of what it names."""

    agents: Selection = Field("all", description="Names of agents; default all with a Coval id.")
    personas: Selection = Field("all", description="Names of personas; default all.")
    test_sets: Selection = Field("all", description="Names of test sets; default all.")
    mutations: MutationSelection | None = Field(
        None,
        description="Names of mutation lists, all or none; default: each agent's own lists.",
    )
    iterations: Iterations | None = Field(
        None, description="Tries of each test case here; default: that of options."
    )
    concurrency: Concurrency | None = Field(
        None, description="Simulations in parallel within a run; default: that of options."
    )


class Exclude(Part):
    """Combinations to leave out; what it does not name, it leaves out for all."""

    agents: Selection = Field("all", description="Names of agents; default any.")
    personas: Selection = Field("all", description="Names of personas; default any.")
    test_sets: Selection = Field("all", description="Names of test sets; default any.")


class Matrix(Part):
    """Entries that add cells, and entries that take some away."""

    include: tuple[Include, ...] = Field(
        (Include(),), description="Which combinations to run; default all."
    )
    exclude: tuple[Exclude, ...] = Field((), description="Which of them to leave out.")
