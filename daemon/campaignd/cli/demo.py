"""What `demo` does: a built-in campaign on the sandbox, looked at as a user would."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import click

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.adapters.reporters.files import ensure_writable, write_report
from campaignd.adapters.reporters.forms import render
from campaignd.adapters.reporters.terminal import render_report
from campaignd.cli.output import choose_observer
from campaignd.cli.surroundings import Surroundings
from campaignd.cli.trouble import TROUBLE, execute
from campaignd.core.verdicts import Verdict
from campaignd.sandbox import Effect, Scenario
from campaignd.sandbox.builtin import GPT_4O, RESOLVED
from campaignd.wiring.running import Job, run
from campaignd.wiring.session import Host

REPORT = Path("campaignd-demo.html")
WORSE_BY = 0.25
"""How many points worse the demo's second model is: enough for anybody to see."""

_WELCOME = """\
A local Coval and Cotool are running inside this command; nothing is paid for.
The campaign calls a checkout agent, with two mutations of it, and reads Cotool's scores.
One mutation resolves fewer calls: its gate must fail.
"""


def run_demo(around: Surroundings, *, no_color: bool) -> int:
    """Run the demo; return 0 if its outcome is the expected one."""
    ensure_writable(REPORT)
    loaded = load_campaign_text(_text(), "demo.yaml", {})
    scenario = Scenario(effects=(Effect(mutation=GPT_4O, metric=RESOLVED, rate=-WORSE_BY),))
    click.echo(_WELCOME, err=True)
    with choose_observer(around, quiet=False, no_color=no_color) as observer:
        host = Host(around.settings, around.environment, observer)
        ended = execute(lambda: run(Job(loaded, {}, scenario), host))
    click.echo(render_report(ended.report, around.screen(no_color=no_color)), nl=False)
    write_report(REPORT, [render(ended.report, "html")])
    for line in _farewell(ended.report.execution):
        click.echo(line)
    return 0 if ended.report.verdict is Verdict.FAILED else TROUBLE


def _text() -> str:
    return (files("campaignd.cli") / "demo.yaml").read_text(encoding="utf-8")


def _farewell(execution: str) -> Iterator[str]:
    yield ""
    yield f"The same as a page: {REPORT.resolve()}"
    yield f"Look again:         campaignd show {execution[:10]}"
    yield "Your own campaign:  campaignd init --sandbox, or with COVAL_API_KEY set: campaignd init"
