"""What the tasks make of options and signals, before and beside what ops/ does."""

import subprocess
import sys
import textwrap

import pytest

from ops.settings import ROOT

INTERRUPTED = """
    import sys, time
    from invoke.exceptions import Exit
    from tasks import exit_on_ops_error

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


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("releases --count abc", "--count takes a number, not 'abc'"),
        ("releases --count -1", "--count takes a number, not '-1'"),
        ("releases --count 0", "--count takes a number from 1 on"),
        ("deploy --bake 60", "--bake says how long --canary lasts, and there is none"),
        ("deploy --canary 100", "1 to 99 percent of the users, not 100. Nothing was done"),
        ("deploy --canary 10 --bake 0", "at least a second"),
    ],
)
def test_an_option_that_says_nothing_is_refused_in_a_sentence(command: str, message: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "invoke", *command.split()], cwd=ROOT, capture_output=True, text=True
    )
    assert (run.returncode, message in run.stderr) == (1, True), run.stderr
    assert "Traceback" not in run.stderr


def test_a_command_that_is_terminated_takes_back_what_it_tried() -> None:
    code = [sys.executable, "-c", textwrap.dedent(INTERRUPTED)]
    with subprocess.Popen(code, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.terminate()
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.startswith("taken back\n\nInterrupted.")
