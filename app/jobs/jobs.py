"""Submitting jobs, looking at them, and performing them once."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Container, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from app.transport import Conflict

from .records import Job, Status, input_name, record_name

if TYPE_CHECKING:
    from app.transport.vault import Vault

log = logging.getLogger(__name__)

BEAT_EVERY_S: Final = 5.0
_LOOKS_AT_ONCE: Final = 8
_FAILED: Final = "L'analyse s'est arrêtée sur une erreur du serveur. Relancez-la ; rien n'est perdu."

# Says how far a job is; raises `Cancelled` when nobody wants it any more.
Tell = Callable[[str], None]
# Makes a result of an input.
Work = Callable[[str, Tell], str]


class Cancelled(Exception):  # noqa: N818 - reads as the outcome that it is
    """Nobody wants the result any more."""


class WorkError(Exception):
    """The work failed for a reason that the user can act on; the message is the sentence that says it."""


class Jobs:
    """The jobs of an app. Use from any thread; every call blocks on the store."""

    def __init__(
        self,
        vault: Vault,
        works: Mapping[str, Work],
        start: Callable[[Jobs, str], None],
        *,
        beat_every_s: float = BEAT_EVERY_S,
    ) -> None:
        """Keep jobs in `vault`, sealed, each for the vault's lifetime after its last word.

        Args:
            vault: where they lie.
            works: what a job of each kind does.
            start: has somebody call `perform` with the id that it is given, now or soon.
            beat_every_s: how often a job under way says that it is alive.
        """
        self._vault = vault
        self._works = works
        self._start = start
        self._beat_every_s = beat_every_s

    def submit(self, kind: str, given: str, *, key: str = "", waits: bool = False) -> str:
        """Have `given` worked at, and return the job's id.

        Args:
            kind: of work.
            given: what it works on.
            key: unguessable, and the same when the same is submitted once more: that is one job.
            waits: whether it waits until `begin` is called.

        Raises:
            KeyError: there is no such kind of work; nothing was started.
        """
        if kind not in self._works:
            raise KeyError(kind)
        job = Job(key or secrets.token_urlsafe(24), kind, Status.WAITING, self._vault.now())
        with suppress(Conflict):
            self._vault.write(input_name(job.id), given.encode(), expected=0)
        with suppress(Conflict):
            self._vault.write(record_name(job.id), job.encode(), expected=0)
        if not waits:
            self.begin(job.id)
        return job.id

    def begin(self, job_id: str, *, here: bool = False) -> None:
        """Have a waiting job performed; nothing if it does not wait, or was erased.

        Args:
            job_id: of the job.
            here: perform it before going on: it takes less than having it performed.

        Raises:
            Exception: nobody could be had; the job waits again.
        """
        if not self._move({Status.WAITING}, job_id, Status.QUEUED):
            return
        try:
            self.perform(job_id) if here else self._start(self, job_id)
        except Exception:
            self._move({Status.QUEUED}, job_id, Status.WAITING)
            raise

    def again(self, job_id: str) -> bool:
        """Let a job that failed, or that nobody works at any more, wait to be begun anew.

        Returns:
            False when it can't be: what it would work on is gone, or it did not fail.
        """
        job = self.look(job_id)
        if job is None or self._vault.read(input_name(job_id)) is None:
            return False
        ended = {Status.FAILED, *({job.status} if self.is_lost(job) else ())}
        return self._move(ended, job_id, Status.WAITING)

    def _move(self, those: Container[Status], job_id: str, status: Status) -> bool:
        """Give the job another status if it has one of `those`; whether it was this call that did."""
        entry = self._vault.read(record_name(job_id))
        if entry is None or (job := Job.decode(entry.content)).status not in those:
            return False
        moved = Job(job.id, job.kind, status, self._vault.now())
        try:
            self._vault.write(record_name(job_id), moved.encode(), expected=entry.version)
        except Conflict:
            return False
        return True

    def look(self, job_id: str) -> Job | None:
        """The job as of its last word; None when it was erased, or its time is up."""
        entry = self._vault.read(record_name(job_id))
        return Job.decode(entry.content) if entry else None

    def look_at_all(self, job_ids: Iterable[str]) -> dict[str, Job]:
        """Those of the jobs that are still known."""
        job_ids = list(job_ids)
        if len(job_ids) < 2:
            found = [self.look(job_id) for job_id in job_ids]
        else:
            with ThreadPoolExecutor(_LOOKS_AT_ONCE) as pool:
                found = list(pool.map(self.look, job_ids))
        return {job.id: job for job in found if job is not None}

    def is_lost(self, job: Job) -> bool:
        """Whether nobody seems to work at it any more."""
        return job.is_lost(self._vault.now())

    def cancel(self, job_id: str) -> None:
        """Let the job end without a result, if it is not over. Whoever performs it notices soon."""
        while (entry := self._vault.read(record_name(job_id))) is not None:
            job = Job.decode(entry.content)
            if job.is_over:
                return
            with suppress(Conflict):
                cancelled = job.moved(Status.CANCELLED, self._vault.now())
                self._vault.write(record_name(job_id), cancelled.encode(), expected=entry.version)
                self._vault.delete(input_name(job_id))
                return

    def erase(self, job_ids: Iterable[str]) -> None:
        """Delete all that the store knows of these jobs; those under way are cancelled by it."""
        for job_id in job_ids:
            self._vault.delete(input_name(job_id))
            self._vault.delete(record_name(job_id))

    def perform(self, job_id: str) -> None:
        """Do a job's work here, unless somebody has begun it already: an event may come twice."""
        entry = self._vault.read(record_name(job_id))
        given = self._vault.read(input_name(job_id))
        if entry is None or given is None:
            return
        job = Job.decode(entry.content)
        if job.status is not Status.QUEUED:
            return
        account = _Account(self._vault, job, entry.version, self._beat_every_s)
        with suppress(Cancelled):
            account.say(Status.RUNNING)
            with account.beating():
                self._work(account, given.content.decode())
        if account.job.status is Status.DONE:
            # A failed one may be begun again. Whoever cancels or erases deletes the input as well.
            self._vault.delete(input_name(job_id))

    def _work(self, account: _Account, given: str) -> None:
        try:
            result = self._works[account.job.kind](given, account.tell)
        except Cancelled:
            raise
        except WorkError as error:
            account.say(Status.FAILED, error=str(error))
        except Exception:
            log.exception("a job failed")
            account.say(Status.FAILED, error=_FAILED)
        else:
            account.say(Status.DONE, result=result, progress="")


class _Account:
    """What one performer says of its job. Another's word in between ends it: it was cancelled or erased."""

    def __init__(self, vault: Vault, job: Job, version: int, beat_every_s: float) -> None:
        self.job = job
        self._vault = vault
        self._version = version
        self._beat_every_s = beat_every_s
        self._lock = threading.Lock()
        self._is_over = threading.Event()

    def tell(self, progress: str) -> None:
        """Say how far the work is.

        Raises:
            Cancelled: nobody wants it any more.
        """
        self.say(Status.RUNNING, progress=progress)

    def say(self, status: Status, **changes: str) -> None:
        """Write the job's next word.

        Raises:
            Cancelled: somebody else has written since, or the job is gone.
        """
        with self._lock:
            if self._is_over.is_set():
                raise Cancelled
            job = self.job.moved(status, self._vault.now(), **changes)
            try:
                self._version = self._vault.write(record_name(job.id), job.encode(), expected=self._version)
            except Conflict as error:
                self._is_over.set()
                raise Cancelled from error
            self.job = job
            if job.is_over:
                self._is_over.set()

    def beating(self) -> _Beats:
        """Meanwhile the job is known to be alive."""
        return _Beats(self)

    def beat(self) -> None:
        """Say again what was said, every few seconds, until the job is over."""
        with suppress(Cancelled):
            while not self._is_over.wait(self._beat_every_s):
                self.say(Status.RUNNING)

    def end(self) -> None:
        """Say nothing more."""
        self._is_over.set()


class _Beats:
    def __init__(self, account: _Account) -> None:
        self._account = account
        self._thread = threading.Thread(target=account.beat, name="job-beats", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._account.end()
        self._thread.join()
