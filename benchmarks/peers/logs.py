"""Reading and following logs: each tool as a process of its own, on the groups of one embedded account."""

import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.logs import DELAYS, Followed, followed, launched
from benchmarks.peers.markdown import table
from benchmarks.peers.tools import AWS, AWSLOGS, CHALICE, SAM, ZAPPA, Peer
from ops.clients import Clients
from ops.settings import ROOT

EVENTS, STREAMS, BATCH = 20_000, 4, 1_000
ROUNDS = 3
PREFIX = "/aws/lambda/peers-"


@dataclass(frozen=True)
class Command:
    """What is run, with which variables, and where."""

    argv: list[str]
    environment: Mapping[str, str]
    directory: Path


@dataclass(frozen=True)
class Read:
    """Medians of reading a group: the whole process, its processor time, its memory, and what it printed."""

    whole_s: float
    cpu_s: float
    memory_mb: float
    events: int


@dataclass(frozen=True)
class Tail:
    """What became of the events that were put while a command followed."""

    median_s: float
    worst_s: float
    lost: Mapping[str, int]
    doubled: int


def ours(*words: str, environment: Mapping[str, str]) -> Command:
    """Return a task as a command."""
    return Command([sys.executable, "-m", "invoke", *words], {**os.environ, **environment}, ROOT)


def project(directory: Path, stage: str) -> Path:
    """Make a project of each tool; for Zappa and Chalice its function logs to the group of `stage`."""
    (directory / ".chalice" / "deployed").mkdir(parents=True)
    arn = f"arn:aws:lambda:eu-west-3:123456789012:function:peers-{stage}"
    function = {"name": "api_handler", "resource_type": "lambda_function", "lambda_arn": arn}
    files = {
        "zappa_settings.json": {stage: {**ZAPPA_PROJECT, "project_name": "peers"}},
        ".chalice/config.json": {"version": "2.0", "app_name": "peers", "stages": {stage: {}}},
        f".chalice/deployed/{stage}.json": {"schema_version": "2.0", "resources": [function]},
    }
    for name, content in files.items():
        (directory / name).write_text(json.dumps(content), encoding="utf-8")
    (directory / "template.yaml").write_text(SAM_TEMPLATE)
    (directory / "app.py").write_text("import chalice\napp = chalice.Chalice(app_name='peers')\n")
    return directory


SAM_TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  App:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image, ImageUri: "123456789012.dkr.ecr.eu-west-3.amazonaws.com/app:1"}
"""

ZAPPA_PROJECT = {
    "app_function": "app.app",
    "aws_region": "eu-west-3",
    "runtime": f"python3.{sys.version_info.minor}",
    "s3_bucket": "peers",
}


# ---------------------------------------------------------------------------------------------- reading


def read(
    peers: Mapping[str, Peer],
    account: Mapping[str, str],
    clients: Clients,
    directory: Path,
    us: Mapping[str, str],
) -> dict[str, Read]:
    """Have each tool print a group from its beginning, in turn."""
    fill(clients)
    commands = {
        "ours": ours("logs", "--stage", "local", "--group", f"{PREFIX}read", "--since", "1d", environment=us)
    }
    place = project(directory / "read", "read")
    for name, words in readers(f"{PREFIX}read").items():
        if peer := peers.get(name):
            commands[name] = Command(peer.argv(*words), peer.variables(account), place)
    found: dict[str, list[Read]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            found[name].append(printed(command))
    return {name: middle(reads) for name, reads in found.items()}


def readers(group: str) -> dict[str, tuple[str, ...]]:
    """Return what prints all of a group, for each tool."""
    return {
        AWS.name: ("logs", "filter-log-events", "--log-group-name", group, "--output", "text"),
        AWSLOGS.name: ("get", group, "ALL", "--start=1d ago", "--color=never"),
        SAM.name: ("logs", "--cw-log-group", group, "--start-time", "1 day ago"),
        ZAPPA.name: ("tail", "read", "--since", "1d", "--disable-keep-open", "--no-color"),
        CHALICE.name: ("logs", "--stage", "read", "--include-lambda-messages"),
    }


def fill(clients: Clients) -> None:
    """Put the events, of the last hour, in several streams."""
    begin_ms = int(time.time() * 1000) - 3_600_000
    clients.logs.create_log_group(logGroupName=f"{PREFIX}read")
    for stream in range(STREAMS):
        name = f"2026/01/01/[$LATEST]{stream:032x}"
        clients.logs.create_log_stream(logGroupName=f"{PREFIX}read", logStreamName=name)
        for start in range(stream, EVENTS, STREAMS * BATCH):
            numbers = range(start, min(start + STREAMS * BATCH, EVENTS), STREAMS)
            events = [
                {"timestamp": begin_ms + 100 * number, "message": f"mark<{number}> {'x' * 80}"}
                for number in numbers
            ]
            clients.logs.put_log_events(
                logGroupName=f"{PREFIX}read",
                logStreamName=name,
                logEvents=events,  # type: ignore[arg-type]  # a plain dict is one
            )


def printed(command: Command) -> Read:
    """Run a command to its end and count the different events in what it printed."""
    with tempfile.TemporaryFile() as out:
        began, ended, cpu_s, memory_kb = launched(
            command.argv, command.environment, out, directory=command.directory
        )
        out.seek(0)
        events = len(set(re.findall(rb"mark<(\d+)>", out.read())))
    return Read(ended - began, cpu_s, memory_kb / 1024, events)


def middle(reads: list[Read]) -> Read:
    """Return the medians, the most memory and the fewest events."""
    return Read(
        statistics.median(read.whole_s for read in reads),
        statistics.median(read.cpu_s for read in reads),
        max(read.memory_mb for read in reads),
        min(read.events for read in reads),
    )


def read_table(reads: Mapping[str, Read], missing: Mapping[str, str]) -> str:
    """Return the reads beside ours."""
    base = reads["ours"]
    rows = [
        [
            name,
            f"{one.whole_s:.2f} s",
            f"{one.whole_s / base.whole_s:.1f}x",
            f"{one.cpu_s:.2f} s",
            f"{one.cpu_s / base.cpu_s:.1f}x",
            f"{one.memory_mb:.0f} MB",
            f"{one.events:,}",
        ]
        for name, one in reads.items()
    ]
    rows += [[name, why, "", "", "", "", ""] for name, why in missing.items()]
    columns = ["", "whole process", "of ours", "its processor time", "of ours", "memory", "events printed"]
    return table(f"Reading {EVENTS:,} log events, medians of {ROUNDS}", columns, rows)


# ---------------------------------------------------------------------------------------------- following


def follow(
    peers: Mapping[str, Peer],
    account: Mapping[str, str],
    clients: Clients,
    directory: Path,
    us: Mapping[str, str],
) -> dict[str, Tail | str]:
    """Have each tool follow a group of its own, one after the other; a sentence for one that does not."""
    task = ("logs", "--stage", "local", "--follow", "--group", f"{PREFIX}ours")
    commands = {"ours": ours(*task, environment=us)}
    for name, words in followers().items():
        if peer := peers.get(name):
            # On a terminal each line is there at once, and so it must be in a pipe.
            environment = {**peer.variables(account), "PYTHONUNBUFFERED": "1"}
            commands[name] = Command(peer.argv(*words), environment, project(directory / name, name))
    tails: dict[str, Tail | str] = {
        name: tail(followed(command.argv, command.environment, clients, f"{PREFIX}{name}", command.directory))
        for name, command in commands.items()
    }
    if aws := peers.get(AWS.name):
        tails[AWS.name] = why_not(aws, account)
    return tails


def followers() -> dict[str, tuple[str, ...]]:
    """Return what follows the group of each tool."""
    return {
        AWSLOGS.name: ("get", f"{PREFIX}awslogs", "ALL", "--watch", "--start=10m ago", "--color=never"),
        SAM.name: ("logs", "--cw-log-group", f"{PREFIX}sam", "--start-time", "10 min ago", "--tail"),
        ZAPPA.name: ("tail", "zappa", "--since", "10m", "--no-color"),
        CHALICE.name: ("logs", "--stage", "chalice", "--follow", "--include-lambda-messages"),
    }


def why_not(aws: Peer, account: Mapping[str, str]) -> str:
    """Return why the AWS CLI follows nothing here."""
    if "tail" in aws.commands(account, "logs"):
        raise SystemExit("this AWS CLI has `logs tail`: measure it")
    # botocore puts `stream-` before the host of StartLiveTail: with an endpoint of 127.0.0.1, no host at all.
    return "not run: no `logs tail` in version 1; `start-live-tail` asks a host `stream-…`, not the account"


def tail(found: Followed) -> Tail | str:
    """Return the delays of what was printed and the count of what was not."""
    if "begin" not in found.printed:
        return "not run: it printed nothing"
    delays = [
        found.delay_s(mark) for number in range(DELAYS) if (mark := f"each-{number:03d}") in found.printed
    ]
    counts = {kind: found.lost_and_doubled(kind) for kind in found.wanted}
    return Tail(
        statistics.median(delays),
        max(delays),
        {kind: lost for kind, (lost, _) in counts.items()},
        sum(doubled for _, doubled in counts.values()),
    )


def follow_table(tails: Mapping[str, Tail | str], missing: Mapping[str, str]) -> str:
    """Return what became of the events."""
    kinds = Followed().wanted
    columns = [
        "",
        "put to printed, median",
        "worst",
        *(f"lost of {n} {kind}" for kind, n in kinds.items()),
        "doubled",
    ]
    rows = []
    for name, one in {**tails, **missing}.items():
        if isinstance(one, str):
            rows.append([name, one, *[""] * (len(kinds) + 2)])
        else:
            lost = [str(count) for count in one.lost.values()]
            rows.append([name, f"{one.median_s:.2f} s", f"{one.worst_s:.2f} s", *lost, str(one.doubled)])
    return table("Following, events put meanwhile", columns, rows)
