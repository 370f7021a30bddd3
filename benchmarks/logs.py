"""`invoke logs` beside boto3's paginator in a loop and, where it is installed, `aws logs tail` (version 2).

Reading: 50,000 events from pages that a process of its own has ready, so that the clients are what is
measured. Whole process: from its start to its end. Client: from the first question that the server gets to
the end of the process. Following: an embedded account, from the put to the printed line. Commands take turns.
"""

import http.client
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from rich.table import Table

from ops.clients import Clients
from ops.embedded import account
from ops.settings import ROOT

EVENTS, PAGE = 50_000, 10_000
ROUNDS = 9
REGION = "eu-west-3"
GROUP = "/aws/lambda/any"
ACCOUNT_ID = "123456789012"
STAGE = f'stages: {{bench: {{tfvars: none, account_id: "{ACCOUNT_ID}"}}}}'

LOOP = """
import sys, boto3
pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=sys.argv[1])
for page in pages:
    lines = [f"{e['timestamp']} {e['logStreamName']} {e['message'].rstrip()}\\n" for e in page["events"]]
    sys.stdout.write("".join(lines))
"""

# Small, since the memory of whoever starts a process counts as that process's own.
LAUNCHER = """
import os, sys, time
began = time.time()
process = os.fork()
if not process:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(process, 0)
print(began, time.time(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True)
class Run:
    """One run of a command: seconds, those of a processor too, and megabytes at most."""

    whole_s: float
    client_s: float
    cpu_s: float
    memory_mb: float


def run() -> Table:
    """Read, follow, and ask for help."""
    table = Table("", "median", "of it", "target", title=f"Logs: {EVENTS:,} events, medians of {ROUNDS}")
    _read(table)
    _help(table)
    _follow(table)
    return table


# ---------------------------------------------------------------------------------------------- reading


def _read(table: Table) -> None:
    with tempfile.TemporaryDirectory() as name, _pages() as url:
        stage = Path(name) / "stage.yaml"
        stage.write_text(STAGE)
        environment = _environment(url)
        ours = [sys.executable, "-m", "invoke", "-f", str(stage), "logs", "--stage", "bench"]
        ours += ["--group", GROUP, "--since", "1d", "--output"]
        commands = {"boto3 loop": [sys.executable, "-c", LOOP, GROUP]}
        if aws := _aws():
            commands["aws logs tail"] = [aws, "logs", "tail", GROUP, "--since", "1d", "--color", "off"]
        commands |= {f"invoke logs --output {form}": [*ours, form] for form in ("raw", "text", "json")}
        runs: dict[str, list[Run]] = {command: [] for command in commands}
        for _ in range(ROUNDS):
            for command, argv in commands.items():
                runs[command].append(_measured(argv, environment, url))
    middle = {
        command: Run(
            statistics.median(run.whole_s for run in found),
            statistics.median(run.client_s for run in found),
            statistics.median(run.cpu_s for run in found),
            max(run.memory_mb for run in found),
        )
        for command, found in runs.items()
    }
    loop = middle["boto3 loop"]
    for command, found in middle.items():
        targets = ("1.5x", "2.9x", "1.0x") if command.endswith(("raw", "text")) else ("", "", "")
        table.add_row(
            f"{command}, whole process",
            f"{found.whole_s:.2f} s, {EVENTS / found.whole_s:,.0f}/s",
            f"{loop.whole_s / found.whole_s:.2f}x as fast",
            targets[0],
        )
        table.add_row(
            "  client",
            f"{found.client_s:.3f} s, {EVENTS / found.client_s:,.0f}/s",
            f"{loop.client_s / found.client_s:.2f}x as fast",
            targets[1],
        )
        # What the rest of the machine does changes this least.
        table.add_row(
            "  whole process, processor", f"{found.cpu_s:.2f} s", f"{loop.cpu_s / found.cpu_s:.2f}x as fast"
        )
        table.add_row(
            "  memory",
            f"{found.memory_mb:.0f} MB",
            f"{found.memory_mb / loop.memory_mb:.2f}x as much",
            targets[2],
        )


def _measured(argv: list[str], environment: Mapping[str, str], url: str) -> Run:
    """Run a command to its end; all that it prints is counted, and nothing else is done with it."""
    with tempfile.TemporaryFile() as out:
        started, ended, cpu_s, memory_kb = launched(argv, environment, out)
        out.seek(0)
        printed = sum(chunk.count(b"\n") for chunk in iter(lambda: out.read(1 << 20), b""))
    if printed < EVENTS:
        raise RuntimeError(f"{argv} printed {printed} lines")
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.request("GET", "/first-question")
    first = float(connection.getresponse().read())
    return Run(ended - started, ended - first, cpu_s, memory_kb / 1024)


def launched(
    argv: list[str], environment: Mapping[str, str], out: IO[bytes], directory: Path = ROOT
) -> list[float]:
    """Run a command, its output into `out`: when it began and ended, processor seconds, kilobytes at most."""
    launch = [sys.executable, "-S", "-c", LAUNCHER, *argv]
    run = subprocess.run(
        launch, cwd=directory, env=environment, stdout=out, stderr=subprocess.PIPE, text=True, check=True
    )
    return [float(number) for number in run.stderr.split()]


@contextmanager
def _pages() -> Iterator[str]:
    """Serve the pages from a process of its own; its URL."""
    command = [sys.executable, "-c", "from benchmarks.logs import serve; serve()"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def serve() -> None:
    """Answer FilterLogEvents with pages made beforehand, and say when it was first asked for one."""
    pages = _made()
    first: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if b"GetCallerIdentity" in body:
                self._answer(f"<Account>{ACCOUNT_ID}</Account>".encode())
                return
            if not first:
                first.append(time.time())
            self._answer(pages[int(json.loads(body).get("nextToken") or 0)])

        def do_GET(self) -> None:
            self._answer(str(first.pop()).encode())

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def _made() -> list[bytes]:
    """Return the answers: START, a JSON line, END and REPORT of many requests, over six hours."""
    chance = random.Random(1)  # noqa: S311 - no secret
    begin = int(time.time() * 1000) - 6 * 3600 * 1000
    events = [_event(number, begin + number * 6 * 3600 * 1000 // EVENTS, chance) for number in range(EVENTS)]
    answers = []
    for start in range(0, EVENTS, PAGE):
        answer: dict[str, Any] = {"events": events[start : start + PAGE], "searchedLogStreams": []}
        if start + PAGE < EVENTS:
            answer["nextToken"] = str(start // PAGE + 1)
        answers.append(json.dumps(answer).encode())
    return answers


def _event(number: int, timestamp: int, chance: random.Random) -> dict[str, Any]:
    stream = number % 20
    request = f"{stream:08x}-0000-4000-8000-{number // 80:012x}"
    line = {"level": chance.choice(["INFO", "WARNING", "ERROR"]), "request_id": request, "msg": "chat turn"}
    message = (
        f"START RequestId: {request} Version: $LATEST\n",
        json.dumps({**line, "ms": chance.randint(5, 900), "seq": number}),
        f"END RequestId: {request}\n",
        f"REPORT RequestId: {request}\tDuration: {chance.random() * 900:.2f} ms\tBilled Duration: 900 ms"
        "\tMemory Size: 1024 MB\tMax Memory Used: 210 MB\t\n",
    )[number // 20 % 4]
    return {
        "logStreamName": f"2026/01/01/[$LATEST]{stream:032x}",
        "timestamp": timestamp,
        "message": message,
        "ingestionTime": timestamp + 900,
        "eventId": f"{number:056d}",
    }


# ---------------------------------------------------------------------------------------------- help


def _help(table: Table) -> None:
    commands = {"invoke --list": ["--list"], "invoke logs --help": ["logs", "--help"]}
    times: dict[str, list[float]] = {command: [] for command in commands}
    for _ in range(ROUNDS):
        for command, arguments in commands.items():
            started = time.monotonic()
            argv = [sys.executable, "-m", "invoke", *arguments]
            subprocess.run(argv, cwd=ROOT, check=True, capture_output=True)
            times[command].append(time.monotonic() - started)
    base, asked = (statistics.median(seconds) for seconds in times.values())
    table.add_row("invoke logs --help", f"{asked:.3f} s", f"{asked / base:.2f}x of --list", "1.3x")


# ---------------------------------------------------------------------------------------------- following


def _follow(table: Table) -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "account"
        running = account.start(home)
        try:
            variables = account.environment(running, REGION)
            clients = Clients(region=REGION, environment=variables)
            plain = {key: value for key, value in {**os.environ, **variables}.items() if value}
            ours = [sys.executable, "-m", "invoke", "logs", "--stage", "local", "--follow", "--group"]
            commands = {
                "invoke logs --follow": ([*ours, "{}"], {**os.environ, "EMBEDDED_AWS_HOME": str(home)})
            }
            if aws := _aws():
                tail = [aws, "logs", "tail", "{}", "--follow", "--since", "10m", "--color", "off"]
                commands["aws logs tail --follow"] = tail, plain
            for number, (command, (argv, environment)) in enumerate(commands.items()):
                group = f"/any/{number}"
                found = followed([word.format(group) for word in argv], environment, clients, group)
                delays = [found.delay_s(f"each-{n:03d}") for n in range(DELAYS)]
                table.add_row(
                    f"{command}, put to printed",
                    f"{statistics.median(delays):.2f} s",
                    f"worst {max(delays):.2f} s",
                    "1 s, worst 1.5 s",
                )
                for kind, wanted in found.wanted.items():
                    lost, doubled = found.lost_and_doubled(kind)
                    text = f"{lost} lost, {doubled} doubled"
                    table.add_row(f"  {kind}: {wanted} events", text, "", "0 lost, 0 doubled")
        finally:
            account.stop(home)


DELAYS = 20
BURST = 501


class Followed:
    """What was put, and what was printed when."""

    def __init__(self) -> None:
        self.wanted = {"each": DELAYS, "late": 3, "same millisecond": 3, "burst": BURST}
        self.put: dict[str, float] = {}
        self.printed: dict[str, list[float]] = {}

    def delay_s(self, mark: str) -> float:
        """Seconds from the put to the first print; without end when it was never printed."""
        return self.printed.get(mark, [float("inf")])[0] - self.put[mark]

    def lost_and_doubled(self, kind: str) -> tuple[int, int]:
        """How many were never printed, and how often one was printed again."""
        counts = [len(self.printed.get(mark, ())) for mark in self.put if mark.startswith(kind.split()[0])]
        return counts.count(0), sum(max(0, count - 1) for count in counts)


def followed(
    argv: list[str], environment: Mapping[str, str], clients: Clients, group: str, directory: Path = ROOT
) -> Followed:
    """Put events of all kinds while a command, run in `directory`, follows."""
    found = Followed()
    clients.logs.create_log_group(logGroupName=group)
    for stream in "abc":
        clients.logs.create_log_stream(logGroupName=group, logStreamName=stream)

    def put(stream: str, timestamp_ms: int, *marks: str) -> None:
        events: Any = [{"timestamp": timestamp_ms, "message": f"mark<{mark}>"} for mark in marks]
        found.put.update(dict.fromkeys(marks, time.time()))
        clients.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def collect() -> None:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        for line in process.stdout:
            found.printed.setdefault(line.partition("mark<")[2].partition(">")[0], []).append(time.time())

    with subprocess.Popen(
        argv, cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        collector = threading.Thread(target=collect)
        collector.start()
        try:
            put("a", int(time.time() * 1000), "begin")
            _wait_for(found, "begin")
            for number in range(DELAYS):
                put("abc"[number % 3], int(time.time() * 1000), f"each-{number:03d}")
                time.sleep(0.97)  # at another moment of the command's own rhythm each time
            newest = int(time.time() * 1000)
            put("a", newest, "newest")
            _wait_for(found, "newest")
            for number, stream in enumerate("abc"):
                put(stream, newest - 1000 * (number + 1), f"late-{number}")
                put(stream, newest, f"same-{number}")
            for number, stream in enumerate("abc"):
                marks = [f"burst-{index}" for index in range(number, BURST, 3)]
                put(stream, newest + 1, *marks)
            time.sleep(8)
        finally:
            process.terminate()
            process.wait()
            collector.join()
    return found


def _wait_for(found: Followed, mark: str) -> None:
    end = time.monotonic() + 30
    while mark not in found.printed and time.monotonic() < end:
        time.sleep(0.01)


def _environment(url: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _aws() -> str | None:
    """Return the AWS CLI, when it is the version that has `logs tail`."""
    found = shutil.which("aws")
    if found is None:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    return found if said.startswith("aws-cli/2") else None
