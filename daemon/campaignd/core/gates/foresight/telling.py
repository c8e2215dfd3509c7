"""What is said of gates before anything is launched: warnings and advice."""

from collections.abc import Iterator, Sequence

from campaignd.core.gates.foresight.forecast import GateForecast, Needs


def warn(forecasts: Sequence[GateForecast]) -> Iterator[str]:
    """One sentence for each gate that cannot pass at this size, inner ones told by the outer."""
    for gate in forecasts:
        if not gate.can_pass:
            yield f"{gate.name}: {_unable(gate)}"


def advise(gate: GateForecast) -> str:
    """What would make a gate decide 4 times in 5; empty where there is nothing to say."""
    worst = gate.worst
    if worst is None or not gate.can_pass or not worst.needs:
        return ""
    count = len(gate.groups)
    together = f" for all {count} groups together" if count > 1 else ""
    return f"{gate.name}: needs {tell_needs(worst.needs)}, to decide 4 times in 5{together}"


def tell_needs(needs: Needs) -> str:
    """Write what would be enough: `40 test cases, or 3 iterations`."""
    if needs.cases is None:
        return f"{needs.iterations} iterations of each test case"
    cases = f"{needs.cases} test cases"
    if needs.iterations is None:
        return f"{cases} (more iterations do not help)"
    return f"{cases}, or {needs.iterations} iterations"


def why_unable(gate: GateForecast) -> str:
    """What a gate lacks to decide anything, in words."""
    return next(_lacks(gate), "")


def _unable(gate: GateForecast) -> str:
    verb = "can neither pass nor fail" if gate.is_hopeless else "cannot pass"
    return f"{verb} at this size; {why_unable(gate)}"


def _lacks(gate: GateForecast) -> Iterator[str]:
    for group in gate.groups:
        if group.lacking:
            where = " ".join(f"{key} {name}" for key, name in group.scope.items())
            yield f"{where}: {group.lacking}" if where else group.lacking
    for inner in gate.gates:
        for lack in _lacks(inner):
            yield f"{inner.name}: {lack}"
