"""Reports in other hands, each with what a reader finds in it: an e-mail, notes, a scan, a letter, tables."""

import json
from pathlib import Path

import pytest

from app.insights import extraction
from app.insights.engines import local_engine

REPORTS = Path(__file__).parents[3] / "data" / "reports"
NAMES = sorted(path.stem for path in REPORTS.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_a_report_is_read_as_it_is_annotated(name, tmp_path):
    [job] = extraction.jobs([REPORTS / f"{name}.txt"], tmp_path)
    extraction.run(job, local_engine())
    found = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    expected = json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8"))
    assert found == expected


@pytest.mark.parametrize("name", NAMES)
def test_an_annotation_quotes_its_report(name):
    text = (REPORTS / f"{name}.txt").read_text(encoding="utf-8")
    annotation = json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8"))
    for value in annotation.values():
        for item in value if isinstance(value, list) else ():
            if isinstance(item, dict) and "citation" in item:
                assert item["citation"] in text
