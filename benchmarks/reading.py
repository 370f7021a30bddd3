"""What reading costs: what the page imports over bare Streamlit, the lexicon, and the rules per report.

CPU time of a process of its own for each measurement: a machine that is shared tells less of it.
"""

import ast
import json
import statistics
import subprocess
import sys

from rich.table import Table

from ops.settings import ROOT

ROUNDS = 11
_REPORT_BYTES = 5000
_LIMITS_MS = {"page imports over bare Streamlit": 50, "lexicon": 150, "a report of 5 kB": 20}

_IMPORTS = """
import sys, time
import streamlit, streamlit.runtime.scriptrunner
started = time.process_time()
{imports}
print((time.process_time() - started) * 1000)
"""
_LEXICON = """
import time
from app.insights import lexicon
started = time.process_time()
lexicon.current()
print((time.process_time() - started) * 1000)
"""
_RULES = """
import json, sys, time
from app.insights.engines import local_engine
text, engine = json.loads(sys.stdin.read()), local_engine()
for _ in range(3):
    engine.extract(text)
started = time.process_time()
for _ in range(10):
    engine.extract(text)
print((time.process_time() - started) * 100)
"""


def run() -> Table:
    """Each measurement in turn, so that all of them see the same noise."""
    scripts = {
        "page imports over bare Streamlit": (_IMPORTS.format(imports=page_imports()), ""),
        "lexicon": (_LEXICON, ""),
        "a report of 5 kB": (_RULES, json.dumps(report())),
    }
    times: dict[str, list[float]] = {name: [] for name in scripts}
    for _ in range(ROUNDS):
        for name, (script, given) in scripts.items():
            times[name].append(_measured(script, given))
    table = Table("", "median", "least", "limit", title=f"Reading, {ROUNDS} rounds, CPU time")
    for name, values in times.items():
        middle, least = statistics.median(values), min(values)
        table.add_row(name, f"{middle:.0f} ms", f"{least:.0f} ms", f"{_LIMITS_MS[name]} ms")
    return table


def page_imports() -> str:
    """Return the import statements that the page runs before anything else, as its script has them."""
    script = ast.parse((ROOT / "app" / "page.py").read_text(encoding="utf-8"))
    return "\n".join(
        ast.unparse(node) for node in script.body if isinstance(node, ast.Import | ast.ImportFrom)
    )


def report() -> str:
    """Return 5 kB of reports: several, one after the other, as a long one is."""
    reports = sorted((ROOT / "tests" / "data" / "reports").glob("*.txt"))
    texts = [file.read_text(encoding="utf-8") for file in reports if "prescription" not in file.name]
    return "\n\n".join(texts).encode()[:_REPORT_BYTES].decode(errors="ignore")


def _measured(script: str, given: str) -> float:
    run = subprocess.run(
        [sys.executable, "-c", script], input=given, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(run.stdout)
