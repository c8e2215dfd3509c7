"""How much of what there is a starter file uses: enough to see it work, little enough to pay."""

from collections.abc import Sequence
from math import ceil

from campaignd.adapters.starter.facts import Facts
from campaignd.core.coval import Resource

MOST_METRICS = 10
MOST_MUTATIONS = 5
_ENOUGH_SIMULATIONS = 100
_FEWEST_CASES = 10
_ORDINARY_LIMIT = 500


def by_size(test_sets: Sequence[Resource]) -> list[Resource]:
    """Order test sets by what they cost: small ones first, then unknown, then empty ones."""

    def rank(test_set: Resource) -> tuple[int, int]:
        cases = test_set.cases
        if cases is None:
            return (1, 0)
        return (0, cases) if cases > 0 else (2, 0)

    return sorted(test_sets, key=rank)


def sample_of(facts: Facts, test_set: Resource) -> int | None:
    """How many cases of a test set to run; None for all of them."""
    runs = len(facts.personas.used) * len(facts.test_sets.used) * count_variants(facts)
    room = max(_FEWEST_CASES, _ENOUGH_SIMULATIONS // runs)
    return room if test_set.cases is not None and test_set.cases > room else None


def count_variants(facts: Facts) -> int:
    """The agent itself and each mutation that is used."""
    return 1 + len(facts.mutations.used)


def count_simulations(facts: Facts) -> int | None:
    """What one execution of the starter file costs; None where Coval does not say a size."""
    cases = [sample_of(facts, test_set) or test_set.cases for test_set in facts.test_sets.used]
    known = [size for size in cases if size is not None]
    if len(known) < len(cases):
        return None
    return sum(known) * len(facts.personas.used) * count_variants(facts)


def limit_of(facts: Facts) -> int:
    """What to allow: the ordinary limit, or the hundred above what was asked for."""
    return max(_ORDINARY_LIMIT, ceil((count_simulations(facts) or 0) / 100) * 100)
