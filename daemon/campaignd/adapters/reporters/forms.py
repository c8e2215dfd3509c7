"""The forms of a report that are files, by their names."""

from campaignd.adapters.reporters.junit import render_junit
from campaignd.adapters.reporters.markdown import render_markdown
from campaignd.core.report import ExecutionReport


def render(report: ExecutionReport, form: str) -> str:
    """Render a report as json, junit, markdown or html."""
    match form:
        case "junit":
            return render_junit(report)
        case "markdown":
            return render_markdown(report)
        case "html":
            from campaignd.adapters.reporters.html import render_html

            return render_html(report)
        case _:
            return report.model_dump_json(by_alias=True, indent=2) + "\n"
