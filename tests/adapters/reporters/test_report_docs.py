import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from campaignd.adapters.reporters.csv_export import COLUMNS
from campaignd.core.report import (
    CaseReport,
    CellReport,
    ExecutionReport,
    GateReport,
    ScoreReport,
    Totals,
    Unsettled,
)

PAGE = (Path(__file__).parents[3] / "docs" / "report.md").read_text()
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
MODELS = (ExecutionReport, GateReport, CaseReport, CellReport, ScoreReport, Unsettled)


@pytest.mark.parametrize(("model", "example"), list(zip(MODELS, EXAMPLES, strict=True)))
def test_each_example_has_exactly_the_fields_of_the_report(
    model: type[BaseModel], example: dict[str, object]
) -> None:
    model.model_validate(example)
    assert set(example) == {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize("model", [ExecutionReport, GateReport, CaseReport, Totals])
def test_each_field_is_explained(model: type[BaseModel]) -> None:
    names = [field.alias or name for name, field in model.model_fields.items()]
    unexplained = {"test_case", "title", "agent", "persona", "test_set"}
    assert [name for name in names if f"`{name}`" not in PAGE and name not in unexplained] == []


def test_the_columns_of_the_export_are_documented() -> None:
    assert ",".join(COLUMNS) in PAGE
