"""`invoke logs` as it is typed: in the embedded account, and against a CloudWatch Logs that has its moods."""

import json
import os
import pty
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

import pytest

from ops.settings import ROOT
from tests.fakes.logs import FakeLogs
from tests.ops.logs.worlds import KEY, argv, environment_of, run, running, stages_file
from tests.ops.worlds import World, eventually

ID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


@pytest.fixture(scope="module")
def local(world: World) -> dict[str, str]:
    """The environment in which the stage `local` is the world's account."""
    return {**os.environ, "EMBEDDED_AWS_HOME": str(world.account.home)}


@pytest.fixture
def group(world: World) -> str:
    """A log group with two streams."""
    name = f"/any/{uuid.uuid4().hex}"
    world.clients.logs.create_log_group(logGroupName=name)
    for stream in "ab":
        world.clients.logs.create_log_stream(logGroupName=name, logStreamName=stream)
    return name


@pytest.fixture
def there(fake: FakeLogs, tmp_path: Path) -> tuple[Mapping[str, str], Path]:
    """The environment and the settings in which the stage `there` is the fake."""
    return environment_of(fake), stages_file(tmp_path)


def put(world: World, group: str, *messages: str, stream: str = "a", ago_ms: int = 0) -> None:
    now = int(time.time() * 1000) - ago_ms
    world.clients.logs.put_log_events(
        logGroupName=group,
        logStreamName=stream,
        logEvents=[{"timestamp": now, "message": message} for message in messages],
    )


def app_line(level: str, message: str, request_id: str = "") -> str:
    return json.dumps({"level": level, "logger": "app", "message": message, "requestId": request_id})


def test_two_groups_are_shown_in_the_order_of_time(world: World, local: dict[str, str], group: str) -> None:
    other = f"{group}-other"
    world.clients.logs.create_log_group(logGroupName=other)
    world.clients.logs.create_log_stream(logGroupName=other, logStreamName="a")
    for number in range(6):
        put(world, (group, other)[number % 2], f"event {number}", ago_ms=6000 - number)
    done = run("--group", group, "--group", other, environment=local)
    assert done.returncode == 0, done.stderr
    assert [line.split()[-1] for line in done.stdout.splitlines()] == list("012345")
    assert group.rpartition("/")[2] in done.stdout.splitlines()[0]


def test_json_is_an_object_a_line_and_nothing_else(world: World, local: dict[str, str], group: str) -> None:
    put(world, group, app_line("WARNING", "slow\nly", ID), "plain\n")
    done = run("--group", group, "--output", "json", environment=local)
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert {
        "level": "warning",
        "logger": "app",
        "request": ID,
        "message": "slow\nly",
    }.items() <= first.items()
    assert (second["message"], second["group"], second["stream"]) == ("plain", group, "a")
    assert first["time"].endswith("Z")


def test_levels_words_and_requests_choose(world: World, local: dict[str, str], group: str) -> None:
    put(world, group, app_line("INFO", "one", ID), app_line("ERROR", "two"), app_line("WARNING", "three"))
    kept = lambda *options: [  # noqa: E731 - asked thrice
        json.loads(line)["message"]
        for line in run("--group", group, "--output", "json", *options, environment=local).stdout.splitlines()
    ]
    assert kept("--level", "warn") == ["two", "three"]
    assert kept("--grep", "t[wx]o|one") == ["one", "two"]
    assert kept("--request", ID[:8]) == kept("--request", ID) == ["one"]


@pytest.mark.parametrize("form", ["text", "json", "raw"])
def test_no_output_shows_a_key(world: World, local: dict[str, str], group: str, form: str) -> None:
    put(world, group, f"plain {KEY}", app_line("ERROR", f"refused:\n{KEY}"), json.dumps({"rest": [KEY]}))
    done = run("--group", group, "--output", form, environment=local)
    assert done.stdout.count("[masked]") == 3
    assert KEY not in done.stdout + done.stderr
    assert KEY[10:30] not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--group", "/nowhere"], "There is no log group /nowhere."),
        (["--since", "yesturday"], "I read 'yesturday' as no date; try 2h,"),
        (["--since", "1h", "--until", "2h"], "is before --since"),
        (["--since", "2126-01-01"], "has not come yet"),
        (["--until", "1h", "--follow"], "--follow goes on until Ctrl-C"),
        (["--output", "xml"], "--output takes text, json, raw, not 'xml'"),
        (["--level", "loud"], "--level takes debug, info, warning, error, critical, not 'loud'"),
        (["--source", "api,database"], "--source takes function, api, not 'database'"),
        (["--grep", "("], "--grep takes a regular expression, and '(' is none"),
        (["--filter", " "], "--filter is empty"),
    ],
)
def test_what_can_not_be_done_is_one_sentence(options: list[str], said: str, local: dict[str, str]) -> None:
    done = run(*options, environment=local)
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_filter_goes_to_the_service_and_its_refusal_comes_back(
    fake: FakeLogs, there: tuple[Mapping[str, str], Path]
) -> None:
    environment, config = there
    fake.put("g", "one")
    run("--stage", "there", "--group", "g", "--filter", "ERROR", environment=environment, config=config)
    assert fake.asked[-1]["filterPattern"] == "ERROR"
    fake.patterns = False
    done = run("--stage", "there", "--group", "g", "--filter", "@x", environment=environment, config=config)
    assert (done.returncode, "Invalid character(s) in term '@'" in done.stderr) == (1, True), done.stderr


def test_the_embedded_account_evaluates_a_filter_or_says_that_it_does_not(
    world: World, local: dict[str, str], group: str
) -> None:
    put(world, group, app_line("INFO", "one"), app_line("ERROR", "two"))
    found = run("--group", group, "--filter", '{ $.level = "ERROR" }', environment=local)
    assert (found.stdout.count("\n"), "two" in found.stdout) == (1, True), found.stderr
    refused = run("--group", group, "--filter", "[ip, user]", environment=local)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "CloudWatch does not take the filter '[ip, user]': Patterns of space-delimited" in refused.stderr


def test_another_account_than_the_stages_is_refused(
    fake: FakeLogs, there: tuple[Mapping[str, str], Path]
) -> None:
    environment, config = there
    config.write_text(config.read_text().replace("123456789012", "210987654321"))
    fake.put("g", "one")
    done = run("--stage", "there", "--group", "g", environment=environment, config=config)
    assert (done.returncode, "the AWS account 210987654321" in done.stderr) == (1, True), done.stderr
    assert done.stdout == ""


def test_an_endpoint_of_its_own_leads_logs_elsewhere(
    fake: FakeLogs, there: tuple[Mapping[str, str], Path]
) -> None:
    environment, config = there
    fake.put("g", "one")
    elsewhere = {**environment, "AWS_ENDPOINT_URL_LOGS": fake.url, "AWS_ENDPOINT_URL_STS": fake.url}
    elsewhere["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    done = run("--stage", "there", "--group", "g", environment=elsewhere, config=config)
    assert (done.returncode, "one" in done.stdout) == (0, True), done.stderr
    assert f"through {fake.url}" in done.stderr


def test_a_relative_date_is_meant_by_the_services_clock(
    fake: FakeLogs, there: tuple[Mapping[str, str], Path]
) -> None:
    environment, config = there
    fake.ahead_s = -250
    fake.put("g", "one", ago_s=30)
    done = run("--stage", "there", "--group", "g", "--since", "1m", environment=environment, config=config)
    assert "one" in done.stdout, done.stderr
    assert "clock is 250 s ahead of AWS's" in done.stderr or "clock is 251 s ahead" in done.stderr


def test_a_closed_pipe_ends_it_quietly(fake: FakeLogs, there: tuple[Mapping[str, str], Path]) -> None:
    environment, config = there
    for number in range(3):
        fake.put("g", f"{number} " + "x" * 200_000)
    for follow in ([], ["--follow"]):
        command = argv("--stage", "there", "--group", "g", *follow, config=config)
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.read(10)
            process.stdout.close()
            assert process.stderr is not None
            said = process.stderr.read().decode()
        assert (process.returncode, said.count("\n")) == (0, 1), said  # which endpoint it is


def test_following_shows_each_event_once_and_says_so(world: World, local: dict[str, str], group: str) -> None:
    put(world, group, "mark-boot", ago_ms=5000)
    with running("--follow", "--group", group, environment=local) as command:
        assert eventually(lambda: command.count("mark-boot")), command.said
        put(world, group, "mark-new")
        assert eventually(lambda: command.count("mark-new"))
        put(world, group, "mark-late", stream="b", ago_ms=3000)
        put(world, group, *[f"mark-burst-{number}-" for number in range(300)])
        put(world, group, *[f"mark-burst-{number}-" for number in range(300, 501)], stream="b")
        assert eventually(lambda: command.count("mark-burst") >= 501 and command.count("mark-late"))
        time.sleep(2)  # some looks more, in which something could be doubled
        assert command.interrupt() == 0
    assert len(command.lines) == len(set(command.lines)) == 504
    assert command.said[-1].startswith("504 events shown, of 1 group; all that had arrived by ")
    assert command.said[-1].endswith(", none missing.")


def test_following_waits_for_what_is_not_there_and_for_new_credentials(
    fake: FakeLogs, there: tuple[Mapping[str, str], Path], tmp_path: Path
) -> None:
    environment, config = there
    profile = tmp_path / "credentials"
    text = "[default]\naws_access_key_id = {}\naws_secret_access_key = secret\n"
    profile.write_text(text.format("FIRST"))
    environment = {
        **{name: value for name, value in environment.items() if "ACCESS_KEY" not in name},
        "AWS_SHARED_CREDENTIALS_FILE": str(profile),
    }
    fake.keys = {"FIRST"}
    with running(
        "--follow", "--stage", "there", "--group", "g", environment=environment, config=config
    ) as command:
        assert eventually(lambda: any("no log group g yet" in line for line in command.said)), command.said
        fake.put("g", "first")
        assert eventually(lambda: command.count("first")), command.said
        fake.keys = {"SECOND"}
        assert eventually(lambda: any("credentials expired" in line for line in command.said))
        fake.put("g", "second")
        profile.write_text(text.format("SECOND"))
        assert eventually(lambda: command.count("second")), command.said
        assert command.interrupt() == 0
    assert (command.count("first"), command.count("second")) == (1, 1)
    assert "2 events shown" in command.said[-1]
    assert "none missing" in command.said[-1]


def test_a_stop_while_something_is_wrong_says_what_may_be_missing(
    fake: FakeLogs, there: tuple[Mapping[str, str], Path]
) -> None:
    environment, config = there
    fake.put("g", "first")
    with running(
        "--follow", "--stage", "there", "--group", "g", environment=environment, config=config
    ) as command:
        assert eventually(lambda: command.count("first")), command.said
        fake.throttled = 1000
        assert eventually(lambda: any("throttled" in line for line in command.said))
        assert command.interrupt() == 0
    assert command.said[-1].endswith("some may be missing: the last look at g failed (throttled).")


def test_a_summary_is_text_or_data(world: World, local: dict[str, str], group: str) -> None:
    report = {"requestId": ID, "status": "success", "metrics": {"durationMs": 12.5, "memorySizeMB": 1024}}
    put(world, group, json.dumps({"type": "platform.report", "record": report}), app_line("ERROR", "broke"))
    text = run("--group", group, "--summary", environment=local)
    assert (text.returncode, "1 invocations, 0 failed" in text.stdout) == (0, True), text.stderr
    data = json.loads(run("--group", group, "--summary", "--output", "json", environment=local).stdout)
    assert (data["function"]["duration_ms"]["p50"], data["error_lines"]) == (12.5, 1)


def test_no_colour_is_none_on_a_terminal_in_a_summary_too(
    world: World, local: dict[str, str], group: str
) -> None:
    report = {"requestId": ID, "status": "success", "metrics": {"durationMs": 12.5}}
    put(world, group, json.dumps({"type": "platform.report", "record": report}))
    terminal, theirs = pty.openpty()
    options = ("--group", group, "--summary", "--no-colour")
    with os.fdopen(terminal, "rb", buffering=0) as shown:
        done = subprocess.run(argv(*options), cwd=ROOT, env=local, stdout=theirs, stderr=theirs, timeout=120)
        os.close(theirs)
        text = shown.read(65536).decode()  # of a terminal, the whole of what waits
    assert (done.returncode, "█" in text) == (0, True), text
    assert "\x1b[36m" not in text


def test_a_live_tail_says_that_it_samples_and_what_the_embedded_account_makes_of_it(
    world: World, local: dict[str, str], group: str
) -> None:
    put(world, group, "one", KEY)
    done = run("--group", group, "--live", environment=local)
    assert [line.split()[-1] for line in done.stdout.splitlines()] == ["one", "[masked]"]
    assert "a sample when more than 500 events come in a second, and ends after 3 hours" in done.stderr
    counted = "2 events shown, of 1 group; none left out by sampling; "
    assert done.stderr.splitlines()[-1] == f"{counted}the embedded account shows what it holds, and ends."
    refused = run("--group", "/nowhere", "--live", environment=local)
    assert (refused.returncode, "does not exist: /nowhere" in refused.stderr) == (1, True), refused.stderr


def test_requests_are_shown_apart_when_asked_for(world: World, local: dict[str, str], group: str) -> None:
    other = ID.replace("3", "4")
    lines = [app_line("INFO", f"{number}", (ID, other)[number % 2]) for number in range(4)]
    for number, line in enumerate(lines):
        put(world, group, line, ago_ms=1000 - number)
    done = run("--group", group, "--by-request", environment=local)
    assert [line.split()[-2] for line in done.stdout.splitlines() if line] == ["0", "2", "1", "3"]
    assert done.stdout.split("\n\n")[1].count("\n") == 1


def test_no_credentials_are_a_sentence(there: tuple[Mapping[str, str], Path]) -> None:
    environment, config = there
    environment = {name: value for name, value in environment.items() if "ACCESS_KEY" not in name}
    done = run("--stage", "there", "--group", "g", environment=environment, config=config)
    assert (done.returncode, "The AWS credentials don't work" in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_reading_that_is_stopped_says_so(fake: FakeLogs, there: tuple[Mapping[str, str], Path]) -> None:
    environment, config = there
    fake.page = 1
    for number in range(5000):
        fake.put("g", f"{number}", ago_s=60)
    with running("--stage", "there", "--group", "g", environment=environment, config=config) as command:
        assert eventually(lambda: command.lines), command.said
        assert command.interrupt() == 0
    counted = f"{len(command.lines)} event{'s' if len(command.lines) > 1 else ''} shown, of 1 group"
    assert command.said[-1] == f"{counted}; stopped before the end, so that later ones are missing."


@pytest.mark.parametrize("options", [[], ["--summary"], ["--follow"]])
def test_one_ctrl_c_ends_what_finds_nothing(
    fake: FakeLogs, there: tuple[Mapping[str, str], Path], options: list[str]
) -> None:
    environment, config = there
    fake.endless = True
    fake.put("g", "beyond all pages")
    with running(
        *options, "--stage", "there", "--group", "g", environment=environment, config=config
    ) as command:
        assert eventually(lambda: fake.asked), command.said
        assert command.interrupt() == 0
    assert "missing" in command.said[-1]
