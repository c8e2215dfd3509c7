import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from tests.core.statistics.exact import clopper_pearson

from campaignd.core.statistics.inference import Claim, Side
from campaignd.core.statistics.share_power import (
    all_passing_size,
    chance_observed_above,
    chance_observed_below,
    chance_proven,
    detectable_share,
    effective_items,
    power_each,
    proving_count,
)


@pytest.mark.parametrize(("bar", "size"), [(0.9, 29), (0.95, 59), (0.99, 299)])
def test_an_all_passing_gate_needs_this_many_items(bar: float, size: int) -> None:
    claim = Claim(Side.ABOVE, bar)

    assert all_passing_size(bar) == size
    assert proving_count(size, claim) == size
    assert proving_count(size - 1, claim) is None


def test_an_observed_gate_of_twenty_cases_is_red_one_night_in_five() -> None:
    assert chance_observed_below(20, 0.9, 0.92) == pytest.approx(0.212, abs=5e-4)


@given(st.integers(1, 60), st.integers(0, 100), st.integers(0, 100))
def test_an_observed_gate_counts_what_is_beyond_its_bar(n: int, bar: int, truth: int) -> None:
    below = sum(binom.pmf(k, n, truth / 100) for k in range(n + 1) if 100 * k < bar * n)
    above = sum(binom.pmf(k, n, truth / 100) for k in range(n + 1) if 100 * k > bar * n)

    assert chance_observed_below(n, bar / 100, truth / 100) == pytest.approx(below, abs=1e-9)
    assert chance_observed_above(n, bar / 100, truth / 100) == pytest.approx(above, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 50), st.integers(1, 99), st.integers(0, 100))
def test_the_chance_of_a_proof_is_that_of_the_outcomes_that_prove(
    n: int, bar: int, truth: int
) -> None:
    above, below = (Claim(side, bar / 100) for side in (Side.ABOVE, Side.BELOW))
    bounds = [clopper_pearson(k, n) for k in range(n + 1)]
    chances = [binom.pmf(k, n, truth / 100) for k in range(n + 1)]
    proofs = [
        sum(c for c, b in zip(chances, bounds, strict=True) if (b.lower or 0) >= bar / 100),
        sum(c for c, b in zip(chances, bounds, strict=True) if (b.upper or 0) <= bar / 100),
    ]

    assert chance_proven(n, above, truth / 100) == pytest.approx(proofs[0], abs=1e-9)
    assert chance_proven(n, below, truth / 100) == pytest.approx(proofs[1], abs=1e-9)


@pytest.mark.parametrize("side", list(Side))
def test_at_the_detectable_share_the_power_is_80_percent(side: Side) -> None:
    claim = Claim(side, 0.8)
    truth = detectable_share(60, claim)
    assert truth is not None

    assert chance_proven(60, claim, truth) == pytest.approx(0.8)
    assert (truth > 0.8) == (side is Side.ABOVE)


def test_where_nothing_proves_the_claim_no_share_is_detectable() -> None:
    assert detectable_share(20, Claim(Side.ABOVE, 0.9)) is None
    assert chance_proven(20, Claim(Side.ABOVE, 0.9), 1.0) == 0
    assert detectable_share(2, Claim(Side.BELOW, 0.2)) is None


def test_what_every_outcome_proves_is_proven() -> None:
    assert chance_proven(5, Claim(Side.ABOVE, -0.1), 0.0) == 1


@pytest.mark.parametrize(
    ("likeness", "items"),
    [pytest.param(0.0, 60, id="unlike"), pytest.param(1.0, 20, id="alike"), pytest.param(0.5, 30)],
)
def test_iterations_are_worth_less_the_more_they_agree(likeness: float, items: int) -> None:
    # Kish's design effect 1 + (m - 1) rho.
    assert effective_items(20, 3, likeness) == items


def test_all_of_a_family_have_the_power_together() -> None:
    assert power_each(1) == 0.8
    assert power_each(5) ** 5 == pytest.approx(0.8)
