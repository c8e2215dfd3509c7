"""Facts to the text of a starter campaign. Pure: the same facts give the same text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from shlex import quote

from campaignd.adapters.http.wording import one_line
from campaignd.adapters.starter.facts import Choice, Facts
from campaignd.adapters.starter.metrics import gate_rows, metric_rows, name_metrics
from campaignd.adapters.starter.naming import Names
from campaignd.adapters.starter.picking import Listed
from campaignd.adapters.starter.sizing import (
    count_simulations,
    limit_of,
    sample_of,
)
from campaignd.adapters.starter.yaml_text import Row, describe, render, say, scalar
from campaignd.core.coval import Resource

MOST_SHOWN = 20
"""Of what is not used, so many are shown as comments."""
_LIST = "variants"
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the file goes: its path, its schema relative to it, and whether ids are a sandbox's."""

    path: str
    schema: str | None = None
    on_sandbox: bool = False

    @property
    def option(self) -> str:
        """What commands that talk to the vendors need besides the file."""
        return " --sandbox" if self.on_sandbox else ""


def compose(facts: Facts, name: str, placement: Placement) -> str:
    """Write the file of a campaign called `name`."""
    agents, metrics = Names("agent"), Names("metric")
    named = name_metrics(facts, metrics)
    parts: tuple[Iterable[Row], ...] = (
        _head(facts, placement),
        _about(name),
        _agents(facts, agents),
        _section("personas", facts.personas, Names("persona"), _persona),
        _test_sets(facts),
        _mutations(facts),
        (
            *_titled("metrics", metric_rows(named, facts)),
            *_hidden(facts.metrics.others, metrics, "metrics"),
        ),
        _costs(facts),
        _grades(facts, placement),
        _titled("gates", gate_rows(named, facts)),
    )
    blocks = ("\n".join(line.rstrip() for line in render(part)) for part in parts)
    return "\n\n".join(filter(None, blocks)) + "\n"


def _head(facts: Facts, placement: Placement) -> Iterator[Row]:
    file = quote(placement.path)
    if placement.schema is not None:
        yield Row(f"# yaml-language-server: $schema={placement.schema}")
        yield Row("#")
    yield _comment(f"A first campaign for {say(facts.agent.name)}, written by `campaignd init`.")
    yield _comment("Names on the left are yours to change; ids on the right are the vendors'.")
    yield _comment("What is commented out is there too: remove the '# ' in front to use it.")
    yield Row("#")
    yield _comment(f"campaignd validate {file}", _INDENT)
    yield _comment(f"campaignd plan {file}{placement.option}", _INDENT)
    yield _comment(f"campaignd run {file}{placement.option}", _INDENT)
    if placement.schema is None:
        yield Row("#")
        yield _comment("For completion in your editor: campaignd schema > campaign.schema.json,")
        yield _comment("beside this file, and as its first line:")
        yield _comment("yaml-language-server: $schema=campaign.schema.json", _INDENT)
    for note in facts.notes:
        yield Row("#")
        yield _comment(note)


def _comment(words: str, indent: str = "") -> Row:
    return Row(f"# {indent}{one_line(words)}")


def _about(name: str) -> Iterator[Row]:
    yield Row("version: 1")
    yield Row(f"name: {scalar(name)}", "its history hangs on the name")


def _agents(facts: Facts, names: Names) -> Iterator[Row]:
    yield Row("agents:")
    yield Row(f"  {scalar(names.take(facts.agent.name))}:")
    yield Row(f"    coval: {facts.agent.id}", describe(facts.agent.name, facts.agent.description))
    if facts.mutations.used:
        yield Row(f"    mutations: [{_LIST}]", "each runs beside the agent, on the same test cases")
    for agent in facts.cotool.used:
        yield Row(f"    cotool: {agent.id}", f"{agent.name}, of the same name on Cotool")
    for agent in facts.cotool.others[:MOST_SHOWN] if not facts.cotool.used else ():
        yield Row(f"    cotool: {agent.id}", f"{agent.name}, on Cotool", hidden=True)
    for other in facts.agents.others[:MOST_SHOWN]:
        text = f"  {scalar(names.take(other.name))}: {{coval: {other.id}}}"
        yield Row(text, describe(other.name, other.description), hidden=True)
    yield from _more(facts.agents.others, "agents")


def _persona(persona: Resource) -> Row:
    return Row(persona.id, describe(persona.name, persona.description))


def _test_sets(facts: Facts) -> Iterator[Row]:
    def written(test_set: Resource) -> Row:
        sample = sample_of(facts, test_set) if test_set in facts.test_sets.used else None
        if sample is None:
            return Row(test_set.id, f"{test_set.name}: {_cases(test_set)}")
        return Row(
            f"{{id: {test_set.id}, sample: {{size: {sample}}}}}",
            f"{test_set.name}: {sample} of its {_cases(test_set)}, always the same ones",
        )

    return _section("test_sets", facts.test_sets, Names("test-set"), written)


def _cases(test_set: Resource) -> str:
    if test_set.cases is None:
        return "size not known"
    return "1 test case" if test_set.cases == 1 else f"{test_set.cases} test cases"


def _mutations(facts: Facts) -> Iterator[Row]:
    if not facts.mutations.used:
        return
    names = Names("mutation")
    yield Row("mutations:")
    yield Row(f"  {_LIST}:", "a list; agents name the lists that they run with")
    for mutation in facts.mutations.used:
        yield Row(
            f"    {scalar(names.take(mutation.name))}: {mutation.id}",
            describe(mutation.name, mutation.description),
        )
    for mutation in facts.mutations.others[:MOST_SHOWN]:
        text = f"    {scalar(names.take(mutation.name))}: {mutation.id}"
        yield Row(text, describe(mutation.name, mutation.description), hidden=True)
    yield from _more(facts.mutations.others, "mutations")


def _section(
    key: str, choice: Choice[Resource], names: Names, write: Callable[[Resource], Row]
) -> Iterator[Row]:
    yield Row(f"{key}:")
    for resource in choice.used:
        row = write(resource)
        yield Row(f"  {scalar(names.take(resource.name))}: {row.text}", row.remark)
    for resource in choice.others[:MOST_SHOWN]:
        row = write(resource)
        yield Row(f"  {scalar(names.take(resource.name))}: {row.text}", row.remark, hidden=True)
    yield from _more(choice.others, key.replace("_", " "))


def _hidden(others: Sequence[Listed], names: Names, what: str) -> Iterator[Row]:
    for item in others[:MOST_SHOWN]:
        yield Row(f"  {scalar(names.take(item.name))}: {item.id}", item.name, hidden=True)
    yield from _more(others, what)


def _titled(key: str, rows: Iterable[Row]) -> Iterator[Row]:
    listed = list(rows)
    if listed:
        yield Row(f"{key}:")
        yield from listed


def _more(others: Sequence[object], what: str) -> Iterator[Row]:
    more = len(others) - MOST_SHOWN
    if more > 0:
        yield Row(f"  # … and {more} more {what}")


def _costs(facts: Facts) -> Iterator[Row]:
    mutations = len(facts.mutations.used)
    variants = [f"(1 agent + {_number(mutations, 'mutation')})"] if mutations else []
    factors = [_number(len(facts.personas.used), "persona"), _sizes(facts), *variants]
    total = count_simulations(facts)
    size = "" if total is None else f" = {_number(total, 'simulation')}"
    yield _comment(f"A run: {' x '.join([*factors, '1 iteration'])}{size}.")
    yield Row("options:")
    yield Row("  iterations: 1", "tries of each test case, up to 50")
    yield Row("limits:")
    yield Row(f"  simulations: {limit_of(facts)}", "more is refused before anything is launched")


def _grades(facts: Facts, placement: Placement) -> Iterator[Row]:
    if not facts.cotool.used:
        return
    yield Row("cotool:")
    tail = "5s" if placement.on_sandbox else "2m"
    yield Row(
        f"  tail: {tail}", "Cotool's runs count from the first launch to so long after the end"
    )
    yield Row("  grading_deadline: 15m", "how long to wait for their grades")


def _sizes(facts: Facts) -> str:
    sizes = [sample_of(facts, each) or each.cases for each in facts.test_sets.used]
    known = [size for size in sizes if size is not None]
    return _number(sum(known), "test case") if len(known) == len(sizes) else "the test cases"


def _number(count: int, thing: str) -> str:
    return f"1 {thing}" if count == 1 else f"{count} {thing}s"
