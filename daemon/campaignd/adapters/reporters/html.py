"""The report as one page: a single file, without script, that asks nothing of any network."""

from datetime import timedelta
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from campaignd.adapters.reporters.html_folding import fold_cells, fold_scores
from campaignd.adapters.reporters.html_gates import fold_gates, method_of
from campaignd.adapters.reporters.html_picture import WIDTH
from campaignd.adapters.reporters.links import web_address
from campaignd.adapters.reporters.notation import (
    LONGEST,
    interval,
    measured,
    moment,
    of_case,
    shorten,
    sized,
    spell,
    title,
    word,
)
from campaignd.adapters.reporters.screen import UNICODE
from campaignd.adapters.reporters.selection import (
    by_agent,
    case_name,
    case_place,
    counted,
    errors_of,
    summarize,
)
from campaignd.core.quantities import format_quantity
from campaignd.core.report import ExecutionReport
from campaignd.core.states import LaunchState

_WORDING = {
    "by_agent": by_agent,
    "case_name": case_name,
    "case_place": case_place,
    "collected": LaunchState.COLLECTED,
    "counted": counted,
    "errors_of": errors_of,
    "fold_cells": fold_cells,
    "fold_scores": fold_scores,
    "grade": format_quantity,
    "interval": interval,
    "measured": measured,
    "of_case": of_case,
    "method_of": method_of,
    "moment": moment,
    "picture_width": WIDTH,
    "sign": UNICODE.sign,
    "sized": sized,
    "summarize": summarize,
    "title": title,
    "web_address": web_address,
    "word": word,
}


def render_html(report: ExecutionReport) -> str:
    """Write the report as one HTML document, harmless whatever its texts hold."""
    page = _environment().get_template("report.html")
    return page.render(report=report, gates=fold_gates(report.gates), took=_took(report))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("campaignd.adapters.reporters"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_tame,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_WORDING)
    return environment


def _tame(value: Any) -> Any:
    """Put each text on one harmless line of bounded length; markup of the templates passes."""
    is_text = isinstance(value, str) and not hasattr(value, "__html__")
    return shorten(value, LONGEST) if is_text else value


def _took(report: ExecutionReport) -> str | None:
    duration = report.totals.duration
    return None if duration is None else spell(timedelta(seconds=duration))
