"""The top of the command line."""

from importlib.metadata import version

import click

from campaignd.cli.baseline import baseline
from campaignd.cli.cancel import cancel
from campaignd.cli.compare import compare
from campaignd.cli.db import db
from campaignd.cli.deliveries import deliveries
from campaignd.cli.doctor import doctor
from campaignd.cli.files import plan, schema, validate
from campaignd.cli.history import history, list_executions
from campaignd.cli.init import init
from campaignd.cli.judge import gate, judge
from campaignd.cli.resume import resume
from campaignd.cli.run import run
from campaignd.cli.sandbox import demo, sandbox
from campaignd.cli.schedule import schedule
from campaignd.cli.serve import serve
from campaignd.cli.show import export, report, show
from campaignd.cli.token import token
from campaignd.cli.trigger import trigger
from campaignd.cli.wait import wait


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("campaignd"), prog_name="campaignd")
def campaignd() -> None:
    """Run regression test campaigns for AI agents on Coval and Cotool.

    Try it without keys: campaignd demo. Begin with your own: campaignd init.
    """


for command in (
    init,
    validate,
    plan,
    run,
    resume,
    cancel,
    list_executions,
    history,
    show,
    report,
    export,
    compare,
    judge,
    gate,
    baseline,
    deliveries,
    serve,
    schedule,
    trigger,
    wait,
    token,
    sandbox,
    demo,
    schema,
    doctor,
    db,
):
    campaignd.add_command(command)
