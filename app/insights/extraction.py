"""Files in, files out: one record for each report, and one failure never stops the others."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.insights import reconcile
from app.insights.documents import UnreadableReportError, read_report
from app.insights.engines import Engine, EngineError
from app.insights.models import Insights
from app.insights.prescription import read_prescription
from app.insights.records import Record, record

PRESCRIPTION = ".prescription.txt"


class ExtractionError(Exception):
    """A report can't be read or its record not written; the message says which and why."""


@dataclass(frozen=True)
class Job:
    """A report and where its record goes, both as paths."""

    report: Path
    destination: Path


@dataclass(frozen=True)
class Done:
    """A record that was written, and the medicines that no list holds."""

    job: Job
    unclassified: tuple[str, ...]


def jobs(paths: Iterable[Path], out: Path) -> list[Job]:
    """Return a job per report: files as given, folders walked, in order and each report once.

    A record is named after its report. Where two would share a name, the folder of each comes before it.
    """
    reports = list(dict.fromkeys(report.resolve() for path in paths for report in _reports(path)))
    stems = Counter(report.stem for report in reports)
    return [
        Job(report, out / (report.parent.name if stems[report.stem] > 1 else "") / f"{report.stem}.json")
        for report in reports
    ]


def _reports(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    yield from sorted(file for file in path.rglob("*.txt") if not file.name.endswith(PRESCRIPTION))


def run(job: Job, engine: Engine) -> Done:
    """Read the report of `job` with `engine` and write its record.

    Raises:
        ExtractionError: nothing was written.
    """
    try:
        insights = _insights(job.report, engine)
        written = _record(job.report, insights)
        _write(job, written)
    except ExtractionError:
        raise
    except (UnreadableReportError, EngineError) as error:
        raise ExtractionError(str(error)) from error
    except OSError as error:
        raise ExtractionError(f"{error.strerror or error}; nothing was written for it.") from error
    except Exception as error:
        # One report that breaks an engine must not stop the next one.
        raise ExtractionError(f"{type(error).__name__}: {error}; please report this.") from error
    return Done(job, tuple(drug.name for drug in insights.unclassified))


def _insights(report: Path, engine: Engine) -> Insights:
    """An empty file is a report that says nothing."""
    text = _text(report)
    return engine.extract(read_report(text)) if text.strip() else Insights()


def _text(file: Path) -> str:
    """Read UTF-8, or else the encoding that French software wrote before it."""
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _record(report: Path, insights: Insights) -> Record:
    prescription = _prescription(report)
    if not prescription.strip():
        return record(report.stem, insights, prescription)
    ordered = read_prescription(prescription)
    lines = reconcile.compare(reconcile.base(insights), ordered.ordered, ordered.stopped)
    return record(report.stem, insights, prescription, lines)


def _prescription(report: Path) -> str:
    """Return the new prescription that stands beside `report`, or nothing."""
    beside, annotated = report.with_name(report.stem + PRESCRIPTION), report.with_suffix(".json")
    if beside.is_file():
        return _text(beside)
    if not annotated.is_file():
        return ""
    try:
        held = json.loads(_text(annotated))
    except ValueError as error:
        raise ExtractionError(
            f"{annotated.name} beside it is no JSON ({error}); correct or remove it."
        ) from error
    return str(held.get("nouvelle_prescription") or "") if isinstance(held, dict) else ""


def _write(job: Job, written: Record) -> None:
    """Write a record in one step, and never over what stands beside a report: that may be its annotation."""
    if job.destination.resolve() == job.report.with_suffix(".json"):
        raise ExtractionError(f"its record would take the place of {job.destination}; choose another --out.")
    job.destination.parent.mkdir(parents=True, exist_ok=True)
    partial = job.destination.with_suffix(".json.partial")
    partial.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    partial.replace(job.destination)
