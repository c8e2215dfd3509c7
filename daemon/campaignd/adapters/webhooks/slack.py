"""The report as a Slack message: the verdict, why, and the gates that did not pass."""

from collections.abc import Iterator

from campaignd.adapters.reporters.notation import measured, plain, shorten, sized, title, word
from campaignd.adapters.reporters.selection import by_urgency, counted, is_passed
from campaignd.core.report import ExecutionReport, GateReport

GATES_SHOWN = 10
TEXT_LENGTH = 300
HEADER_LENGTH = 150
"""Slack refuses longer headers; sections may have 3000 characters, messages 50 blocks."""

_SIGNS = {
    "passed": ":white_check_mark:",
    "failed": ":x:",
    "inconclusive": ":grey_question:",
    "errored": ":warning:",
    "timed out": ":hourglass:",
    "cancelled": ":no_entry_sign:",
    "running": ":arrow_forward:",
}


def slack_message(report: ExecutionReport, event: str) -> dict[str, object]:
    """Write a message for a Slack incoming webhook."""
    headline = _headline(report, event)
    return {
        "text": _escape(headline, HEADER_LENGTH),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": headline, "emoji": True}},
            *({"type": "section", "text": _markup(text)} for text in _sections(report)),
            {"type": "context", "elements": [_markup(_facts(report))]},
        ],
    }


def _headline(report: ExecutionReport, event: str) -> str:
    verdict = word(report.verdict)
    told = {"started": "started", "changed": f"is now {verdict}"}.get(event, verdict)
    return shorten(f"{_SIGNS[verdict]} {report.campaign} {told}", HEADER_LENGTH)


def _sections(report: ExecutionReport) -> Iterator[str]:
    if report.reason:
        yield _escape(report.reason, TEXT_LENGTH)
    if report.gates:
        yield f"Gates: {counted(report.gates)}"
    troubled = [gate for gate in by_urgency(report.gates) if not is_passed(gate)]
    yield from (_gate(gate) for gate in troubled[:GATES_SHOWN])
    if (more := len(troubled) - GATES_SHOWN) > 0:
        yield f"and {sized(more, 'more gate')}"


def _gate(gate: GateReport) -> str:
    asked = f", {gate.threshold} asked" if gate.threshold else ""
    value = f"{measured(gate, gate.estimate)}{asked}"
    name, reason = _escape(title(gate), TEXT_LENGTH), _escape(gate.reason, TEXT_LENGTH)
    return f"{_SIGNS[word(gate.verdict)]} *{name}*: {_escape(value, TEXT_LENGTH)}\n{reason}"


def _facts(report: ExecutionReport) -> str:
    facts = [f"execution {report.execution}", f"triggered by {report.trigger}"]
    facts += [f"{key}={value}" for key, value in report.labels.items()]
    links = [f"<{url}|{_link_text(name)}>" for name, url in report.links.items() if _is_safe(url)]
    return ", ".join([_escape(", ".join(facts), TEXT_LENGTH), *links])


def _is_safe(url: str) -> bool:
    return url.startswith(("http://", "https://")) and not set(url) & set("<>| \n")


def _link_text(name: str) -> str:
    return _escape(name, TEXT_LENGTH).replace("|", " ")


def _markup(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def _escape(text: str, length: int) -> str:
    """Keep other people's texts from calling channels or looking like links."""
    short = shorten(plain(text), length)
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
