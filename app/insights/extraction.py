"""Files in, files out: one record for each report, and one failure never stops the others."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.insights import reconcile
from app.insights.documents import EmptyReportError, UnreadableReportError, decoded, read_file, unpack
from app.insights.engines import Engine, EngineError
from app.insights.models import Insights
from app.insights.prescription import read_prescription
from app.insights.records import Record, record

PRESCRIPTION = ".prescription.txt"
ARCHIVE = ".zip"
# What else a folder holds is no report.
REPORTS = (".txt", ".pdf", ".docx")


class ExtractionError(Exception):
    """A report can't be read or its record not written; the message says which and why."""


@dataclass(frozen=True)
class Source:
    """A report by its path; one in an archive stands below it, as if that were a folder (`packed`, by path).

    An archive that can't be opened is a report that can't be read: `refused` says why.
    """

    path: Path
    packed: Mapping[Path, bytes] | None = field(default=None, repr=False, compare=False)
    refused: str = ""

    def content(self) -> bytes:
        """Return what the report holds."""
        return self.path.read_bytes() if self.packed is None else self.packed[self.path]

    def beside(self, name: str) -> bytes | None:
        """Return what the file of that name beside the report holds, if there is one."""
        file = self.path.with_name(name)
        if self.packed is not None:
            return self.packed.get(file)
        return file.read_bytes() if file.is_file() else None


@dataclass(frozen=True)
class Job:
    """A report and the path of its record."""

    source: Source
    destination: Path

    @property
    def report(self) -> Path:
        """The path of the report."""
        return self.source.path


@dataclass(frozen=True)
class Done:
    """A record that was written, and the medicines that no list holds."""

    job: Job
    unclassified: tuple[str, ...]


def jobs(paths: Iterable[Path], out: Path) -> list[Job]:
    """Return a job per report: files as given, archives opened, folders walked, in order and each once.

    A record is named after its report. Where two would share a name, the folder of each comes before it, and
    where that is one too, each keeps the kind of its report: "01.pdf.json".
    """
    sources = list(dict.fromkeys(source for path in paths for source in _sources(path.resolve())))
    stems = Counter(source.path.stem for source in sources)
    names = [
        Path(source.path.parent.name if stems[source.path.stem] > 1 else "", f"{source.path.stem}.json")
        for source in sources
    ]
    taken = Counter(names)
    return [
        Job(source, out / (name if taken[name] == 1 else name.with_name(f"{source.path.name}.json")))
        for source, name in zip(sources, names, strict=True)
    ]


def _sources(path: Path) -> Iterator[Source]:
    if path.is_dir():
        yield from (Source(file.resolve()) for file in sorted(path.rglob("*")) if _is_report(file))
    elif path.suffix.lower() == ARCHIVE and path.is_file():
        yield from _unpacked(path)
    else:
        yield Source(path)


def _is_report(file: Path) -> bool:
    return file.suffix.lower() in REPORTS and not file.name.endswith(PRESCRIPTION) and file.is_file()


def _unpacked(archive: Path) -> Iterator[Source]:
    """Yield what an archive holds, except what stands beside reports; what is no report fails alone."""
    try:
        packed = {
            archive / upload.name: upload.content for upload in unpack(archive.name, archive.read_bytes())
        }
    except UnreadableReportError as error:
        yield Source(archive, refused=str(error))
        return
    except OSError:
        # Whoever reads it hears the same and can say so.
        yield Source(archive)
        return
    for file in packed:
        if file.suffix.lower() != ".json" and not file.name.endswith(PRESCRIPTION):
            yield Source(file, packed)


def run(job: Job, engine: Engine) -> Done:
    """Read the report of `job` with `engine` and write its record.

    Raises:
        ExtractionError: nothing was written.
    """
    try:
        insights = _insights(job.source, engine)
        written = _record(job.source, insights)
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


def _insights(source: Source, engine: Engine) -> Insights:
    """An empty file is a report that says nothing."""
    if source.refused:
        raise ExtractionError(source.refused)
    try:
        text = read_file(source.path.name, source.content())
    except EmptyReportError:
        return Insights()
    return engine.extract(text)


def _record(source: Source, insights: Insights) -> Record:
    name, prescription = source.path.stem, _prescription(source)
    if not prescription.strip():
        return record(name, insights, prescription)
    ordered = read_prescription(prescription)
    lines = reconcile.compare(reconcile.base(insights), ordered.ordered, ordered.stopped)
    return record(name, insights, prescription, lines)


def _prescription(source: Source) -> str:
    """Return the new prescription that stands beside a report, or nothing."""
    written = source.beside(source.path.stem + PRESCRIPTION)
    if written is not None:
        return decoded(written)
    annotation = source.path.with_suffix(".json").name
    annotated = source.beside(annotation)
    if annotated is None:
        return ""
    try:
        held = json.loads(decoded(annotated))
    except ValueError as error:
        raise ExtractionError(
            f"{annotation} beside it is no JSON ({error}); correct or remove it."
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
