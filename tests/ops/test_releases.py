"""The ledger: numbers that are taken once, and runs that died without a word."""

import contextlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops import backend
from ops.errors import LedgerError
from ops.locks import me
from ops.releases import Ledger, Release, reason_of
from tests.ops.lossy import lossy_way
from tests.ops.worlds import World

IMAGE = "registry/demo@sha256:" + "a" * 64
OTHER = "registry/demo@sha256:" + "b" * 64


@pytest.fixture
def ledger(world: World) -> Ledger:
    bucket = f"ledger-{uuid.uuid4().hex[:8]}"
    backend.ensure_bucket(world.clients.s3, name=bucket)
    return Ledger(world.clients.s3, bucket=bucket, app_name="demo")


def test_a_bucket_that_is_not_there_holds_no_release(world: World) -> None:
    nothing = Ledger(world.clients.s3, bucket="never-made", app_name="demo")
    assert nothing.numbers() == []
    assert nothing.last_good() is None
    with pytest.raises(LedgerError, match=r"no release 1.*invoke releases"):
        nothing.read(1)


def test_a_release_is_written_when_it_begins_and_when_it_ends(ledger: Ledger) -> None:
    entry = ledger.begin("code", image=IMAGE, tag="content-a", before=None)
    assert ledger.read(1).release == entry.release
    assert (entry.release.result, entry.release.who, entry.release.ended) == ("begun", me(), None)
    ledger.end(entry, "good", version="1", url="http://x")
    read = ledger.read(1).release
    assert (read.result, read.version, read.url, read.digest) == ("good", "1", "http://x", IMAGE[-71:])
    assert read.ended is not None


def test_numbers_count_from_one_also_beyond_what_one_page_lists(ledger: Ledger, world: World) -> None:
    body = release(number=1).model_dump_json()
    with ThreadPoolExecutor(8) as pool:
        keys = [f"demo/releases/{number:06d}.json" for number in range(1, 1003)]
        list(pool.map(lambda key: put(world, ledger, key, body), keys))
    assert ledger.begin("code", image=IMAGE).release.number == 1003
    assert [found.number for found in ledger.newest(1)] == [1003]


def test_two_that_begin_at_once_do_not_take_one_number(ledger: Ledger) -> None:
    numbers: list[int] = []

    def begin(_: int) -> None:
        with contextlib.suppress(LedgerError):
            numbers.append(ledger.begin("code", image=IMAGE).release.number)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(begin, range(6)))
    assert numbers
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert ledger.numbers() == sorted(numbers, reverse=True)


def test_what_somebody_else_wrote_about_a_release_is_not_overwritten(ledger: Ledger) -> None:
    mine = ledger.begin("code", image=IMAGE)
    theirs = ledger.read(1)
    ledger.end(theirs, "failed", reason="settled by another command")
    with pytest.raises(LedgerError, match="release 1 at the same time"):
        ledger.end(mine, "good")
    assert ledger.read(1).release.reason == "settled by another command"


def test_a_release_is_written_although_the_answers_are_lost(ledger: Ledger, world: World) -> None:
    with lossy_way(world) as way:
        mine = Ledger(way.clients.s3, bucket=ledger._bucket, app_name="demo")
        way.lose = 1
        entry = mine.begin("code", image=IMAGE)
        way.lose = 1
        mine.end(entry, "good")
        assert way.lose == 0
    assert [(found.number, found.result) for found in ledger.each()] == [(1, "good")]


@pytest.mark.parametrize(
    ("before", "version", "live", "result"),
    [
        ("1", "2", "2", "good"),
        ("1", "2", "1", "failed"),
        ("1", None, "1", "failed"),
        (None, "1", "1", "failed"),
        (None, None, None, "failed"),
    ],
)
def test_a_release_whose_run_died_is_good_when_users_were_sent_to_it(
    ledger: Ledger, before: str | None, version: str | None, live: str | None, result: str
) -> None:
    ledger.begin("code", image=IMAGE, before=before, version=version)
    settled = ledger.settle(live=live)
    assert settled is not None
    assert settled.result == result
    assert ledger.settle(live="9") is None


def test_the_last_good_release_is_found_behind_those_that_failed(ledger: Ledger) -> None:
    ledger.end(ledger.begin("code", image=IMAGE), "good", version="1")
    ledger.end(ledger.begin("code", image=OTHER), "failed", reason="no answer")
    found = ledger.last_good()
    assert found is not None
    assert found.release.number == 1


def test_what_is_no_release_is_not_counted_among_them(ledger: Ledger, world: World) -> None:
    ledger.begin("code", image=IMAGE)
    for name in ("", "notes.txt", "9.json", "000000.json", "old/000007.json", "latest.json"):
        put(world, ledger, f"demo/releases/{name}", "{}")
    assert ledger.numbers() == [1]
    assert ledger.begin("code", image=IMAGE).release.number == 2


def test_a_release_that_cannot_be_read_is_brought_back_as_its_error_says(
    ledger: Ledger, world: World
) -> None:
    s3, key = world.clients.s3, "demo/releases/000001.json"
    written = ledger.begin("code", image=IMAGE)
    put(world, ledger, key, '{"number"')
    with pytest.raises(LedgerError, match=r"Release 1 can't be read.*Nothing was done") as raised:
        ledger.read(1)
    assert f"list-object-versions --bucket {ledger._bucket} --prefix {key}" in str(raised.value)
    versions = s3.list_object_versions(Bucket=ledger._bucket, Prefix=key)["Versions"]
    good = next(found["VersionId"] for found in versions if not found["IsLatest"])
    source = f"{ledger._bucket}/{key}?versionId={good}"
    assert f"--key {key} --copy-source '{source.replace(good, 'ID')}'" in str(raised.value)
    s3.copy_object(Bucket=ledger._bucket, Key=key, CopySource=source)
    assert ledger.read(1).release == written.release


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyboardInterrupt(), "interrupted"),
        (ValueError(), "ValueError"),
        (
            ValueError("Terraform failed:\n\n  Error: no such role  \nand more"),
            "Terraform failed: Error: no such role",
        ),
    ],
)
def test_a_release_fails_for_a_reason_that_reads_well(error: BaseException, reason: str) -> None:
    assert reason_of(error) == reason


def test_a_reason_repeats_no_variables_as_lambda_does() -> None:
    message = 'You exceeded the 4KB limit. String measured: {"OPENAI_API_KEY":"sk-very-secret"}'
    error = {"Code": "InvalidParameterValueException", "Message": message}
    said = reason_of(ClientError({"Error": error}, "UpdateFunctionConfiguration"))
    assert "You exceeded the 4KB limit." in said
    assert "sk-very-secret" not in said


def test_a_reason_is_no_longer_than_a_table_can_hold() -> None:
    said = reason_of(ValueError("word " * 100))
    assert len(said) <= 300
    assert said.endswith("word …")


def release(**fields: Any) -> Release:
    given = {"kind": "code", "who": "a@b", "began": "2026-01-01T00:00:00+00:00", "image": IMAGE, **fields}
    return Release.model_validate(given)


def put(world: World, ledger: Ledger, key: str, body: str) -> None:
    world.clients.s3.put_object(Bucket=ledger._bucket, Key=key, Body=body)
