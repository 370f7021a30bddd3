"""The ledger: every change of what users reach, numbered, with who made it and how it ended.

One object per release in the stage's bucket, created under the condition that its number is free, so that
two deployments can't take one number. It is begun before anything changes and ended once: a run that died
in between leaves it begun, and `settle` finds out what became of it.
"""

import datetime
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ops import conditional
from ops.errors import LedgerError
from ops.keys.parameters import KeyChange
from ops.locks import me

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Kind = Literal["code", "infrastructure", "key", "rollback"]
Result = Literal["begun", "good", "failed"]

_READERS = 8

# As much of an error as a table of releases can hold: what failed, and what AWS or Terraform say of it.
_REASON_LINES, _REASON_LENGTH = 2, 300


class Inputs(BaseModel):
    """All that a deployment depends on: where none of it differs, there is nothing to do."""

    model_config = ConfigDict(frozen=True)

    image: str
    infrastructure: str
    parameters: dict[str, int]
    live: str
    latest: str


class Release(BaseModel):
    """One change of what users reach.

    Attributes:
        number: Counted from 1, without gaps.
        kind: What changed: the image, only what Terraform describes, a key, or back to an earlier image.
        who: Who made it, as user@host.
        began: When, in ISO 8601 with its offset; `ended` likewise, None until then.
        result: How it ended; `begun` while it runs, or when its run died.
        reason: Why it failed.
        before: The version that users reached before, None for the first release.
        version: The version that it published, once there is one.
        image: The image by digest; `tag` is its name.
        revision: Git's, with `-dirty` when the working tree differed.
        restores: For a rollback, the number of the release whose image it brought back.
        key: For a rotation, the parameter and its versions.
        plan: SHA-256 of Terraform's plan, None where Terraform had no part.
        url: Where users reach it.
        inputs: What it was made from; None unless it is good.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    kind: Kind
    who: str
    began: str
    ended: str | None = None
    result: Result = "begun"
    reason: str = ""
    before: str | None = None
    version: str | None = None
    image: str
    tag: str = ""
    revision: str | None = None
    restores: int | None = None
    key: KeyChange | None = None
    plan: str | None = None
    url: str = ""
    inputs: Inputs | None = None

    @property
    def digest(self) -> str:
        """The image's digest."""
        return self.image.rpartition("@")[2]

    def is_of(self, version: str, digest: str) -> bool:
        """Whether it is the good release that brought a version with an image."""
        return (self.result, self.version, self.digest) == ("good", version, digest)


class Entry:
    """A release in the ledger as it was last read or written."""

    def __init__(self, release: Release, etag: str) -> None:
        """Keep what stands in the ledger, and the state that it was in."""
        self.release = release
        self.etag = etag


class Ledger:
    """The releases of one application in one account and region."""

    def __init__(self, s3: "S3Client", *, bucket: str, app_name: str) -> None:
        """Look into `bucket`, which need not exist yet: then there is no release."""
        self._s3 = s3
        self._bucket = bucket
        self._prefix = f"{app_name}/releases/"

    def numbers(self) -> list[int]:
        """Return the numbers of all releases, newest first."""
        try:
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            )
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        except self._s3.exceptions.NoSuchBucket:
            return []
        return sorted((number for key in keys if (number := self._number(key))), reverse=True)

    def newest(self, count: int) -> list[Release]:
        """Return the last `count` releases, newest first."""
        with ThreadPoolExecutor(_READERS) as pool:
            return [entry.release for entry in pool.map(self.read, self.numbers()[:count])]

    def newest_entry(self) -> Entry | None:
        """Return the newest release, whatever became of it, or None."""
        number = next(iter(self.numbers()), None)
        return self.read(number) if number else None

    def each(self) -> Iterator[Release]:
        """Yield all releases, newest first, each read when it is asked for."""
        return (self.read(number).release for number in self.numbers())

    def of_image(self, digest: str) -> Release | None:
        """Return the last release that brought an image and knows its name, or None."""
        return next((release for release in self.each() if release.digest == digest and release.tag), None)

    def last_good(self) -> Entry | None:
        """Return the newest release that is good, or None."""
        entries = (self.read(number) for number in self.numbers())
        return next((entry for entry in entries if entry.release.result == "good"), None)

    def read(self, number: int) -> Entry:
        """Return one release.

        Raises:
            LedgerError: There is none of this number, or it can't be read.
        """
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=self._key(number))
        except (self._s3.exceptions.NoSuchKey, self._s3.exceptions.NoSuchBucket) as error:
            raise LedgerError(
                f"There is no release {number}. Nothing was done. `invoke releases` shows those there are."
            ) from error
        try:
            return Entry(Release.model_validate_json(answer["Body"].read()), answer["ETag"])
        except ValidationError as error:
            raise self._unreadable(number) from error

    def begin(self, kind: Kind, *, image: str, **more: Any) -> Entry:
        """Write down that a release begins, under the next number.

        Args:
            kind: What it changes.
            image: The image by digest that users shall reach.
            **more: Further fields of `Release`.

        Raises:
            LedgerError: Somebody else has just taken the number; nothing was written.
        """
        number = next(iter(self.numbers()), 0) + 1
        release = Release(number=number, kind=kind, who=me(), began=now(), image=image, **more)
        return Entry(release, self._write(release, IfNoneMatch="*"))

    def update(self, entry: Entry, **changes: Any) -> None:
        """Write down more about a release.

        Raises:
            LedgerError: Somebody else wrote about it in the meantime; what they wrote stays.
        """
        release = entry.release.model_copy(update=changes)
        entry.etag = self._write(release, IfMatch=entry.etag)
        entry.release = release

    def end(self, entry: Entry, result: Result, **changes: Any) -> None:
        """Write down how a release ended; raises as `update` does."""
        self.update(entry, result=result, ended=now(), **changes)

    def settle(self, *, live: str | None) -> Release | None:
        """End the newest release when its run died before it could.

        The caller holds the deploy lock, so nobody works on it.

        Args:
            live: The version that users reach.

        Returns:
            The release as it is now, or None when there was nothing to settle.
        """
        entry = self.newest_entry()
        if entry is None or entry.release.result != "begun":
            return None
        self.end_as_found(entry, live=live, reason="its run died before users were sent to it")
        return entry.release

    def end_as_found(self, entry: Entry, *, live: str | None, reason: str) -> None:
        """End a release that came to no end of its own: good when users were sent to its version.

        A first release is not: its alias was there before its proof.

        Raises:
            LedgerError: Somebody else wrote about it in the meantime; what they wrote stays.
        """
        release = entry.release
        if release.before and release.version and release.before != release.version == live:
            last = self.last_good()
            self.end(entry, "good", url=last.release.url if last else "")
        else:
            self.end(entry, "failed", reason=reason)

    def _write(self, release: Release, **condition: Any) -> str:
        place = {"Bucket": self._bucket, "Key": self._key(release.number)}
        try:
            return conditional.put(self._s3, place, release.model_dump(mode="json"), **condition)
        except conditional.Refused as error:
            raise LedgerError(
                f"Somebody else wrote release {release.number} at the same time, and what they wrote stays. "
                f"`invoke status` says what users reach, `invoke releases` what was done; then run it again."
            ) from error

    def _unreadable(self, number: int) -> LedgerError:
        bucket, key = self._bucket, self._key(number)
        return LedgerError(
            f"Release {number} can't be read: s3://{bucket}/{key} is not as it was written. Nothing was "
            f"done. The bucket keeps its earlier versions. To list them: aws s3api list-object-versions "
            f"--bucket {bucket} --prefix {key}. To bring one back: aws s3api copy-object --bucket {bucket} "
            f"--key {key} --copy-source '{bucket}/{key}?versionId=ID' (for the embedded account after "
            f'`eval "$(invoke env)"`).'
        )

    def _key(self, number: int) -> str:
        return f"{self._prefix}{number:06d}.json"

    def _number(self, key: str) -> int | None:
        """Return a release's number, None for a key of something else: a console's "folder" is an object."""
        name = key.removeprefix(self._prefix).removesuffix(".json")
        return int(name) if name.isdecimal() and self._key(int(name)) == key else None


def reason_of(error: BaseException) -> str:
    """Return why a release failed, in a line: what its error says first, or its name when it is silent.

    AWS's own words may repeat what was sent.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from ops import aws_errors

    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    text = aws_errors.refusal(error).said if isinstance(error, BotoCoreError | ClientError) else str(error)
    said = [line.strip() for line in text.splitlines() if line.strip()]
    reason = " ".join(said[:_REASON_LINES]) or type(error).__name__
    return textwrap.shorten(reason, _REASON_LENGTH, placeholder=" …")


def now() -> str:
    """Return this moment as the ledger writes it."""
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")
