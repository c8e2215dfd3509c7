"""Which results of two sets of data belong together: of the same test case in the same cell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from campaignd.core.frame import ABSENT, Arm, Unit
from campaignd.core.gates.sample import Sample
from campaignd.core.gates.than import BASE_AGENT, Than
from campaignd.core.statistics.shares import Cases

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Slot = tuple[str | None, ...]
_NOWHERE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Means of the test cases that both sides have, in the same order (shape: cases)."""

    base: Cases
    new: Cases
    cases: IntArray

    @property
    def differences(self) -> FloatArray:
        return self.new.means - self.base.means


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Values of one side, each with the place (test case in a cell) that it belongs to.

    `places` are -1 where the other side has nothing there. `rows` index into the rows of the
    group: a base result may stand beside several mutations. `cases` number the test cases.
    """

    values: FloatArray
    places: IntArray
    rows: IntArray
    cases: IntArray

    @property
    def missing(self) -> int:
        """How many values are missing in places that the other side has, too."""
        return int(np.count_nonzero(np.isnan(self.values) & (self.places != _NOWHERE)))

    def filled(self, value: float | None) -> FloatArray:
        """The values, with missing ones taken to be this one."""
        return self.values if value is None else np.where(np.isnan(self.values), value, self.values)


@dataclass(frozen=True, eq=False)
class Pairing:
    """Both sides laid out by places; `cases` names the test case of each place.

    `unknown` counts missing results of which nobody knows the test case. `lacking` are test cases
    that only one side has: only the new one, and only the base.
    """

    base: Side
    new: Side
    cases: IntArray
    unknown: int
    lacking: tuple[int, int]

    def matched(self, base: float | None = None, new: float | None = None) -> Matched:
        """The means by test case; missing results are left out, or taken to be these values."""
        ours, counted_new = self._means(self.new.places, self.new.filled(new))
        theirs, counted_base = self._means(self.base.places, self.base.filled(base))
        both = (counted_new > 0) & (counted_base > 0)
        cases, of_place = np.unique(self.cases[both], return_inverse=True)
        places = np.bincount(of_place, minlength=len(cases))
        return Matched(
            base=Cases(
                np.bincount(of_place, weights=theirs[both], minlength=len(cases)) / places,
                self._items(self.base, base, both),
            ),
            new=Cases(
                np.bincount(of_place, weights=ours[both], minlength=len(cases)) / places,
                self._items(self.new, new, both),
            ),
            cases=cases,
        )

    @cached_property
    def there(self) -> Matched:
        """What is matched by the results that are there."""
        return self.matched()

    def singles(self, base: float | None = None, new: float | None = None) -> tuple[Cases, Cases]:
        """The matched test cases' results one by one, for claims about these very simulations."""
        matched = self.matched(base, new)
        known = np.isin(self.cases, matched.cases)
        sides = ((self.base, base), (self.new, new))
        values = [_single_values(side, fill, known) for side, fill in sides]
        return Cases(values[0], len(values[0])), Cases(values[1], len(values[1]))

    @property
    def spread_of_tries(self) -> tuple[float | None, float]:
        """How single tries of a test case vary, on both sides together, and how many each has."""
        squares, free, tries = 0.0, 0, []
        for side in (self.base, self.new):
            means, counts = self._means(side.places, side.values)
            used = (side.places != _NOWHERE) & ~np.isnan(side.values)
            squares += float(np.square(side.values[used] - means[side.places[used]]).sum())
            free += int(np.maximum(counts - 1, 0).sum())
            tries.append(float(counts[counts > 0].mean()) if counts.any() else 0.0)
        return (float(np.sqrt(squares / free)) if free else None), min(tries)

    def _means(self, places: IntArray, values: FloatArray) -> tuple[FloatArray, IntArray]:
        there = ~np.isnan(values) & (places != _NOWHERE)
        counts = np.bincount(places[there], minlength=len(self.cases))
        sums = np.bincount(places[there], weights=values[there], minlength=len(self.cases))
        means = np.full(len(self.cases), np.nan)
        np.divide(sums, counts, out=means, where=counts > 0)
        return means, counts

    def _items(self, side: Side, fill: float | None, both: NDArray[np.bool_]) -> int:
        return len(_single_values(side, fill, both))


def _single_values(side: Side, fill: float | None, known: NDArray[np.bool_]) -> FloatArray:
    """The values in known places, each row once."""
    values = side.filled(fill)
    used = (side.places != _NOWHERE) & ~np.isnan(values)
    used[used] = known[side.places[used]]
    _, first = np.unique(side.rows[used], return_index=True)
    single: FloatArray = values[used][first]
    return single


def pair(than: Than, new: "Group", base: "Group", samples: tuple[Sample, Sample]) -> Pairing:
    """Lay out the values of both sides (base first) by test case and cell."""
    slots = _slots(than, new)
    rows_new, slots_new = _lay_out(new, slots.of_new)
    rows_base, slots_base = _lay_out(base, slots.of_base)
    cases_new, cases_base, count = _number_cases(new, base)
    cases_new, cases_base = cases_new[rows_new], cases_base[rows_base]
    codes_new, codes_base = slots_new * count + cases_new, slots_base * count + cases_base
    common = np.intersect1d(codes_new, codes_base)
    theirs = Side(samples[0].values[rows_base], _places(codes_base, common), rows_base, cases_base)
    ours = Side(samples[1].values[rows_new], _places(codes_new, common), rows_new, cases_new)
    cases = common % count if count else common
    return Pairing(
        base=theirs,
        new=ours,
        cases=cases,
        unknown=_unknown(new, samples[1], base) + _unknown(base, samples[0], new),
        lacking=(_not_among(cases_new, cases), _not_among(cases_base, cases)),
    )


@dataclass(frozen=True, slots=True)
class _Slots:
    """Where arms stand: a slot for each variant of a cell, and the same one for its base."""

    than: Than
    numbers: Mapping[Slot, int]
    by_key: Mapping[Slot, Sequence[int]]

    def of_new(self, arm: Arm) -> Sequence[int]:
        return (self.numbers[(*_key(self.than, arm), arm.variant)],)

    def of_base(self, arm: Arm) -> Sequence[int]:
        return self.by_key.get(_key(self.than, arm), ())


def _slots(than: Than, new: "Group") -> _Slots:
    arms = (new.frame.arms[number] for number in new.arms)
    found = dict.fromkeys((*_key(than, arm), arm.variant) for arm in arms)
    numbers = {slot: number for number, slot in enumerate(found)}
    by_key: dict[Slot, list[int]] = {}
    for slot, number in numbers.items():
        by_key.setdefault(slot[:-1], []).append(number)
    return _Slots(than, numbers, by_key)


def _key(than: Than, arm: Arm) -> Slot:
    """What two arms that are compared have in common; chunks of a cell may differ over time."""
    if than == BASE_AGENT:
        return (arm.cell,)
    return (arm.agent, arm.persona, arm.test_set, arm.variant)


def _lay_out(group: "Group", slots_of: Callable[[Arm], Sequence[int]]) -> tuple[IntArray, IntArray]:
    """The rows of a group and the slot of each, one after the other for each slot of an arm."""
    sizes = np.diff(group.frame.starts)[list(group.arms)].tolist() if group.arms else []
    rows: list[IntArray] = [np.empty(0, dtype=np.int64)]
    slots: list[IntArray] = [np.empty(0, dtype=np.int64)]
    begin = 0
    for arm, size in zip(group.arms, sizes, strict=True):
        for slot in slots_of(group.frame.arms[arm]):
            rows.append(np.arange(begin, begin + size))
            slots.append(np.full(size, slot, dtype=np.int64))
        begin += size
    return np.concatenate(rows), np.concatenate(slots)


def _number_cases(new: "Group", base: "Group") -> tuple[IntArray, IntArray, int]:
    """The number of each row's test case, the same on both sides, and how many numbers there are.

    Within one execution they are the frame's own. Test cases of unknown ids are never the same.
    """
    if new.frame is base.frame:
        return new.units, base.units, len(new.frame.unit_names)
    numbers: dict[Unit | tuple[str, int], int] = {}
    sides = [_numbered(group, side, numbers) for side, group in (("new", new), ("base", base))]
    return sides[0], sides[1], len(numbers)


def _numbered(group: "Group", side: str, numbers: dict[Unit | tuple[str, int], int]) -> IntArray:
    units, of_row = np.unique(group.units, return_inverse=True)
    found = []
    for unit in units.tolist():
        name = group.frame.unit_names[unit]
        key = (side, unit) if name.item is None else name
        found.append(numbers.setdefault(key, len(numbers)))
    return np.array(found, dtype=np.int64)[of_row]


def _places(codes: IntArray, common: IntArray) -> IntArray:
    if not len(common):
        return np.full(len(codes), _NOWHERE)
    places = np.minimum(np.searchsorted(common, codes), len(common) - 1)
    return np.where(common[places] == codes, places, _NOWHERE)


def _unknown(group: "Group", sample: Sample, other: "Group") -> int:
    """How many missing results cannot be paired, as nobody knows of which test case they are."""
    if group.frame is other.frame:
        return 0
    missing = np.flatnonzero(~sample.is_there)
    unseen = missing[group.frame.source[group.rows[missing]] == ABSENT]
    names = group.frame.unit_names
    return sum(names[unit].item is None for unit in group.units[unseen].tolist())


def _not_among(cases: IntArray, common: IntArray) -> int:
    return len(np.setdiff1d(cases, common))
