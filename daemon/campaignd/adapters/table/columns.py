"""The words of the table that `export` writes and `gate try` and `--baseline` read.

One row per simulation and metric, one per Cotool run (and criterion). Where these cannot say it,
rows of a cell alone (without variant and test case) do: `runs` has one row per launch, in order,
and a metric of which Coval gave no more than mean, minimum and maximum has them as a JSON object.

A further chunk of a cell's mutations is told apart as in the cell's key: test set `smoke#2`. What
was planned and never seen has no test case, and counts its iterations downwards.
"""

from collections.abc import Mapping

from campaignd.core.metrics import Metric

EXECUTION = "execution"
ITERATION = "iteration"
COLUMNS = (
    EXECUTION,
    "agent",
    "persona",
    "test_set",
    "variant",
    "test_case",
    ITERATION,
    "status",
    "metric",
    "value",
)
OPTIONAL = frozenset({EXECUTION, ITERATION})
COMPLETED, FAILED, LOST = "COMPLETED", "FAILED", "LOST"
STATUSES = (COMPLETED, FAILED, LOST)
"""How an item ended. A launch that FAILED was paid for or tried in vain, LOST was called off."""
RUNS = "runs"
TIMED_OUT = "timed_out"
"""The value of a launch that a timeout ended."""
NONE = "none"
"""Cotool said that there is no critical issue, or no criterion: never the same as silence."""
MET, UNMET = "met: ", "unmet: "

Metrics = Mapping[str, Metric]
