"""`invoke status` beside the one call that people type instead: `aws lambda get-function`.

Each is a process of its own, from its start to its end; they take turns, against one embedded account.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rich.table import Table

from benchmarks.deployment import git_clone, timed
from ops.embedded import account

ROUNDS = 9
REGION = "eu-west-3"
FUNCTION = "patient-insight"

ONE_CALL = "import boto3; boto3.client('lambda').get_function(FunctionName='patient-insight')"


def run() -> Table:
    """Deploy a clone into an account of its own and ask how it is, in three ways."""
    with tempfile.TemporaryDirectory() as name:
        clone, home = Path(name) / "clone", Path(name) / "account"
        git_clone(clone)
        environment = {**os.environ, "EMBEDDED_AWS_HOME": str(home)}
        commands = {
            "aws lambda get-function": [
                "-m",
                "awscli",
                "lambda",
                "get-function",
                "--function-name",
                FUNCTION,
            ],
            "the same call by boto3": ["-c", ONE_CALL],
            "invoke status": ["-m", "invoke", "status"],
        }
        try:
            python(["-m", "invoke", "deploy"], clone, environment)
            running = account.start(home)
            environment.update(account.environment(running, REGION))
            times: dict[str, list[float]] = {command: [] for command in commands}
            for _ in range(ROUNDS):
                for command, arguments in commands.items():
                    times[command].append(timed(lambda a=arguments: python(a, clone, environment)))
        finally:
            account.stop(home)
    table = Table("command", "median ms", "least ms", "of aws", title="How is it?")
    middle = {command: statistics.median(seconds) for command, seconds in times.items()}
    for command, seconds in times.items():
        ratio = middle[command] / middle["aws lambda get-function"]
        table.add_row(command, f"{middle[command] * 1e3:.0f}", f"{min(seconds) * 1e3:.0f}", f"{ratio:.2f}x")
    return table


def python(arguments: list[str], directory: Path, environment: Mapping[str, str]) -> None:
    """Run this interpreter in a directory; what it says is of no interest."""
    variables = {name: value for name, value in environment.items() if value}
    subprocess.run(
        [sys.executable, *arguments], cwd=directory, env=variables, check=True, capture_output=True
    )
