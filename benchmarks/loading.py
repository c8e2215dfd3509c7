"""Loading a large campaign file, from its text to the checked campaign."""

from collections.abc import Iterator
from functools import partial
from time import process_time

from measuring import Comparison, Effort, take_turns, timed
from ruamel.yaml import YAML

from campaignd.adapters.campaign_files import load_campaign_text

LINES = 8000
_METRICS = 20
_MUTATION_LISTS = 20


def measure(effort: Effort) -> Iterator[Comparison]:
    """Compare loading with what ruamel.yaml alone takes to compose the same text."""
    text = write_campaign(effort.of(LINES))
    theirs, ours = take_turns(
        effort.repeats,
        partial(timed, lambda: YAML(typ="safe", pure=True).compose(text), process_time),
        partial(timed, lambda: load_campaign_text(text, "large.yaml", {}), process_time),
    )
    what = f"load a campaign of {text.count(chr(10)):,} lines (CPU)"
    yield Comparison(what, ours, "ruamel.yaml's `compose` of it", theirs)


def write_campaign(lines: int) -> str:
    """Write a valid campaign of so many lines: names, a matrix, gates."""
    names = lines // 20
    written = [
        *("version: 1", "name: large", "agents:"),
        *(f"  agent{n}: {{coval: {n:022}, mutations: [list{n}]}}" for n in range(_MUTATION_LISTS)),
        *("personas:", *(_persona(n) for n in range(names))),
        *("test_sets:", *(_test_set(n) for n in range(names))),
        *("mutations:", *(_mutation_list(n, names) for n in range(_MUTATION_LISTS))),
        *("metrics:", *(_metric(n) for n in range(_METRICS))),
        *("matrix:", "  include:", *(_entry(n) for n in range(names))),
        "gates:",
    ]
    room = lines - "\n".join(written).count("\n") - 1
    gates = [_gate(n) for n in range(room // 3)]
    rest = ["# Nothing more."] * (room % 3)
    return "\n".join([*written, *gates, *rest, ""])


def _persona(n: int) -> str:
    return f"  persona{n}:\n    id: {n:022}\n    description: Speaks slowly, mishears numbers."


def _test_set(n: int) -> str:
    return f"  set{n}:\n    id: {n:08}\n    cases: 40\n    description: Refunds, part {n}."


def _mutation_list(n: int, names: int) -> str:
    mutations = (
        f"    variant{n}-{m}: 01ARZ3NDEKTSV4RRF{n:03}{m:06}" for m in range(max(1, names // 4))
    )
    return "\n".join([f"  list{n}:", *mutations])


def _metric(n: int) -> str:
    return f"  metric{n}:\n    id: {n:022}\n    pass_when: {{at_least: 3}}\n    unit: s"


def _entry(n: int) -> str:
    return (
        f"    - agents: [agent{n % _MUTATION_LISTS}]\n      personas: [persona{n}]\n"
        f"      test_sets: [set{n}]\n      iterations: {n % 50 + 1}"
    )


def _gate(n: int) -> str:
    return f"  - name: Promise {n}\n    p95: metric{n % _METRICS}\n    at_most: {n + 1}"
