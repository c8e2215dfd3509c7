"""Measures speed and memory, each against a yardstick of the same run.

.venv/bin/python benchmarks/run.py [--quick] [--write] [SUBJECT…]
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from time import perf_counter

import structlog
from measuring import Comparison, Effort
from table import describe_machine, fill_in, line_of, write_table

SUBJECTS = ("start", "loading", "planning", "judging", "moving", "saving", "polling", "campaign")
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
FULL, QUICK = Effort(repeats=5, share=1.0), Effort(repeats=1, share=0.1)


def main() -> None:
    """Measure the subjects that were asked for, else all."""
    asked = _read_arguments()
    began = perf_counter()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    subjects = [subject for subject in SUBJECTS if subject in (asked.subjects or SUBJECTS)]
    lines = [line_of(each) for each in _measure(subjects, QUICK if asked.quick else FULL)]
    table = write_table(lines)
    print(f"{table}\n\n{describe_machine()}; {perf_counter() - began:.0f} s")
    if asked.write:
        measured = f"{describe_machine()}. {_explain(FULL)}\n\n{table}"
        PAGE.write_text(fill_in(PAGE.read_text("utf-8"), measured), "utf-8")


def _read_arguments() -> Namespace:
    parser = ArgumentParser(description="Measure speed and memory against yardsticks.")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes, once")
    parser.add_argument("--write", action="store_true", help=f"into docs/{PAGE.name}")
    asked = parser.parse_args()
    if strangers := set(asked.subjects) - set(SUBJECTS):
        parser.error(f"{', '.join(strangers)}: not among {', '.join(SUBJECTS)}")
    if asked.write and (asked.quick or asked.subjects):
        parser.error("--write takes the whole table: leave out --quick and the subjects")
    return asked


def _measure(subjects: Sequence[str], effort: Effort) -> Iterator[Comparison]:
    for subject in subjects:
        yield from import_module(subject).measure(effort)


def _explain(effort: Effort) -> str:
    return (
        f"Medians of {effort.repeats} rounds after one to warm up, smallest and largest in "
        "brackets; ratios are medians of the rounds' own ratios."
    )


if __name__ == "__main__":
    main()
