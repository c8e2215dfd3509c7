import json

from campaignd.adapters.webhooks.slack import slack_message
from campaignd.core.report import ExecutionReport, GateReport
from campaignd.core.verdicts import GateVerdict


def test_a_report_becomes_a_slack_message(report: ExecutionReport) -> None:
    assert slack_message(report, "finished") == {
        "text": ":x: nightly failed",
        "blocks": [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": ":x: nightly failed", "emoji": True},
            },
            section("1 of 2 gates failed."),
            section("Gates: 1 failed, 1 passed"),
            section(
                ":x: *Bookings &lt;!channel&gt;*: 88.3%, at least 90% asked\n"
                "resolved passed in 88.3% &amp; less"
            ),
            {
                "type": "context",
                "elements": [
                    {
                        "type": "mrkdwn",
                        "text": "execution 01JDA8Q2ZK7M4T5N6P8R9S0TVW, triggered by cli, "
                        "branch=main, <https://ci.example.com/executions/1|execution>",
                    }
                ],
            },
        ],
    }


def test_a_start_and_a_change_are_called_so(report: ExecutionReport) -> None:
    begun = report.model_copy(update={"verdict": None})
    assert slack_message(begun, "started")["text"] == ":arrow_forward: nightly started"
    assert slack_message(report, "changed")["text"] == ":x: nightly is now failed"


def test_a_long_report_stays_within_the_limits_of_slack(report: ExecutionReport) -> None:
    gates = tuple(
        GateReport(
            name="&" * 4000, kind="mean", verdict=GateVerdict.FAILED, reason=f"{number} " * 4000
        )
        for number in range(100)
    )
    labels = {f"label-{number}": "x" * 200 for number in range(50)}
    long = report.model_copy(update={"gates": gates, "labels": labels, "campaign": "c" * 400})
    message = slack_message(long, "finished")
    blocks = message["blocks"]
    assert len(blocks) <= 50
    assert len(blocks[0]["text"]["text"]) <= 150
    assert all(len(block["text"]["text"]) <= 3000 for block in blocks[:-1])
    assert len(json.dumps(message)) < 40_000
    assert blocks[-2] == section("and 90 more gates")


def section(text: str) -> dict[str, object]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
