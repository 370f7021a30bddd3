"""The deploy lock: one change of a stage at a time, and a name for who makes it.

An object in the stage's bucket, so that it holds for a laptop and a workflow alike. Its holder renews it; it
expires when the holder stops doing so. Its age is measured by the bucket's own clock.
"""

import contextlib
import dataclasses
import datetime
import getpass
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from ops import conditional
from ops.errors import LockedError, LockLostError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Lease:
    """How long a lock lasts that nobody renews, and how often its holder does."""

    lasts_s: float = 120
    renew_every_s: float = 20


@dataclass(frozen=True)
class Holder:
    """Who holds a lock."""

    who: str
    what: str
    version: str
    since: str
    pid: int
    started: float
    machine: str

    @property
    def is_dead(self) -> bool:
        """Whether the holder was a process of this user on this machine that is gone."""
        if (self.who, self.machine) != (me(), _machine()):
            return False
        try:
            # A tick where there are ticks, else a second: what a process tells of itself may differ by that.
            is_another = abs(_started(self.pid) - self.started) > 1
            return is_another or psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    def __str__(self) -> str:
        what = ", ".join(filter(None, (self.what, self.version)))
        return f"{self.who} (process {self.pid}) holds the deploy lock since {self.since}: {what}"


class Lock:
    """A lock that is held, until `release`."""

    def __init__(
        self, s3: "S3Client", place: dict[str, Any], holder: Holder, lease: Lease, *, etag: str
    ) -> None:
        """Keep the lock that was just written with `etag`, renewing it in the background."""
        self._s3 = s3
        self._place = place
        self._holder = holder
        self._lease = lease
        self._etag = etag
        self._renewed_at = time.monotonic()
        self._lost = ""
        self._ending = threading.Event()
        self._renewer = threading.Thread(target=self._renew, daemon=True, name="deploy-lock")
        self._renewer.start()

    def check(self) -> None:
        """Make sure that the lock is still held, without asking anybody.

        Raises:
            LockLostError: Somebody took it over, or it could not be renewed for as long as it lasts.
        """
        silent_s = time.monotonic() - self._renewed_at
        if not self._lost and silent_s < self._lease.lasts_s:
            return
        reason = self._lost or f"it could not be renewed for {silent_s:.0f} s"
        raise LockLostError(
            f"The deploy lock is lost: {reason}. Users reach what they reached before. See `invoke releases` "
            f"for what somebody else did, then run the command again."
        )

    def release(self) -> None:
        """Give the lock back; one that was lost is left to whoever has it."""
        self._ending.set()
        self._renewer.join()
        with contextlib.suppress(*_failures()):
            self._s3.delete_object(**self._place, IfMatch=self._etag)

    def _renew(self) -> None:
        while not self._lost and not self._ending.wait(self._lease.renew_every_s):
            with contextlib.suppress(*_failures()):  # until the lease is over, which `check` knows
                self._renew_once()

    def _renew_once(self) -> None:
        try:
            said = vars(self._holder)
            self._etag = conditional.put(self._s3, self._place, said, IfMatch=self._etag)
            self._renewed_at = time.monotonic()
        except conditional.Refused:
            found = _read(self._s3, self._place)
            if found and found.holder == self._holder:  # by a renewal of which we never heard
                self._etag = found.etag
            else:
                self._lost = f"now {found.holder}" if found else "somebody removed it"


@contextlib.contextmanager
def deploy_lock(
    s3: "S3Client", *, bucket: str, app_name: str, what: str, version: str = "", lease: Lease = Lease()
) -> Iterator[Lock]:
    """Hold the stage's deploy lock, in a bucket that is there.

    A lock whose holder is dead (a process of this user on this machine that is gone, or one that has not
    renewed it for as long as it lasts) is taken over.

    Args:
        s3: Object store.
        bucket: The stage's bucket.
        app_name: The application.
        what: What the holder does, for whoever is refused.
        version: What it is about to bring, for the same reader.
        lease: How long it lasts.

    Raises:
        LockedError: Somebody else holds it; nothing was done.

    Source: Amazon S3 user guide, "Conditional requests".
    """
    place, mine = _place(bucket, app_name), _holder(what, version)
    lock = Lock(s3, place, mine, lease, etag=_take(s3, place, mine, lease))
    try:
        yield lock
    finally:
        lock.release()


def holder(s3: "S3Client", *, bucket: str, app_name: str) -> Holder | None:
    """Return who holds the lock, or None when nobody does, or only somebody who is dead."""
    try:
        found = _read(s3, _place(bucket, app_name))
    except s3.exceptions.NoSuchBucket:
        return None
    return found.holder if found and not found.is_stale(Lease()) else None


def refuse_if_held(s3: "S3Client", *, bucket: str, app_name: str) -> None:
    """Do nothing when nobody holds the lock.

    Raises:
        LockedError: Somebody does.
    """
    if found := holder(s3, bucket=bucket, app_name=app_name):
        raise LockedError(f"{found}. Nothing was done. Try again when it is over.")


def me() -> str:
    """Return who acts here, as the lock and the ledger name them."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


@dataclass(frozen=True)
class _Found:
    holder: Holder
    etag: str
    age_s: float

    def is_stale(self, lease: Lease) -> bool:
        return self.holder.is_dead or self.age_s > lease.lasts_s


def _place(bucket: str, app_name: str) -> dict[str, Any]:
    return {"Bucket": bucket, "Key": f"{app_name}/deploy.lock"}


def _take(s3: "S3Client", place: dict[str, Any], holder: Holder, lease: Lease) -> str:
    """Write the lock; return its ETag."""
    found = None
    for _ in range(3):  # it may go, or be taken, between a look and the next write
        with contextlib.suppress(conditional.Refused):
            return conditional.put(s3, place, vars(holder), IfNoneMatch="*")
        found = _read(s3, place)
        if found is not None and not found.is_stale(lease):
            break
        if found is not None:
            with contextlib.suppress(conditional.Refused):
                return conditional.put(s3, place, vars(holder), IfMatch=found.etag)
    said = f"{found.holder}" if found else "Others take the deploy lock all the time"
    left = f" It expires when it is not renewed for {lease.lasts_s:.0f} s." if found else ""
    raise LockedError(f"{said}. Nothing was done.{left} Try again when it is over.")


def _read(s3: "S3Client", place: dict[str, Any]) -> _Found | None:
    try:
        answer = s3.get_object(**place)
    except s3.exceptions.NoSuchKey:
        return None
    now = datetime.datetime.strptime(
        answer["ResponseMetadata"]["HTTPHeaders"]["date"], "%a, %d %b %Y %H:%M:%S GMT"
    ).replace(tzinfo=datetime.UTC)
    age_s = (now - answer["LastModified"]).total_seconds()
    return _Found(_holder_in(answer["Body"].read()), answer["ETag"], age_s)


def _holder_in(body: bytes) -> Holder:
    """Return who wrote a lock; one that can't be read is somebody's too, until it expires."""
    try:
        said = json.loads(body)
        return Holder(**{field.name: said[field.name] for field in dataclasses.fields(Holder)})
    except (ValueError, TypeError, KeyError):
        return Holder("somebody", "something that this version can't read", "", "then", 0, 0.0, "")


def _machine() -> str:
    """Return what tells this machine, and this container, from others: process ids count within it.

    Source: Linux, proc(5) and pid_namespaces(7); elsewhere the network card's address must do.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return str(uuid.getnode())
    return f"{boot} {namespace}"


def _failures() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError, ClientError

    return (BotoCoreError, ClientError)


def _holder(what: str, version: str) -> Holder:
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    return Holder(me(), what, version, now, os.getpid(), _started(os.getpid()), _machine())


def _started(pid: int) -> float:
    """Return when a process started: in ticks since the machine did, which no correction of a clock moves.

    Elsewhere than on Linux in seconds since 1970, which may be told a little differently each time.

    Raises:
        psutil.NoSuchProcess: There is no such process.

    Source: Linux, proc_pid_stat(5), starttime; the name before it may hold anything, parentheses too.
    """
    try:
        return float(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return psutil.Process(pid).create_time()
