"""What the tasks make of options and signals, before and beside what ops/ does."""

import json
import os
import pty
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from invoke.config import Config
from invoke.exceptions import Exit

from commands.terminal import exit_on_ops_error
from ops import backups, revision, settings
from ops.settings import ROOT
from tests.ops.worlds import World, eventually

INTERRUPTED = """
    import sys, time
    from invoke.exceptions import Exit
    from commands.terminal import exit_on_ops_error

    try:
        with exit_on_ops_error():
            try:
                print("begun", flush=True)
                time.sleep(60)
            finally:
                print("taken back")
    except Exit as ended:
        print(ended)
        sys.exit(ended.code)
"""

STEPPING = """
    import sys
    from commands.terminal import exit_on_ops_error, steps

    with exit_on_ops_error():
        for title in "first", "second", "third":
            with steps(False)(title):
                pass
            if title == "first":
                sys.stdin.readline()
        print("to its end", file=sys.stderr)
    sys.exit(7)
"""


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("releases --count abc", "--count takes a number, not 'abc'"),
        ("releases --count -1", "--count takes a number, not '-1'"),
        ("releases --count 0", "--count takes a number from 1 on"),
        ("deploy --bake 60", "--bake says how long --canary lasts, and there is none"),
        ("deploy --canary 100", "1 to 99 percent of the users, not 100. Nothing was done"),
        ("deploy --canary 10 --bake 0", "at least a second"),
        ("destroy --backup keys.sealed", "--backup keeps the keys that --with-keys deletes"),
        ("destroy --json", "--json can't ask: say --yes-i-mean NAME"),
        ("down --erase", "Nobody answered. Nothing was done."),
        ("extract README.md", "--out names the folder for what the reports say. Nothing was written."),
        ("lexicon", "--from names the folder with the files: see docs/lexicon.md. Nothing was done."),
        ("bootstrap --github hospital", "'hospital' is no repository of GitHub. Nothing was done"),
        ("plan --read-only", "delivers keys through Terraform's state"),
    ],
)
def test_an_option_that_says_nothing_is_refused_in_a_sentence(
    command: str, message: str, tmp_path: Path
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "invoke", *command.split()],
        cwd=ROOT,
        env={**os.environ, "EMBEDDED_AWS_HOME": str(tmp_path / "account")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert (run.returncode, message in run.stderr) == (1, True), run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "account").exists()


def test_a_plan_that_does_not_come_about_leaves_a_comment_that_says_so(tmp_path: Path) -> None:
    comment = tmp_path / "plan.md"
    comment.write_text("### Plan of stage production\n")
    run = subprocess.run(
        [sys.executable, "-m", "invoke", "plan", "--read-only", "--comment", str(comment)],
        cwd=ROOT,
        env={**os.environ, "EMBEDDED_AWS_HOME": str(tmp_path / "account")},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert comment.read_text().startswith(
        f"### No plan at {revision.read(ROOT)}\n\n```text\nStage 'local' delivers"
    )


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("INVOKE_EMBEDDED_INSTANCES", "abc", "instances: Input should be a valid integer"),
        ("INVOKE_EMBEDDED_INSTANCES", "0", "instances: Input should be greater than 0"),
        ("INVOKE_EMBEDDED_FREEZE", "maybe", "freeze: Input should be a valid boolean"),
        ("INVOKE_EMBEDDED_ENGINE", "podman", "engine: Input should be 'auto', 'docker' or 'none'"),
        ("INVOKE_STAGES_LOCAL_EMBEDDED", "false", "names no account_id"),
    ],
)
def test_a_default_that_a_variable_gives_is_checked(variable: str, value: str, message: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "invoke", "deploy", "--dry-run"],
        cwd=ROOT,
        env={**os.environ, variable: value},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, message in run.stderr) == (1, True), run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(("said", "freezes"), [("false", False), ("0", False), ("true", True)])
def test_a_variable_can_say_no(said: str, freezes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOKE_EMBEDDED_FREEZE", said)
    config = Config(project_location=str(ROOT))
    config.load_project()
    config.load_shell_env()
    assert settings.load(config, "local").embedded.freeze is freezes


def test_the_bill_of_the_image_is_written_where_nothing_is_deployed(tmp_path: Path) -> None:
    out = tmp_path / "artifacts" / "sbom.json"
    run = subprocess.run(
        [sys.executable, "-m", "invoke", "sbom", "--out", str(out)], cwd=ROOT, capture_output=True, text=True
    )
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
    assert json.loads(out.read_text())["bomFormat"] == "CycloneDX"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "sealed"
    with pytest.raises(Exit) as ended, exit_on_ops_error():
        out.write_text("keys")
    assert ended.value.code == 1
    assert f"{out} can't be read or written: Not a directory. What was done is kept" in str(ended.value)
    assert "NotADirectoryError" not in str(ended.value)


@pytest.mark.parametrize(
    ("command", "would"),
    [
        ("deploy", "the embedded account does not run: it would be started"),
        ("init", "make the bucket of patient-insight in stage local when it is missing"),
        ("up", "start the embedded account in "),
        ("plan", "plan patient-insight in stage local"),
        ("push", "push patient-insight:"),
        ("push --image registry.example/app:1", "copy registry.example/app:1"),
        (
            "keys.restore-backup FILE --passphrase-from-env SEAL",
            "bring back /demo/openai-api-key where missing",
        ),
    ],
)
def test_what_would_be_done_is_data_where_data_is_asked_for(command: str, would: str, tmp_path: Path) -> None:
    seal, file = "a long passphrase", tmp_path / "sealed"
    parameter = backups.Parameter("/demo/openai-api-key", "very-secret", "SecureString")
    backups.write(backups.Destination(file, seal), [parameter])
    run = subprocess.run(
        [*f"{sys.executable} -m invoke {command} --dry-run --json".replace("FILE", str(file)).split()],
        cwd=ROOT,
        env={
            **os.environ,
            "EMBEDDED_AWS_HOME": str(tmp_path / "account"),
            "INVOKE_EMBEDDED_ENGINE": "none",
            "SEAL": seal,
        },
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")
    (said,) = json.loads(run.stdout)["would"]
    assert said.startswith(would)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_extraction_that_is_ended_keeps_what_was_written_and_says_so(
    ending: signal.Signals, tmp_path: Path
) -> None:
    read, unread, out = tmp_path / "read.txt", tmp_path / "unread.txt", tmp_path / "out"
    read.write_text("Traitement habituel\n- Bisoprolol 2,5 mg : 1 cp le matin\n")
    os.mkfifo(unread)  # nobody writes into it, so whoever reads it waits
    command = [sys.executable, "-m", "invoke", "extract", f"{read},{unread}", "--out", str(out)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert eventually(lambda: (out / "read.json").exists())
        process.send_signal(ending)
        _, said = process.communicate(timeout=120)
    assert (process.returncode, said.strip()) == (
        130,
        "Interrupted. Records that were written are whole, and stay; "
        "the same command writes all of them again.",
    )
    assert json.loads((out / "read.json").read_text())["traitements_habituels"]
    with pytest.raises(OSError, match="No such device"):  # the program is gone: nobody reads the pipe
        os.open(unread, os.O_WRONLY | os.O_NONBLOCK)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_ended_takes_back_what_it_tried(ending: signal.Signals) -> None:
    # Whoever runs the tests under nohup would have its children outlive a hang-up too.
    heard = f"import signal; signal.signal({ending:d}, signal.SIG_DFL)"
    code = [sys.executable, "-c", heard + textwrap.dedent(INTERRUPTED)]
    with subprocess.Popen(code, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(ending)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    assert said.startswith("taken back\n\nInterrupted.")


def test_a_command_under_nohup_outlives_its_terminal() -> None:
    code = ["nohup", sys.executable, "-c", textwrap.dedent(INTERRUPTED)]
    with subprocess.Popen(code, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGHUP)
        process.terminate()  # which it hears
        said, _ = process.communicate(timeout=120)
    assert said.startswith("taken back\n\nInterrupted.")


def test_a_deployment_outlasts_the_reader_of_its_steps() -> None:
    code = [sys.executable, "-c", textwrap.dedent(STEPPING)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(code, cwd=ROOT, text=True, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert "first" in process.stdout.readline()
        process.stdout.close()
        said = process.communicate("go on\n", timeout=120)[1]
    assert (process.returncode, said) == (7, "to its end\n")


def test_a_deployment_outlasts_its_terminal() -> None:
    ours, theirs = pty.openpty()
    code = [sys.executable, "-c", textwrap.dedent(STEPPING)]
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(code, cwd=ROOT, text=True, stdout=theirs, **pipes) as process:
        os.close(theirs)
        shown = b""
        while b"first" not in shown or b"\n" not in shown:
            shown += os.read(ours, 1024)
        os.close(ours)
        said = process.communicate("go on\n", timeout=120)[1]
    assert (process.returncode, said) == (7, "to its end\n")


def test_a_deployment_says_what_the_encoding_lacks_in_other_characters() -> None:
    code = [sys.executable, "-c", textwrap.dedent(STEPPING)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    run = subprocess.run(code, cwd=ROOT, env=environment, input="go on\n", capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (7, "to its end\n")
    assert "? second" in run.stdout


@pytest.mark.parametrize(
    ("options", "said"), [("", "Nothing was released yet. `invoke deploy` does.\n"), ("--json", "[]\n")]
)
def test_an_empty_ledger_says_what_fills_it(options: str, said: str, world: World) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "invoke", "releases", *options.split()],
        cwd=ROOT,
        env={
            **os.environ,
            "EMBEDDED_AWS_HOME": str(world.account.home),
            "INVOKE_APP_NAME": "never-released",
        },
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, said, "")


@pytest.mark.parametrize(
    "task", ["serve", "extract", "keys.restore", "keys.restore-backup", "rollback", "output"]
)
def test_help_is_taken_for_no_positional_argument(task: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "invoke", task, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, f"[--core-opts] {task} [--options]" in run.stdout) == (0, True), run.stderr


@pytest.mark.parametrize(
    ("task", "missing"),
    [("serve", "page"), ("extract", "paths"), ("keys.restore", "version"), ("keys.restore-backup", "file")],
)
def test_a_positional_argument_that_is_missing_is_named(task: str, missing: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "invoke", task], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (run.returncode, f"required positional arguments: '{missing}'" in run.stderr) == (1, True), run


def test_who_leaves_the_question_for_a_key_is_told_so_in_a_sentence() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "invoke", "rotate-key", "--provider", "openai"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        os.close(theirs)
        assert process.stderr is not None
        said = b""
        while b"New key of OpenAI" not in said:
            said += os.read(process.stderr.fileno(), 1024)
        os.write(ours, b"\x04")
        said += process.communicate(timeout=120)[1]
        os.close(ours)
    assert (process.returncode, b"Nobody answered. Nothing was done." in said) == (1, True), said
    assert b"Traceback" not in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"sk-first\nsk-second\n", b"holds a space, a line break"),
        (b"sk-first\n\nsk-second", b"holds a space, a line break"),
        (b"sk-\xff\xfe\n", b"What was given is no text"),
    ],
)
def test_a_key_is_all_that_is_given(given: bytes, said: bytes) -> None:
    command = [sys.executable, "-m", "invoke", "rotate-key", "--provider", "openai", "--no-verify"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    run = subprocess.run(command, cwd=ROOT, env=environment, input=given, capture_output=True, check=False)
    assert (run.returncode, said in run.stderr, b"Nothing was done" in run.stderr) == (1, True, True), run
