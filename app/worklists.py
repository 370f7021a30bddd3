"""The reports that somebody works on: each read by a job of its own, and what its reader says of it.

A worklist is a plain value that the session holds. `keep` lays it into the store under a key of its own,
where `recalled` finds it again, so that who leaves the page can come back.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from app.insights.case import Case
from app.insights.corrections import Corrections
from app.insights.documents import Refused, Upload, is_pdf
from app.insights.dossier import Dossier, Reconciliation
from app.insights.engines import LOCAL
from app.jobs import Job, Jobs
from app.jobs import Status as JobStatus
from app.jobs.works import EXTRACT, Order
from app.transport import Conflict

if TYPE_CHECKING:
    from app.transport.vault import Vault

log = logging.getLogger(__name__)

_WRITES_AT_ONCE: Final = 8
LOST: Final = "L'analyse ne répond plus. Relancez-la : le compte rendu est gardé."
GONE: Final = "Le compte rendu et son résultat ne sont plus gardés : donnez-le de nouveau à lire."
NOT_BEGUN: Final = "L'analyse n'a pas pu commencer. Relancez-la dans un instant : le compte rendu est gardé."


class Status(StrEnum):
    """How far a report is."""

    WAITING = "waiting"
    UNDER_WAY = "under_way"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Report(BaseModel):
    """A report by the job that reads it and the name that its reader knows it by; counts once it is read.

    `is_quick` says that reading it takes milliseconds, less than having somebody else do it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    status: Status = Status.WAITING
    error: str = ""
    is_quick: bool = False
    medicines: int = 0
    to_check: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.status not in {Status.WAITING, Status.UNDER_WAY}

    @property
    def can_be_retried(self) -> bool:
        """Whether it failed, and what it was made of may still be there."""
        return self.status is Status.FAILED and self.error != GONE

    def failed(self, why: str) -> Report:
        """Return the report as one that failed for a reason that its reader can act on."""
        return self.model_copy(update={"status": Status.FAILED, "error": why})

    def as_gone(self) -> Report:
        """Return the report as one whose result is not kept any more."""
        return self.failed(GONE)


class Notes(BaseModel):
    """What its reader says of a report."""

    model_config = ConfigDict(frozen=True)

    corrections: Corrections = Corrections()
    reconciliation: Reconciliation | None = None


class Worklist(BaseModel):
    """Reports in the order in which they were given, who reads them, and the notes on each by its id.

    `key` is unguessable: who knows it may recall the worklist, if they are its `owner`, where people sign in.
    `at` is when it was begun, in epoch seconds.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    engine: str
    at: float
    reports: tuple[Report, ...]
    opened: str = ""
    owner: str = ""
    notes: dict[str, Notes] = {}

    @property
    def is_over(self) -> bool:
        """Whether every report is read, or won't be."""
        return all(report.is_over for report in self.reports)

    def report(self, report_id: str) -> Report | None:
        """Return the report of that id."""
        return next((report for report in self.reports if report.id == report_id), None)

    def counted(self, *statuses: Status) -> int:
        """Return how many reports have one of these statuses."""
        return sum(report.status in statuses for report in self.reports)

    def noted(self, report_id: str) -> Notes:
        """Return what is noted on a report; nothing is, at first."""
        return self.notes.get(report_id, Notes())

    def with_notes(self, report_id: str, **changes: object) -> Worklist:
        """Return the worklist with other notes on a report."""
        notes = self.noted(report_id).model_copy(update=changes)
        return self.model_copy(update={"notes": {**self.notes, report_id: notes}})

    def with_reports(self, reports: Iterable[Report]) -> Worklist:
        """Return the worklist with these in the place of those of the same ids."""
        new = {report.id: report for report in reports}
        return self.model_copy(
            update={"reports": tuple(new.get(report.id, report) for report in self.reports)}
        )


def begun(
    jobs: Jobs, given: Sequence[Upload | Refused], *, key: str, engine: str, is_reduced: bool
) -> Worklist:
    """Return a worklist of what is `given`, each file in a job that waits to be begun by `advanced`.

    Args:
        jobs: where they are done.
        given: files, in order, and those that can't even be opened, which fail from the beginning.
        key: unguessable, and the same when the same is begun once more.
        engine: name of the engine that reads them.
        is_reduced: whether identifiers are replaced before they are sent.
    """

    def submit(number: int, given: Upload | Refused) -> Report:
        if isinstance(given, Refused):
            return Report(id=_one_way(f"{key} {number}"), name=given.name).failed(given.reason)
        order = Order(name=given.name, content=given.content, engine=engine, is_reduced=is_reduced)
        job_id = jobs.submit(EXTRACT, order.model_dump_json(), key=_one_way(f"{key} {number}"), waits=True)
        return Report(id=job_id, name=given.name, is_quick=engine == LOCAL and not is_pdf(given.content))

    with ThreadPoolExecutor(_WRITES_AT_ONCE) as pool:
        reports = tuple(pool.map(submit, range(len(given)), given))
    opened = reports[0].id if len(reports) == 1 else ""
    return Worklist(key=key, engine=engine, at=time.time(), reports=reports, opened=opened)


def advanced(
    jobs: Jobs,
    worklist: Worklist,
    *,
    for_s: float,
    at_once: int,
    begins: bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> Worklist:
    """Return the worklist as it stands now, having begun as many waiting reports as there is room for.

    Args:
        jobs: where they are done.
        worklist: as it stood.
        for_s: seconds after which no further report is begun; one is begun at least.
        at_once: how many may be under way, so that a batch doesn't keep instances from the page itself.
        begins: whether any may be begun.
        clock: tells seconds.
    """
    until = clock() + for_s
    worklist = _looked_at(jobs, worklist)
    room = at_once - worklist.counted(Status.UNDER_WAY)
    waiting = [report for report in worklist.reports if begins and report.status is Status.WAITING]
    begun_now = []
    for report in waiting:
        if not report.is_quick and room <= 0:
            continue
        begun_now.append(_begun(jobs, report))
        room -= not report.is_quick
        if clock() >= until:
            break
    return _looked_at(jobs, worklist.with_reports(begun_now)) if begun_now else worklist


def _begun(jobs: Jobs, report: Report) -> Report:
    try:
        jobs.begin(report.id, here=report.is_quick)
    except Exception:
        # Whatever is the matter with one report, the others and the page go on.
        log.exception("a job can't be begun")
        return report.failed(NOT_BEGUN)
    return report.model_copy(update={"status": Status.UNDER_WAY})


def _looked_at(jobs: Jobs, worklist: Worklist) -> Worklist:
    under_way = [report for report in worklist.reports if report.status is Status.UNDER_WAY]
    found = jobs.look_at_all(report.id for report in under_way)
    return worklist.with_reports(_now(jobs, report, found.get(report.id)) for report in under_way)


def _now(jobs: Jobs, report: Report, job: Job | None) -> Report:
    if job is None or jobs.is_lost(job):
        return report.failed(LOST) if job else report.as_gone()
    if job.status is JobStatus.DONE:
        case = Case.model_validate_json(job.result)
        counts = {"medicines": len(list(case.insights.drugs())), "to_check": case.to_check}
        return report.model_copy(update={"status": Status.DONE, **counts})
    if job.status is JobStatus.FAILED:
        return report.failed(job.error)
    if job.status is JobStatus.CANCELLED:
        return report.model_copy(update={"status": Status.CANCELLED})
    return report


def cancelled(jobs: Jobs, worklist: Worklist) -> Worklist:
    """End what is not over, and return the worklist with it cancelled; what is read stays."""
    ended = [report for report in worklist.reports if not report.is_over]
    with ThreadPoolExecutor(_WRITES_AT_ONCE) as pool:
        list(pool.map(jobs.cancel, [report.id for report in ended]))
    found = jobs.look_at_all(report.id for report in ended)
    return worklist.with_reports(_now(jobs, report, found.get(report.id)) for report in ended)


def retried(jobs: Jobs, worklist: Worklist) -> Worklist:
    """Return the worklist with its failed reports waiting again, or as they are meanwhile.

    One whose file is not kept any more, or whose job nobody knows, says so.
    """
    failed = [report for report in worklist.reports if report.can_be_retried]
    found = jobs.look_at_all(report.id for report in failed)
    return worklist.with_reports(_again(jobs, report, found.get(report.id)) for report in failed)


def _again(jobs: Jobs, report: Report, job: Job | None) -> Report:
    waiting = report.model_copy(update={"status": Status.WAITING, "error": ""})
    if job is None:
        return report.as_gone()
    if job.status is JobStatus.WAITING or jobs.again(job.id):
        return waiting
    return _now(jobs, waiting, job)


def case(jobs: Jobs, report: Report) -> Case | None:
    """Return what was found in a report that is done; None when that is not kept any more."""
    job = jobs.look(report.id)
    return Case.model_validate_json(job.result) if job and job.result else None


def dossier(worklist: Worklist, report: Report, read: Case) -> Dossier:
    """Return what is signed and exported of a report."""
    notes = worklist.noted(report.id)
    return Dossier(
        name=report.name, case=read, corrections=notes.corrections, reconciliation=notes.reconciliation
    )


def dossiers(jobs: Jobs, worklist: Worklist, which: slice) -> tuple[list[Dossier], list[Report]]:
    """Return those of `which` of the reports that are done, in order; and the reports that are not kept."""
    done = [report for report in worklist.reports if report.status is Status.DONE][which]
    found = jobs.look_at_all(report.id for report in done)
    made = [
        dossier(worklist, report, Case.model_validate_json(found[report.id].result))
        for report in done
        if report.id in found
    ]
    return made, [report.as_gone() for report in done if report.id not in found]


def keep(vault: Vault, worklist: Worklist, *, is_new: bool = False) -> None:
    """Lay the worklist into the store, over what lay there under its key, for the store's lifetime.

    One that `is_new` not, and is not there any more, was erased meanwhile, and stays so.
    """
    content = worklist.model_dump_json().encode()
    while True:
        entry = vault.read(_name(worklist.key))
        if (entry is None and not is_new) or (entry is not None and entry.content == content):
            return
        try:
            vault.write(_name(worklist.key), content, expected=entry.version if entry else 0)
        except Conflict:
            continue
        return


def recalled(vault: Vault, key: str) -> Worklist | None:
    """Return the worklist that was kept under `key`; None when it is erased, or its time is up."""
    entry = vault.read(_name(key))
    return Worklist.model_validate_json(entry.content) if entry else None


def erase(jobs: Jobs, vault: Vault, worklist: Worklist) -> None:
    """Delete all that the store knows of the worklist; what is under way is cancelled by it."""
    vault.delete(_name(worklist.key))
    with ThreadPoolExecutor(_WRITES_AT_ONCE) as pool:
        list(pool.map(lambda report: jobs.erase([report.id]), worklist.reports))


def _name(key: str) -> str:
    """Where a worklist lies: who reads the names of a store can't recall what is there."""
    return f"worklist/{_one_way(key)}"


def _one_way(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:40]
