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
from pathlib import Path, PurePath
from typing import Any

from ops import backend
from ops.errors import OpsError, TerraformError

# The state's lock is an object of the same bucket, which Terraform knows since 1.10 and no longer calls
# experimental since 1.11.
MINIMUM = (1, 11)
# Where Terraform writes a state that its backend did not take. Source: Terraform, internal/backend/local.
ERRORED_STATE = "errored.tfstate"
PROVIDER = "registry.terraform.io/hashicorp/aws"

# Where administrators unpack software that belongs to no package, and a user's own.
_MIRROR_ROOTS = ("/opt", "/srv", "/usr/local/share", "/usr/share", "~", "~/.local/share")
_MIRROR_SETTING = "TERRAFORM_PROVIDER_MIRROR"

# Terraform and its provider live for seconds, and spend a quarter of them on collecting garbage where it is
# Go's default, 100. Whoever sets it is heeded.
_SELDOM = {"GOGC": "400"}


class StalePlanError(TerraformError):
    """A saved plan is about a stack that has changed since; nothing was changed."""


@dataclass(frozen=True)
class Change:
    """What a plan would do to one resource.

    Attributes:
        address: The resource, such as "aws_lambda_function.app".
        type: Its kind, such as "aws_lambda_function".
        action: create, update, replace, delete, import, move or remove (from the state only).
        reason: Why it is replaced or deleted, in Terraform's word; else empty.
    """

    address: str
    type: str
    action: str
    reason: str = ""


@dataclass(frozen=True)
class Plan:
    """A saved plan.

    Attributes:
        file: Where it is saved. It holds every value, those of keys too.
        is_empty: Nothing would change, outputs included.
        changes: What it would do to resources; what is only read is left out.
        warnings: What Terraform said beside it.
    """

    file: Path
    is_empty: bool
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()


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
        self.directory = directory
        self.data = data
        self._program = program()
        overlay = {
            **environment,
            "TF_DATA_DIR": str(data),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            # A shell's workspace would lead to another state, and everything would be made a second time.
            "TF_WORKSPACE": "",
        }
        self._environment = {
            key: value for key, value in {**_SELDOM, **os.environ, **overlay}.items() if value
        }
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
            if (path := self.directory / name).exists()
        )
        stamp = self.data / "initialised"
        if stamp.exists() and stamp.read_text() == inputs:
            return
        self.data.mkdir(parents=True, exist_ok=True)
        with mirror_environment(self._environment) as environment:
            self._run(["init", "-no-color", "-reconfigure", "-lockfile=readonly"], environment)
        stamp.write_text(inputs)

    def plan(
        self, variables: Mapping[str, str], *, tfvars: Path, out: Path | None = None, lock: bool = True
    ) -> Plan:
        """Compare the configuration with the account and save what would change.

        Args:
            variables: Given with -var, over the file's.
            tfvars: The stage's file of variables.
            out: Where to save it, else beside Terraform's data.
            lock: Keep others from the state meanwhile, which writes beside it.

        Raises:
            LockedError: Somebody else's Terraform has the state; nothing was changed.
            TerraformError: Nothing was changed.
        """
        file = out or self.data / "tfplan"
        if file.is_dir():
            raise TerraformError(
                f"{file} is a directory, and a plan is a file. Nothing was done. Name a file."
            )
        # It may hold keys (terraform/secrets.tf): nobody else reads it, from its first byte on.
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        file.chmod(0o600)
        arguments = plan_arguments(variables, tfvars=tfvars, out=file, lock=lock)
        answer = self._run(arguments, self._environment, accept=(0, 2))
        return Plan(file, answer.returncode == 0, planned_changes(answer.stdout), warnings(answer.stdout))

    def show(self, plan: Plan) -> dict[str, Any]:
        """Return all that a saved plan says, sensitive values too; it takes some seconds.

        Source: Terraform, "JSON output format".
        """
        answer = self._run(["show", "-no-color", "-json", str(plan.file)], self._environment)
        shown: dict[str, Any] = json.loads(answer.stdout)
        return shown

    def apply(self, plan: Plan, *, again: str = "`invoke deploy`") -> None:
        """Carry out a saved plan and nothing else.

        Args:
            plan: What `plan` saved.
            again: What goes on from where it stopped, for the message.

        Raises:
            StalePlanError: The stack changed after the plan was made; nothing was changed.
            LockedError: Somebody else's Terraform has the state; nothing was changed.
            TerraformError: It stopped part of the way, and `again` goes on from there: the state says
                how far it came, or, when it was killed, ops/adoption.py finds out.
        """
        self._change(["apply", "-json", "-auto-approve", str(plan.file)], again)

    def destroy(self, variables: Mapping[str, str], *, tfvars: Path) -> None:
        """Delete all that the state knows; raises as `apply` does, and a repeat goes on."""
        given = ["apply", "-destroy", "-json", "-auto-approve", *variable_arguments(variables, tfvars=tfvars)]
        self._change(given, "`invoke destroy`")

    def adopt(self, address: str, import_id: str, variables: Mapping[str, str], *, tfvars: Path) -> None:
        """Take over a resource that exists into the state, without a plan.

        Raises:
            TerraformError: It could not be read; the state is as it was.
        """
        given = variable_arguments(variables, tfvars=tfvars)
        self._run(["import", "-no-color", *given, address, import_id], self._environment)

    def _change(self, arguments: Sequence[str], again: str) -> None:
        errored = self.directory / ERRORED_STATE
        try:
            self._run(arguments, self._environment)
        except StalePlanError:
            raise
        except TerraformError as error:
            raise TerraformError(
                f"{error}\n\nWhat it had done by then is kept. Mend what is said above, if anything, and run "
                f"{again} again: it goes on from there.{self._left_behind(again)}"
            ) from error
        finally:
            if errored.exists():
                # It may hold keys, and Terraform lets everybody read it.
                errored.chmod(0o600)
        errored.unlink(missing_ok=True)

    def _left_behind(self, again: str) -> str:
        if not (self.directory / ERRORED_STATE).exists():
            return ""
        return (
            f"\n\nTerraform could not save its state and left it in {self.directory / ERRORED_STATE}, "
            f"which may hold keys. Nobody needs it: delete it once {again} has succeeded."
        )

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
            cwd=self.directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_outlive_terminal,
        ) as process:
            try:
                output, errors = process.communicate()
            except KeyboardInterrupt:
                # The terminal sent it to Terraform too, which now saves its state and lets its lock go. Of a
                # SIGTERM or a SIGHUP it knows nothing and goes on to its end: a second signal would keep it
                # from saving.
                process.communicate()
                raise
        result = subprocess.CompletedProcess(command, process.returncode, output, errors)
        if result.returncode not in accept:
            raise self._failure(arguments[0], result)
        return result

    def _failure(self, verb: str, result: "subprocess.CompletedProcess[str]") -> OpsError:
        found = [said for said in _diagnostics(result.stdout) if said["severity"] == "error"]
        for diagnostic in found:
            if diagnostic["summary"] == "Saved plan is stale":
                return StalePlanError(
                    "The saved plan is stale: the stack was changed after it was made. Nothing was changed. "
                    "`invoke plan` makes a new one; `invoke deploy` makes its own."
                )
            if held := _lock_info(diagnostic):
                return backend.locked(held)
        said = "\n".join(rendered(diagnostic) for diagnostic in found)
        told = said or result.stderr.strip() or _progress(result.stdout)
        return TerraformError(f"terraform {verb} {_ending(result.returncode)}:\n{told}")


def _outlive_terminal() -> None:
    """Let Terraform go on when its terminal hangs up: it would die of that in the middle of an apply."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _ending(returncode: int) -> str:
    return f"was killed by {signal.Signals(-returncode).name}" if returncode < 0 else "failed"


def plan_arguments(variables: Mapping[str, str], *, tfvars: Path, out: Path, lock: bool = True) -> list[str]:
    """Return the arguments of a plan that says by its exit code whether anything changes."""
    given = variable_arguments(variables, tfvars=tfvars)
    return ["plan", "-json", "-detailed-exitcode", *([] if lock else ["-lock=false"]), *given, f"-out={out}"]


def variable_arguments(variables: Mapping[str, str], *, tfvars: Path) -> list[str]:
    """Return the arguments that name a stage's variables."""
    return [f"-var-file={tfvars}", *(f"-var={name}={value}" for name, value in variables.items())]


def planned_changes(stream: str) -> tuple[Change, ...]:
    """Return what a plan would do to resources, from what `plan -json` printed.

    Source: Terraform, "Machine-readable UI", planned_change; internal/command/views/json/change.go.
    """
    planned = (said["change"] for said in _messages(stream) if said["type"] == "planned_change")
    return tuple(
        Change(
            change["resource"]["addr"],
            change["resource"]["resource_type"],
            # What is imported may be changed on the way.
            "import" if "importing" in change and change["action"] == "update" else change["action"],
            change.get("reason", ""),
        )
        for change in planned
        if change["action"] not in ("noop", "read")
    )


def warnings(stream: str) -> tuple[str, ...]:
    """Return the warnings in what a command with -json printed."""
    return tuple(rendered(said) for said in _diagnostics(stream) if said["severity"] == "warning")


def rendered(diagnostic: Mapping[str, Any]) -> str:
    """Return a diagnostic as people read it: what, where, why, and what AWS wants when it denied a call.

    Args:
        diagnostic: As Terraform's -json prints it.

    Source: Terraform, "Machine-readable UI", diagnostic.
    """
    from ops import aws_errors  # it brings botocore, which few commands need for nothing but this

    where = [diagnostic["address"]] if diagnostic.get("address") else []
    if span := diagnostic.get("range"):
        # A stage's file has its whole path.
        where.append(f"{PurePath('terraform', span['filename'])}:{span['start']['line']}")
    headline = f"{diagnostic['severity'].capitalize()}: {diagnostic['summary'].strip()}"
    detail = diagnostic.get("detail", "").strip()
    refusals = [denial.refusal for denial in aws_errors.denials(f"{diagnostic['summary']} {detail}")]
    lines = [f"{headline} ({', '.join(where)})" if where else headline, detail]
    return "\n".join(filter(None, [*lines, *(f"{refused.said} {refused.fix}" for refused in refusals)]))


def _messages(stream: str) -> Iterator[dict[str, Any]]:
    for line in stream.splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            message = json.loads(line)
            if isinstance(message, dict) and "type" in message:
                yield message


def _diagnostics(stream: str) -> list[dict[str, Any]]:
    return [said["diagnostic"] for said in _messages(stream) if said["type"] == "diagnostic"]


def _progress(stream: str) -> str:
    """Return the last that a command said on its way, when it did not come to say what went wrong."""
    messages = [said.get("@message", "") for said in _messages(stream)]
    return "\n".join(messages[-3:]) if messages else stream.strip()


def _lock_info(diagnostic: Mapping[str, Any]) -> dict[str, str]:
    """Return who holds the state's lock, as the lock itself says it, when that is what went wrong."""
    if diagnostic["summary"] != "Error acquiring the state lock":
        return {}
    return dict(re.findall(r"^  (Path|Operation|Who|Created): +(\S.*)$", diagnostic["detail"], re.MULTILINE))


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
            run = subprocess.run([program(), *sys.argv[1:]], env={**_SELDOM, **environment}, check=False)
            return run.returncode
    except TerraformError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
