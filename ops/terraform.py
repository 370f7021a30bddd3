"""Terraform as a program: where it is, where its provider comes from, and its commands.

`python -m ops.terraform ARGUMENTS` is `terraform ARGUMENTS` with the same care for a provider mirror; the
checks of noxfile.py use it.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.errors import TerraformError

# The state's lock is an object of the same bucket, which Terraform knows since 1.10 and no longer calls
# experimental since 1.11.
MINIMUM = (1, 11)
PROVIDER = "registry.terraform.io/hashicorp/aws"

# Where administrators unpack software that belongs to no package, and a user's own.
_MIRROR_ROOTS = ("/opt", "/srv", "/usr/local/share", "/usr/share", "~", "~/.local/share")
_MIRROR_SETTING = "TERRAFORM_PROVIDER_MIRROR"


@dataclass(frozen=True)
class Plan:
    """A saved plan."""

    file: Path
    is_empty: bool


class Terraform:
    """Terraform's commands on one configuration, with one account's environment."""

    def __init__(self, directory: Path, *, data: Path, environment: Mapping[str, str]) -> None:
        """Work on the configuration in `directory`.

        Args:
            directory: Where the .tf files are.
            data: Where Terraform keeps providers and the backend it knows (TF_DATA_DIR); plans too.
            environment: Variables on top of this process's own; an empty value unsets one.

        Raises:
            TerraformError: No Terraform on PATH, or one that is too old; nothing was done.
        """
        self._directory = directory
        self._data = data
        self._program = program()
        overlay = {**environment, "TF_DATA_DIR": str(data), "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        self._environment = {key: value for key, value in {**os.environ, **overlay}.items() if value}
        if not _has_own_configuration(self._environment):
            # A file that is named and missing only makes Terraform warn, over and over.
            self._environment.pop("TF_CLI_CONFIG_FILE", None)

    def init(self) -> None:
        """Install the locked provider and connect the backend that backend_override.tf names.

        Skipped when this data directory has seen the same lock file and backend.
        """
        inputs = "".join(
            path.read_text()
            for name in (".terraform.lock.hcl", "backend_override.tf", "versions.tf")
            if (path := self._directory / name).exists()
        )
        stamp = self._data / "initialised"
        if stamp.exists() and stamp.read_text() == inputs:
            return
        self._data.mkdir(parents=True, exist_ok=True)
        with mirror_environment(self._environment) as environment:
            self._run(["init", "-no-color", "-reconfigure", "-lockfile=readonly"], environment)
        stamp.write_text(inputs)

    def plan(self, variables: Mapping[str, str], *, tfvars: Path) -> Plan:
        """Compare the configuration with the account and save what would change.

        Args:
            variables: Given with -var, over the file's.
            tfvars: The stage's file of variables.

        Raises:
            TerraformError: Nothing was changed.
        """
        file = self._data / "tfplan"
        arguments = plan_arguments(variables, tfvars=tfvars, out=file)
        return Plan(file, is_empty=self._run(arguments, self._environment, accept=(0, 2)).returncode == 0)

    def apply(self, plan: Plan) -> None:
        """Carry out a saved plan and nothing else.

        Raises:
            TerraformError: It stopped part of the way, and `invoke deploy` goes on from there: the state says
                how far it came, or, when it was killed, ops/adoption.py finds out.
        """
        try:
            self._run(["apply", "-no-color", "-auto-approve", str(plan.file)], self._environment)
        except TerraformError as error:
            raise TerraformError(
                f"{error}\n\nWhat it had done by then is kept. Mend what is said above, if anything, and run "
                f"`invoke deploy` again: it goes on from there."
            ) from error

    def output(self) -> dict[str, Any]:
        """Return the values of the configuration's outputs."""
        answer = self._run(["output", "-no-color", "-json"], self._environment)
        return {name: entry["value"] for name, entry in json.loads(answer.stdout).items()}

    def _run(
        self, arguments: Sequence[str], environment: Mapping[str, str], accept: Sequence[int] = (0,)
    ) -> "subprocess.CompletedProcess[str]":
        command = [self._program, *arguments]
        with subprocess.Popen(
            command,
            cwd=self._directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                output, errors = process.communicate()
            except KeyboardInterrupt:
                # The terminal sent it to Terraform too, which now saves its state and lets its lock go.
                process.communicate()
                raise
        result = subprocess.CompletedProcess(command, process.returncode, output, errors)
        if result.returncode not in accept:
            said = (result.stderr or result.stdout).strip()
            raise TerraformError(f"terraform {arguments[0]} {_ending(result.returncode)}:\n{said}")
        return result


def _ending(returncode: int) -> str:
    return f"was killed by {signal.Signals(-returncode).name}" if returncode < 0 else "failed"


def plan_arguments(variables: Mapping[str, str], *, tfvars: Path, out: Path) -> list[str]:
    """Return the arguments of a plan that says by its exit code whether anything changes."""
    given = [f"-var={name}={value}" for name, value in variables.items()]
    return ["plan", "-no-color", "-detailed-exitcode", f"-var-file={tfvars}", *given, f"-out={out}"]


def program() -> str:
    """Return Terraform's path.

    Raises:
        TerraformError: It is not on PATH, or too old; nothing was started.
    """
    found = shutil.which("terraform")
    if found is None:
        raise TerraformError(
            "Terraform is not on PATH, and deploying needs it. Nothing was started. Install version "
            f"{'.'.join(map(str, MINIMUM))} or later from https://developer.hashicorp.com/terraform/install"
        )
    answer = subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"Terraform v(\d+)\.(\d+)", answer)
    if not match or (int(match[1]), int(match[2])) < MINIMUM:
        raise TerraformError(
            f"{found} is {match[0] if match else 'no Terraform that says its version'}, and deploying needs "
            f"{'.'.join(map(str, MINIMUM))} or later. Nothing was started. Install it from "
            "https://developer.hashicorp.com/terraform/install"
        )
    return found


@contextlib.contextmanager
def mirror_environment(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Lend an environment in which `terraform init` finds the provider where its registry is out of reach.

    A TF_CLI_CONFIG_FILE that exists is left alone. Else, when a provider mirror is found (the directory in
    TERRAFORM_PROVIDER_MIRROR, or one of the usual shape in a usual place), a temporary configuration names
    it. Else nothing changes and Terraform asks its registry.
    """
    mirror = None if _has_own_configuration(environment) else find_mirror(environment)
    if mirror is None:
        yield dict(environment)
        return
    with tempfile.NamedTemporaryFile("w", suffix=".tfrc") as file:
        file.write(cli_configuration(mirror))
        file.flush()
        yield {**environment, "TF_CLI_CONFIG_FILE": file.name}


def cli_configuration(mirror: Path) -> str:
    """Return a CLI configuration that takes the AWS provider from `mirror` and all others as usual."""
    path = json.dumps(str(mirror))
    return (
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path    = {path}\n    include = ["{PROVIDER}"]\n  }}\n'
        f'  direct {{\n    exclude = ["{PROVIDER}"]\n  }}\n'
        "}\n"
    )


def find_mirror(environment: Mapping[str, str]) -> Path | None:
    """Return a directory that holds the AWS provider in a mirror's layout, or None.

    Raises:
        TerraformError: TERRAFORM_PROVIDER_MIRROR names a directory that holds none.
    """
    if setting := environment.get(_MIRROR_SETTING):
        mirror = Path(setting).expanduser()
        if not (mirror / PROVIDER).is_dir():
            raise TerraformError(
                f"{_MIRROR_SETTING} is {setting}, which holds no {PROVIDER}. Nothing was done. Unset it, "
                f"or name a directory that `terraform providers mirror` filled."
            )
        return mirror
    return next((mirror for mirror in _candidates() if (mirror / PROVIDER).is_dir()), None)


def _has_own_configuration(environment: Mapping[str, str]) -> bool:
    name = environment.get("TF_CLI_CONFIG_FILE")
    return bool(name) and Path(str(name)).is_file()


def _candidates() -> Iterator[Path]:
    for name in _MIRROR_ROOTS:
        root = Path(name).expanduser()
        yield root
        try:
            yield from sorted(path for path in root.iterdir() if path.is_dir())
        except OSError:
            continue


def main() -> int:
    """Run Terraform with this process's arguments; return its exit code."""
    try:
        with mirror_environment(os.environ) as environment:
            return subprocess.run([program(), *sys.argv[1:]], env=environment, check=False).returncode
    except TerraformError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
