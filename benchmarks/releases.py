"""Deploying nothing, a changed page, and back again, beside Terraform alone doing the same.

Both sides apply into an embedded account of their own. Each figure is the median of its runs.
"""

import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.table import Table

from ops import images, packing
from ops.clients import Clients
from ops.embedded import account
from ops.terraform import Terraform
from tests.e2e.copies import Copy, copy_of_the_repository

REGION = "eu-west-3"
APP = "patient-insight"
ROUNDS = 3


def run() -> Table:
    """Measure, and return the table."""
    with deployed() as (ours, bare):
        return table(measure(ours, bare))


@contextlib.contextmanager
def deployed() -> Iterator[tuple[Copy, "Bare"]]:
    """Deploy the repository with its tasks and, into an account of its own, with Terraform alone."""
    with tempfile.TemporaryDirectory() as name:
        ours, theirs = (
            copy_of_the_repository(Path(name) / "ours"),
            copy_of_the_repository(Path(name) / "bare"),
        )
        try:
            bare = Bare(theirs)
            bare.apply()
            ours.invoke("deploy", check=True)
            yield ours, bare
        finally:
            ours.invoke("down")
            account.stop(theirs.home)


def measure(ours: Copy, bare: "Bare") -> dict[str, float]:
    """Deploy nothing, deploy pages, roll back; and apply the same pages with Terraform: median seconds."""
    times: dict[str, list[float]] = {}

    def note(what: str, action: Callable[[], object]) -> None:
        times.setdefault(what, []).append(timed(action))

    for number in range(ROUNDS):
        note("terraform plan, nothing to change", bare.plan)
        note("invoke deploy, nothing to change", lambda: ours.invoke("deploy", check=True))
        change(ours, number)
        change(bare.copied, number)
        bare.push()
        note("terraform apply, a changed page", bare.apply)
        note("invoke deploy, a changed page", lambda: ours.invoke("deploy", check=True))
        note("invoke rollback", lambda: ours.invoke("rollback", check=True))
        ours.invoke("deploy", check=True)
    return {what: statistics.median(seconds) for what, seconds in times.items()}


def table(medians: dict[str, float]) -> Table:
    """Return each figure beside the one that it is measured against."""
    against = {
        "invoke deploy, nothing to change": "terraform plan, nothing to change",
        "invoke deploy, a changed page": "terraform apply, a changed page",
        "invoke rollback": "invoke deploy, a changed page",
    }
    made = Table("", "s", "ratio", "to", title=f"Releases, medians of {ROUNDS}")
    for what, seconds in medians.items():
        other = against.get(what)
        ratio = f"{seconds / medians[other]:.2f}x" if other else ""
        made.add_row(what, f"{seconds:.2f}", ratio, other or "")
    return made


class Bare:
    """Terraform alone on a copy of the stack, with local state, in an account of its own."""

    def __init__(self, copied: Copy) -> None:
        """Start the account, push the image, initialise."""
        self.copied = copied
        running = account.start(copied.home)
        environment = account.environment(running, REGION)
        self._clients = Clients(region=REGION, environment=environment)
        self._stack = copied.root / "terraform"
        self._terraform = Terraform(self._stack, data=copied.home / "data", environment=environment)
        self._terraform.init()
        self.push()

    def push(self) -> None:
        """Push what the copy holds now."""
        uri = images.ensure_repository(self._clients.ecr, name=APP)
        content = images.content(self.copied.root)
        pushed = packing.push(self._clients.ecr, content, name=APP, repository_uri=uri)
        self._variables = {"image_identifier": pushed.uri}

    def plan(self) -> object:
        """Plan."""
        return self._terraform.plan(self._variables, tfvars=self._stack / "stages" / "local.tfvars")

    def apply(self) -> None:
        """Plan and apply."""
        self._terraform.apply(
            self._terraform.plan(self._variables, tfvars=self._stack / "stages" / "local.tfvars")
        )


def change(copied: Copy, number: int) -> None:
    """Change the page."""
    with copied.page.open("a") as page:
        page.write(f"\n# {number}\n")


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    started = time.monotonic()
    action()
    return time.monotonic() - started
