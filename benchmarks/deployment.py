"""From a clean clone to the page in a browser, beside a bare `terraform apply` of the same stack.

The package cache is as warm as it is found. Both sides apply into an embedded account of their own.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.table import Table

from ops import images, packing
from ops.clients import Clients
from ops.embedded import account
from ops.settings import ROOT
from ops.terraform import Terraform
from tests.chromium import chromium

REGION = "eu-west-3"


def run() -> Table:
    """Clone, install, deploy, look; deploy again; and the same stack by Terraform alone."""
    with tempfile.TemporaryDirectory() as name:
        clone, home = Path(name) / "clone", Path(name) / "account"
        bare = bare_terraform(Path(name) / "bare")
        steps: dict[str, float] = {}
        steps["git clone"] = timed(lambda: git_clone(clone))
        steps["venv and pip install, locked"] = timed(lambda: install(clone))
        try:
            outputs: list[str] = []
            steps["invoke deploy"] = timed(lambda: outputs.append(invoke(clone, home, "deploy")))
            steps["page rendered"] = timed(lambda: look_at(outputs[0]))
            whole = sum(steps.values())
            steps["invoke deploy, nothing to change"] = timed(lambda: invoke(clone, home, "deploy"))
        finally:
            invoke(clone, home, "down")
    table = Table("step", "s", "of bare apply", title="From a clean clone to the page")
    for step, seconds in steps.items():
        table.add_row(step, f"{seconds:.1f}", f"{seconds / bare['terraform apply']:.2f}x")
        if step == "page rendered":
            table.add_row("whole, clone to page", f"{whole:.1f}", f"{whole / bare['terraform apply']:.2f}x")
    for step, seconds in bare.items():
        table.add_row(f"bare: {step}", f"{seconds:.1f}", f"{seconds / bare['terraform apply']:.2f}x")
    return table


def bare_terraform(directory: Path) -> dict[str, float]:
    """Time Terraform alone on the same files, with local state, in an account that has the image already."""
    stack = directory / "terraform"
    shutil.copytree(
        ROOT / "terraform",
        stack,
        ignore=shutil.ignore_patterns(".terraform", "backend_override.tf", "*.tfstate*"),
    )
    running = account.start(directory / "account")
    try:
        environment = account.environment(running, REGION)
        clients = Clients(region=REGION, environment=environment)
        uri = images.ensure_repository(clients.ecr, name="patient-insight")
        content = images.content(ROOT)
        image = packing.push(clients.ecr, content, name="patient-insight", repository_uri=uri)
        terraform = Terraform(stack, data=directory / "data", environment=environment)
        variables, tfvars = {"image_identifier": image.uri}, stack / "stages" / "local.tfvars"
        times = {"terraform init": timed(terraform.init)}
        plans = []
        times["terraform plan"] = timed(lambda: plans.append(terraform.plan(variables, tfvars=tfvars)))
        times["terraform apply"] = timed(lambda: terraform.apply(plans[0]))
        times["terraform plan, nothing to change"] = timed(lambda: terraform.plan(variables, tfvars=tfvars))
        return times
    finally:
        account.stop(directory / "account")


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def git_clone(clone: Path) -> None:
    """Clone what is committed."""
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)


def install(clone: Path) -> None:
    """Install as the README says."""
    subprocess.run([sys.executable, "-m", "venv", ".venv"], cwd=clone, check=True)
    pip = [".venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements/dev.txt"]
    subprocess.run(pip, cwd=clone, check=True, capture_output=True)


def invoke(clone: Path, home: Path, task: str) -> str:
    """Run a task of a clone and return what it said."""
    program = clone / ".venv" / "bin" / "invoke"
    environment = {**os.environ, "EMBEDDED_AWS_HOME": str(home)}
    run = subprocess.run(
        [program, task], cwd=clone, env=environment, capture_output=True, text=True, check=True
    )
    return run.stdout


def look_at(output: str) -> None:
    """Open the URL that a deployment printed and wait for the page's own content."""
    url = re.findall(r"^http://\S+$", output, re.MULTILINE)[-1]
    with chromium() as browser:
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("textarea", timeout=60_000)
