"""Keys as an operator handles them on the deployed page, with an eye on every place where one could leak."""

import contextlib
import json
import os
import secrets
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.releases import Ledger
from tests.e2e.copies import Copy, copy_of_the_repository
from tests.fakes.providers import Providers

APP = "patient-insight"
PARAMETER = f"/{APP}/openai-api-key"
OPENAI = ("--provider", "openai")
PASSPHRASE = "a long enough passphrase"
# How often the arguments of a process are looked at, every 20 ms.
LOOKS = 50

# The account's memory, as AWS has one: parameters, functions' variables and Terraform's state are in it.
SEALED = {"state.pickle"}


class Operator:
    """Somebody who types commands, and what could be seen of all of them."""

    def __init__(self, copy: Copy, them: Providers) -> None:
        self.copy, self.them = copy, them
        self.keys: list[str] = []
        self.seen: list[str] = []
        self.processes: set[bytes] = set()

    def key(self) -> str:
        """A new key that the provider knows."""
        self.keys.append(f"sk-proj-{secrets.token_hex(24)}")
        self.them.keys.add(self.keys[-1])
        return self.keys[-1]

    def invoke(self, *words: str, answer: str = "", code: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run a task; it ends with `code`."""
        told = {**self.them.environment, "PASSPHRASE": PASSPHRASE}
        with self._watching_processes():
            run = self.copy.invoke(*words, answer=answer, environment=told)
        self.seen += [run.stdout, run.stderr]
        assert run.returncode == code, run.stdout + run.stderr
        return run

    @property
    def newest(self) -> str:
        """What Terraform and people read."""
        return self.copy.clients.ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]["Value"]

    @property
    def live(self) -> dict[str, str]:
        """The variables of what users reach."""
        found = self.copy.clients.lambda_.get_function_configuration(FunctionName=APP, Qualifier="live")
        return found["Environment"]["Variables"]

    @property
    def reached(self) -> str:
        """The version that users reach."""
        return self.copy.clients.lambda_.get_alias(FunctionName=APP, Name="live")["FunctionVersion"]

    @property
    def ledger(self) -> Ledger:
        bucket = f"{APP}-terraform-123456789012-eu-west-3"
        return Ledger(self.copy.clients.s3, bucket=bucket, app_name=APP)

    def leaks(self) -> list[str]:
        """Each place where a key, or most of one, can be read."""
        places = {
            "what was printed": "\n".join(self.seen).encode(),
            "arguments of processes": b"\n".join(self.processes),
            "the ledger": "\n".join(one.model_dump_json() for one in self.ledger.each()).encode(),
            "logs of the account": "\n".join(self._logs()).encode(),
            **files_of(self.copy.home),
        }
        return [place for place, said in places.items() for key in self.keys if key[8:-8].encode() in said]

    def _logs(self) -> Iterator[str]:
        logs = self.copy.clients.logs
        for group in logs.describe_log_groups()["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            yield from (event["message"] for page in pages for event in page["events"])

    @contextlib.contextmanager
    def _watching_processes(self) -> Iterator[None]:
        done = threading.Event()

        def watch() -> None:
            looks: Counter[str] = Counter()
            while not done.is_set():
                # A new process soon becomes another program, and later none.
                for number in filter(str.isdecimal, (entry.name for entry in os.scandir("/proc"))):
                    if looks[number] < LOOKS:
                        looks[number] += 1
                        with contextlib.suppress(OSError):
                            self.processes.add(Path(f"/proc/{number}/cmdline").read_bytes())
                time.sleep(0.02)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def files_of(home: Path) -> dict[str, bytes]:
    """What the files of a living account hold; an instance that ends meanwhile takes its own away."""
    held: dict[str, bytes] = {}
    for folder, _, names in os.walk(home):
        for path in (Path(folder, name) for name in names if name not in SEALED):
            if is_looked_at(path) and path.is_file():
                with contextlib.suppress(FileNotFoundError):
                    held[str(path.relative_to(home))] = path.read_bytes()
    assert held
    return held


def is_looked_at(path: Path) -> bool:
    """Whether a file is none of Terraform's own, which hold keys under `key_delivery = environment`."""
    return "terraform" not in path.parts and not path.name.endswith(("tfplan", ".tfstate"))


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """A copy of the repository, deployed once, and a provider."""
    copied = copy_of_the_repository(tmp_path_factory.mktemp("keys"))
    try:
        copied.invoke("deploy", check=True)
        with Providers() as them:
            yield Operator(copied, them)
    finally:
        copied.invoke("down")


def test_a_first_key_is_set_rotated_and_seen_by_no_deployment(operator: Operator) -> None:
    first = operator.key()
    said = operator.invoke("keys.set", *OPENAI, answer=f"{first}\n").stdout
    assert f"is live, with version 1 of {PARAMETER}" in said
    assert (operator.live["OPENAI_API_KEY"], operator.newest) == (first, first)
    second = operator.key()
    operator.invoke("--echo", "rotate-key", *OPENAI, "--verify", "completion", answer=f"{second}\n")
    operator.invoke("--debug", "rotate-key", *OPENAI, "--json", answer=f"{operator.key()}\n")
    assert operator.live["OPENAI_API_KEY"] == operator.newest == operator.keys[-1]
    assert "nothing would be done" in operator.invoke("deploy", "--dry-run").stdout
    assert "nothing had to change" in operator.invoke("deploy").stdout
    assert "nothing would be done" in operator.invoke("deploy", "--dry-run").stdout
    operator.invoke("status")
    assert operator.leaks() == []


def test_terraform_and_the_tasks_mean_the_same_parameter_and_value(operator: Operator) -> None:
    outputs = json.loads(operator.invoke("output", "--json").stdout)
    assert PARAMETER in outputs.values()
    before, key = operator.reached, operator.newest
    operator.invoke(
        "--debug", "deploy", "--plan"
    )  # the key is marked as sensitive, which changes no function
    assert (operator.reached, operator.live["OPENAI_API_KEY"]) == (before, key)
    assert "nothing to change" in operator.invoke("deploy", "--plan").stdout
    assert operator.leaks() == []


def test_keys_are_listed_shown_checked_and_restored(operator: Operator) -> None:
    for words in (
        ("keys",),
        ("keys.list", "--json"),
        ("keys.show", *OPENAI),
        ("keys.history", *OPENAI),
        ("--debug", "keys.check"),
        ("--echo", "keys.restore", "--version", "1", *OPENAI),
    ):
        operator.invoke(*words)
    assert operator.live["OPENAI_API_KEY"] == operator.newest == operator.keys[0]
    [listed] = json.loads(operator.invoke("keys.list", "--json").stdout)
    assert (listed["provider"], listed["is_live"]) == ("openai", True)
    assert operator.leaks() == []


def test_a_key_that_somebody_wrote_by_hand_is_delivered_by_a_deployment(operator: Operator) -> None:
    key = operator.key()
    operator.copy.clients.ssm.put_parameter(Name=PARAMETER, Value=key, Type="SecureString", Overwrite=True)
    assert "a key or secret in Systems Manager" in operator.invoke("deploy", "--dry-run").stdout
    operator.invoke("--debug", "deploy")
    assert operator.live["OPENAI_API_KEY"] == key
    assert operator.leaks() == []


def test_a_bug_in_the_middle_of_a_rotation_is_a_traceback_without_a_key(operator: Operator) -> None:
    before = operator.newest
    proof = operator.copy.root / "ops" / "smoke.py"
    good = proof.read_text()
    proof.write_text(
        good.replace("    health = _get(", '    raise RuntimeError("a bug")\n    health = _get(')
    )
    try:
        for words in ("rotate-key",), ("--debug", "rotate-key"):
            run = operator.invoke(*words, *OPENAI, answer=f"{operator.key()}\n", code=1)
            assert "RuntimeError: a bug" in run.stderr
    finally:
        proof.write_text(good)
    assert operator.live["OPENAI_API_KEY"] == operator.newest == before
    assert operator.ledger.newest(1)[0].result == "failed"
    refused = operator.invoke("--debug", "rotate-key", *OPENAI, answer=f"{secrets.token_hex(24)}\n", code=1)
    assert "OpenAI refuses the key. Nothing was done" in refused.stderr
    operator.invoke("deploy")
    operator.invoke("status")
    assert operator.live["OPENAI_API_KEY"] == before
    assert operator.leaks() == []


def test_a_deleted_key_is_kept_in_a_sealed_file_and_comes_back(operator: Operator, tmp_path: Path) -> None:
    kept, before = tmp_path / "kept", operator.newest
    sealed = ("--backup", str(kept), "--passphrase-from-env", "PASSPHRASE")
    operator.invoke("--debug", "keys.delete", *OPENAI, "--yes", *sealed)
    assert "OPENAI_API_KEY" not in operator.live
    assert before.encode() not in kept.read_bytes()
    assert "nothing had to change" in operator.invoke("deploy").stdout
    operator.invoke("keys.restore-backup", str(kept), "--passphrase-from-env", "PASSPHRASE")
    operator.invoke("deploy")
    assert operator.live["OPENAI_API_KEY"] == operator.newest == before
    assert operator.leaks() == []


def test_a_key_that_is_somewhere_is_found(operator: Operator) -> None:
    assert any(b"rotate-key" in arguments for arguments in operator.processes)
    operator.copy.home.joinpath("a file").write_text(operator.keys[0])
    try:
        assert operator.leaks() == ["a file"]
    finally:
        operator.copy.home.joinpath("a file").unlink()
