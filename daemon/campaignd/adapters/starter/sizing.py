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
_RULED_OUT = ((10, 40), (20, 30), (40, 20), (100, 10))
"""From so many test cases on, a drop of so many points is ruled out nine times in ten."""
_IF_UNKNOWN = 20


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


def count_cases(facts: Facts) -> int | None:
    """How many test cases are compared with earlier ones; None where Coval does not say a size."""
    sizes = [sample_of(facts, each) or each.cases for each in facts.test_sets.used]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def points_to_rule_out(cases: int | None) -> int | None:
    """The drop that so many test cases can be asked about; None if they are too few for any."""
    if cases is None:
        return _IF_UNKNOWN
    return next((points for least, points in reversed(_RULED_OUT) if cases >= least), None)


def count_simulations(facts: Facts) -> int | None:
    """What one execution of the starter file costs; None where Coval does not say a size."""
    cases = count_cases(facts)
    return None if cases is None else cases * len(facts.personas.used) * count_variants(facts)


def limit_of(facts: Facts) -> int:
    """What to allow: the ordinary limit, or the hundred above what was asked for."""
    return max(_ORDINARY_LIMIT, ceil((count_simulations(facts) or 0) / 100) * 100)
