"""What can be seen of keys, and how the commands say it and exit; no value unless it is asked for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import tables
from ops.keys import listing, rotation
from ops.keys.listing import Checked, Key, Result
from ops.keys.parameters import ParameterError
from tests.ops.keys.keyed import FIRST, OPENAI, SECOND, Keyed
from tests.ops.keys.struck import Way, way
from tests.ops.worlds import fault


@pytest.fixture
def opened(stage: Keyed) -> Iterator[Way]:
    with way(stage) as found:
        yield found


def test_a_key_is_told_by_its_fingerprint_and_whether_users_reach_it(stage: Keyed) -> None:
    [key] = listing.keys(stage.stack)
    assert (key.provider, key.parameter, key.version, key.is_live) == ("openai", stage.parameter, 1, True)
    assert (key.fingerprint, key.age_days) == (listing.fingerprint(FIRST), 0)
    assert FIRST not in repr(key)
    stage.put(SECOND)
    [key] = listing.keys(stage.stack)
    assert (key.version, key.is_live, key.fingerprint) == (2, False, listing.fingerprint(SECOND))
    stage.stack.clients.lambda_.delete_alias(FunctionName=stage.name, Name="live")
    assert listing.keys(stage.stack)[0].is_live is None


def test_all_versions_are_listed_newest_first_without_values(stage: Keyed) -> None:
    stage.rotate(SECOND)
    found = listing.history(stage.stack, OPENAI)
    assert [(one.version, one.labels) for one in found] == [(2, ("live",)), (1, ("previous",))]
    assert not [key for key in (FIRST, SECOND) if key in repr(found)]
    stage.stack.clients.ssm.delete_parameter(Name=stage.parameter)
    with pytest.raises(ParameterError, match=r"invoke keys\.set"):
        listing.history(stage.stack, OPENAI)


def test_a_masked_key_shows_its_ends_when_it_is_long(stage: Keyed) -> None:
    assert listing.masked(FIRST) == "sk-p…cdef"
    assert listing.masked("sk-short") == "…"
    assert listing.value(stage.stack, OPENAI) == FIRST


@pytest.mark.parametrize(
    ("fault", "result", "said"),
    [
        (None, "accepted", "accepted"),
        ("quota", "accepted", "accepted, but its quota is used up"),
        ("organisation", "refused", "another organisation"),
        ("500", "not asked", "status 500"),
    ],
)
def test_each_key_is_asked_about_and_none_ends_the_check(
    stage: Keyed, fault: str | None, result: str, said: str
) -> None:
    stage.put(f"{FIRST}\n")  # as a person may write it; the page strips it too
    stage.them.fault = fault
    [checked] = listing.check(stage.stack, oldest_days=90)
    assert (checked.result, said in checked.said, checked.is_old) == (result, True, False)
    assert listing.check(stage.stack, oldest_days=-1)[0].is_old is True


def test_the_commands_say_by_their_exit_codes_how_keys_are(opened: Way, stage: Keyed, tmp_path: Path) -> None:
    accepted = opened.invoke(tmp_path, "keys.check", "--max-age", "90", key="")
    assert (accepted.returncode, "accepted" in accepted.stdout) == (0, True)
    stage.them.fault = "500"
    unasked = opened.invoke(tmp_path, "keys.check", "--json", key="")
    assert (unasked.returncode, json.loads(unasked.stdout)[0]["result"]) == (2, "not asked")
    stage.them.fault = None
    stage.them.keys.clear()
    refused = opened.invoke(tmp_path, "keys.check", key="")
    assert (refused.returncode, "OpenAI refuses the key" in refused.stdout) == (1, True)
    assert FIRST not in "".join(run.stdout + run.stderr for run in (accepted, unasked, refused))

    shown = opened.invoke(tmp_path, "keys.show", "--provider", "openai", key="")
    assert (shown.returncode, shown.stdout) == (0, "sk-p…cdef\n")
    hidden = opened.invoke(tmp_path, "keys.show", "--provider", "openai", "--reveal", key="")
    assert (hidden.returncode, "No terminal reads this" in hidden.stderr, hidden.stdout) == (1, True, "")
    revealed = opened.invoke(tmp_path, "keys.show", "--provider", "openai", "--reveal", "--force", key="")
    assert revealed.stdout == f"{FIRST}\n"

    missing = opened.invoke(tmp_path, "keys.restore", "9", "--provider", "openai", key="")
    assert (missing.returncode, f"There is no {stage.parameter}:9." in missing.stderr) == (1, True)
    stage.stack.clients.ssm.delete_parameter(Name=stage.parameter)
    none = opened.invoke(tmp_path, "keys.check", key="")
    assert (none.returncode, "no key yet" in none.stdout) == (0, True)


@pytest.mark.parametrize(
    "command",
    [
        ("rotate-key", "--from-env", "NEW_KEY"),
        ("keys.set", "--from-env", "NEW_KEY"),
        ("keys.restore", "1"),
        ("keys.delete", "--yes"),
    ],
)
@pytest.mark.parametrize("dry", ["--dry-run", "--dry"])
def test_what_would_be_done_is_said_and_not_done(
    opened: Way, stage: Keyed, tmp_path: Path, command: tuple[str, ...], dry: str
) -> None:
    words = (*command, "--provider", "openai")
    words = ("--dry", *words) if dry == "--dry" else (*words, dry)
    run = opened.invoke(tmp_path, *words, key=SECOND)
    assert (run.returncode, run.stdout.startswith("would ")) == (0, True), run.stderr
    assert stage.parameter in run.stdout
    assert (opened.steps, stage.them.asked) == ([], [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("keys.restore", "9"), "There is no /.*/openai-api-key:9"),
        (("keys.delete",), "There is no /.*/mistral-api-key"),
    ],
)
def test_what_could_not_be_done_is_refused_by_a_dry_run_too(
    opened: Way, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    provider = "openai" if "openai" in said else "mistral"
    run = opened.invoke(tmp_path, *words, "--provider", provider, "--dry-run", key="")
    assert (run.returncode, bool(re.search(said, run.stderr)), run.stdout) == (1, True, ""), run.stderr


def test_a_dry_run_asks_no_provider_that_would_not_be_asked(stage: Keyed) -> None:
    asked, unasked = (rotation.preview(stage.settings, OPENAI, verify=how) for how in ("models", "no"))
    assert (asked[0], asked[1:]) == ("ask OpenAI about the key", unasked)


@pytest.mark.parametrize(
    ("written", "said"), [("sk-a\nkey", "line break"), ("mIsTrAlKeYoF32LeTtErSaNdDiGiTs01", "key of Mistral")]
)
def test_a_key_that_can_be_none_is_refused_by_a_check_and_sent_to_nobody(
    stage: Keyed, written: str, said: str
) -> None:
    stage.put(written)
    [checked] = listing.check(stage.stack, oldest_days=90)
    assert (checked.result, said in checked.said, stage.them.asked) == ("refused", True, [])


def test_keys_are_listed_also_while_users_reach_latest(stage: Keyed) -> None:
    lambda_ = stage.stack.clients.lambda_
    lambda_.update_alias(FunctionName=stage.name, Name="live", FunctionVersion="$LATEST")
    assert [key.is_live for key in listing.keys(stage.stack)] == [True]


def test_a_key_that_is_set_while_users_reach_no_version_is_said_to_wait(
    opened: Way, stage: Keyed, tmp_path: Path
) -> None:
    stage.stack.clients.lambda_.delete_alias(FunctionName=stage.name, Name="live")
    run = opened.invoke(tmp_path, "rotate-key", "--provider", "openai", "--from-env", "NEW_KEY", key=SECOND)
    assert (run.returncode, "No version is live: `invoke deploy`" in run.stdout) == (0, True), run.stderr


def test_a_key_in_plain_text_is_listed_as_such_and_refused_by_a_check(stage: Keyed) -> None:
    stage.stack.clients.ssm.delete_parameter(Name=stage.parameter)
    stage.put(FIRST, Type="String", Overwrite=False)
    [checked] = listing.check(stage.stack, oldest_days=90)
    assert (checked.result, "is a plain String" in checked.said) == ("refused", True)
    assert "in plain text" in "".join(str(cell) for cell in tables.keys([checked.key]).columns[1].cells)


def test_whoever_may_not_ask_the_function_is_told_all_else(stage: Keyed) -> None:
    here = stage.stack.target.running
    assert here is not None
    with fault(here, "lambda:InvokeFunction", "deny"):
        [key] = listing.keys(stage.stack)
    assert (key.version, key.is_live, key.objection) == (1, None, None)


def test_a_version_that_was_written_with_its_line_break_is_restored_without(
    opened: Way, stage: Keyed, tmp_path: Path
) -> None:
    stage.put(f"{SECOND}\n")
    run = opened.invoke(tmp_path, "keys.restore", "2", "--provider", "openai", key="")
    assert (run.returncode, stage.used(), stage.newest()) == (0, SECOND, SECOND), run.stderr


def test_an_earlier_version_is_restored_by_its_number(opened: Way, stage: Keyed, tmp_path: Path) -> None:
    stage.rotate(SECOND)
    run = opened.invoke(tmp_path, "keys.restore", "--version", "1", "--provider", "openai", key="")
    assert (run.returncode, stage.used()) == (0, FIRST), run.stderr
    assert stage.labels() == {"live": 3, "previous": 2}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--provider", "azure", "--from-env", "NEW_KEY"), "There is no provider 'azure' with a key"),
        (("--from-env", "NEW_KEY"), "the model provider local, which needs no key"),
        (("--provider", "openai", "--from-env", "NOT_SET"), "The variable NOT_SET is not set"),
        (("--provider", "openai", "--from-env", "NEW_KEY"), "holds a space, a line break"),
        (("--provider", "openai"), "The key is empty"),  # as nothing comes on standard input
    ],
)
def test_what_can_not_be_used_is_said_in_a_sentence(
    opened: Way, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    run = opened.invoke(tmp_path, "rotate-key", *words, key="sk-not\na-key")
    assert (run.returncode, said in run.stderr, "Nothing was done" in run.stderr) == (1, True, True), (
        run.stderr
    )
    assert "Traceback" not in run.stderr
    assert "a-key" not in run.stdout + run.stderr
    assert opened.steps == []


@pytest.mark.parametrize(
    ("results", "is_old", "old_fails", "code"),
    [
        (["accepted"], False, True, 0),
        (["accepted"], True, False, 0),
        (["accepted"], True, True, 3),
        (["not asked", "accepted"], True, True, 2),
        (["accepted", "not asked", "refused"], True, True, 1),
        ([], True, True, 0),
    ],
)
def test_a_schedule_fails_by_the_worst_and_by_age_only_where_it_wants_to(
    results: list[Result], is_old: bool, old_fails: bool, code: int
) -> None:
    key = Key("openai", "/app/openai-api-key", 1, "2026-11-26T05:00:00+00:00", "anna", "f", None, None)
    found = [Checked(key, result, "said", is_old) for result in results]
    assert listing.exit_code(found, old_fails=old_fails) == code
