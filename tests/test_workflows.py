"""Promises of the workflows: what they call, what they may do, and that their README says all of it."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import tasks

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github/actions").glob("*/action.yml"))
README = (ROOT / ".github/workflows/README.md").read_text(encoding="utf-8")

PINNED = re.compile(r"uses: (?P<action>[\w-]+/[\w-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+")
OWN = re.compile(r"uses: \./(?P<path>\.github/actions/[\w-]+)")

each_file = pytest.mark.parametrize(
    "file", [*WORKFLOWS, *ACTIONS], ids=lambda file: file.parent.name + "-" + file.stem
)
each_workflow = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)


def read(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def jobs() -> dict[str, dict[str, Any]]:
    """Every job of every workflow."""
    return {f"{file.stem}.{name}": job for file in WORKFLOWS for name, job in read(file)["jobs"].items()}


def steps(content: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a workflow or of an action."""
    if "runs" in content:
        return content["runs"]["steps"]
    return [step for job in content["jobs"].values() for step in job["steps"]]


def commands(file: Path) -> Iterator[str]:
    for step in steps(read(file)):
        yield from filter(None, step.get("run", "").splitlines())


def uses(job: dict[str, Any]) -> list[str]:
    return [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]


# -------------------------------------------------------------- what they call


@each_file
def test_every_action_is_pinned_by_its_commit_with_the_version_beside_or_is_our_own(file: Path) -> None:
    for line in re.findall(r"^[ -]*(uses: .*)", file.read_text(), re.MULTILINE):
        if own := OWN.fullmatch(line):
            assert (ROOT / own["path"] / "action.yml").is_file()
        else:
            assert (pinned := PINNED.fullmatch(line)), line
            assert f"`{pinned['action']}`" in README


def test_an_action_has_one_commit_everywhere() -> None:
    text = "\n".join(file.read_text() for file in [*WORKFLOWS, *ACTIONS])
    found = set(re.findall(r"uses: ([\w-]+/[\w-]+)(@\S+ # \S+)", text))
    assert len(found) == len({action for action, _ in found})


@each_file
def test_every_command_is_invokes_or_noxs_or_one_that_the_readme_explains(file: Path) -> None:
    others = [line for line in commands(file) if line.split()[0] not in ("invoke", "nox")]
    assert [line for line in others if f"| `{line}` |" not in README] == []


def test_the_readme_explains_no_command_that_nobody_calls() -> None:
    explained = re.findall(
        r"^\| `([^`]+)` \| ", README.partition("## What the workflows call")[2], re.MULTILINE
    )
    assert explained
    assert set(explained) <= {line for file in [*WORKFLOWS, *ACTIONS] for line in commands(file)}


@each_file
def test_no_command_contains_what_somebody_else_may_have_written(file: Path) -> None:
    assert [line for line in commands(file) if "${{" in line] == []


@each_file
def test_every_task_that_is_called_is_there_and_takes_its_options(file: Path) -> None:
    known = {context.name: context for context in tasks.namespace.to_contexts()}
    known |= {alias: context for context in known.values() for alias in context.aliases}
    for line in commands(file):
        if line.startswith("invoke "):
            name, *words = shlex.split(line)[1:]
            assert [word for word in words if word.startswith("--") and word not in known[name].flags] == []


def test_ci_runs_every_session_that_a_plain_nox_runs() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "nox", "--list", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    default = {one["session"] for one in json.loads(listed.stdout) if "default" not in one or one["default"]}
    matrix = read(ROOT / ".github/workflows/ci.yml")["jobs"]["nox"]["strategy"]["matrix"]
    in_ci = {*matrix["session"], *(one["session"] for one in matrix["include"])}
    other = {"bench", "lock", "newest", "permissions"}  # each says default=False
    assert in_ci == default - other


# -------------------------------------------------------------- what they may do


@each_workflow
def test_a_workflow_may_nothing_and_each_job_what_it_says(file: Path) -> None:
    content = read(file)
    assert content["permissions"] == {}
    assert [name for name, job in content["jobs"].items() if "permissions" not in job] == []
    assert [name for name, job in content["jobs"].items() if "timeout-minutes" not in job] == []


def test_only_jobs_that_take_a_role_get_a_token_and_none_of_them_writes_into_the_repository() -> None:
    takes_role = {
        name for name, job in jobs().items() if "aws-actions/configure-aws-credentials" in uses(job)
    }
    assert takes_role == {name for name, job in jobs().items() if "id-token" in job["permissions"]}
    for name in takes_role:
        written = {what for what, may in jobs()[name]["permissions"].items() if may == "write"}
        assert written <= {"id-token", "attestations"}


def test_the_job_that_writes_comments_has_neither_the_code_nor_a_role() -> None:
    writers = {name: job for name, job in jobs().items() if "pull-requests" in job["permissions"]}
    assert list(writers) == ["terraform.comment"]
    assert uses(writers["terraform.comment"]) == []


def test_the_job_that_writes_issues_has_neither_the_code_nor_a_role_and_says_no_more_than_a_link() -> None:
    writers = {name: job for name, job in jobs().items() if "issues" in job["permissions"]}
    assert list(writers) == ["keys.tell"]
    tell = writers["keys.tell"]
    assert tell["permissions"] == {"issues": "write"}
    assert uses(tell) == []
    assert (tell["if"], tell["needs"]) == ("failure()", ["check"])
    assert set(re.findall(r"\$\{\{ (.*?) \}\}", json.dumps(tell))) == {
        *("github.token", "github.repository", "github.server_url", "github.run_id"),
        "steps.find.outputs.number",
    }


def test_a_pull_request_hears_of_its_newest_commit_whatever_became_of_its_plan() -> None:
    planning, commenting = (jobs()["terraform.plan"]["steps"], jobs()["terraform.comment"]["steps"])
    (plan,) = (step for step in planning if step.get("run", "").startswith("invoke plan"))
    head = "${{ github.event.pull_request.head.sha"
    assert '--commit "$COMMIT"' in plan["run"]
    assert plan["env"]["COMMIT"].startswith(head)
    fetch, write, otherwise = commenting
    assert fetch["continue-on-error"] is True
    outcomes = [step["if"] for step in (write, otherwise)]
    assert outcomes == [f"steps.fetch.outcome == '{one}'" for one in ("success", "failure")]
    assert head in otherwise["env"]["NO_PLAN"]


def test_no_checkout_leaves_its_credentials_behind() -> None:
    checkouts = [
        step
        for file in [*WORKFLOWS, *ACTIONS]
        for step in steps(read(file))
        if step.get("uses", "").startswith("actions/checkout@")
    ]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_the_role_that_deploys_is_taken_only_behind_reviewers_and_one_run_after_the_other() -> None:
    deploying = {name: job for name, job in jobs().items() if "AWS_DEPLOY_ROLE" in json.dumps(job)}
    assert set(deploying) == {"terraform.apply", "deploy.deploy"}
    for job in deploying.values():
        assert job["environment"] == "production"
        assert job["concurrency"] == {"group": "production", "cancel-in-progress": False}


def test_what_uv_downloads_is_kept_for_each_session_and_in_no_job_that_takes_a_role() -> None:
    for job in jobs().values():
        ran = [word for step in job["steps"] for word in [step.get("run", "")] if word.startswith("nox")]
        set_up = [step["with"] for step in job["steps"] if step.get("uses") == "./.github/actions/setup"]
        named = [given["session"] for given in set_up if "session" in given]
        told = ["$SESSION" if one == "${{ matrix.session }}" else one for one in named]
        assert [line.split()[2].strip('"') for line in ran] == told


def test_what_is_uploaded_is_no_plan() -> None:
    uploaded = [
        step["with"]["path"]
        for job in jobs().values()
        for step in job["steps"]
        if "path" in step.get("with", {})
    ]
    assert "plan.md" in uploaded
    assert [path for path in uploaded if "tfplan" in path or ".stages" in path or path in (".", "./")] == []


# -------------------------------------------------------------- what their README says


def test_every_variable_is_explained_and_is_one_that_bootstrap_names_and_there_is_no_secret() -> None:
    text = "\n".join(file.read_text() for file in [*WORKFLOWS, *ACTIONS])
    wanted = set(re.findall(r"\bvars\.(\w+)", text))
    assert wanted == set(re.findall(r"^ *\| `([A-Z_]+)` \|", README, re.MULTILINE))
    source = (ROOT / "ops/bootstrap.py").read_text(encoding="utf-8")
    assert {"AWS_REGION", "AWS_DEPLOY_ROLE"} <= {name for name in wanted if name in source}
    assert "secrets." not in text


def test_the_stage_of_the_readme_says_all_that_a_deployment_demands() -> None:
    (described,) = re.findall(r"```hcl\n(.*?)```", README, re.DOTALL)
    said = dict(re.findall(r"^ *(\w+) *= *(\S+)", described, re.MULTILINE))
    assert said["key_delivery"] == '"runtime"'
    assert said["access"] == '"oidc"'
    required = re.findall(r'"(OIDC_\w+)"', (ROOT / "app/access/__init__.py").read_text(encoding="utf-8"))
    assert {"OIDC_METADATA_URL", "OIDC_CLIENT_ID"} <= set(required)
    assert {"oidc_metadata_url", "oidc_client_id", "oidc_allowed_domains"} <= set(said)


def test_only_what_a_newer_commit_of_a_pull_request_replaces_is_cancelled() -> None:
    content = read(ROOT / ".github/workflows/ci.yml")
    assert content["concurrency"]["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"


def test_an_image_is_attested_only_after_its_scan_and_deployed_by_what_was_scanned() -> None:
    build, deploy = jobs()["deploy.build"], jobs()["deploy.deploy"]
    told = [step.get("run", "") or step["uses"].partition("@")[0] for step in build["steps"]]
    order = ["invoke push", "invoke scan", "actions/attest-build-provenance", "actions/attest-sbom"]
    found = [next(place for place, one in enumerate(told) if one.startswith(name)) for name in order]
    assert found == sorted(found)
    attesting = [step for step in build["steps"] if step.get("uses", "").startswith("actions/attest-")]
    # Where the plan of GitHub has none, the rest of the deployment goes on.
    assert [step["if"] for step in attesting] == ["vars.ATTEST != 'false'"] * 2
    assert deploy["needs"] == ["build"]
    assert build["outputs"] == {"image": "${{ steps.push.outputs.uri }}"}
    assert deploy["steps"][-1]["env"] == {"IMAGE": "${{ needs.build.outputs.image }}"}


def test_the_gate_asks_for_every_session_and_for_the_short_soak() -> None:
    ci = read(ROOT / ".github/workflows/ci.yml")["jobs"]
    assert ci["gate"]["needs"] == ["nox", "soak"]
    assert ci["gate"]["steps"][0]["run"] == 'test "$RESULTS" = "success success"'
    assert "nox --session soak -- --short" in [step.get("run") for step in ci["soak"]["steps"]]


def test_screenshots_and_benchmarks_are_kept() -> None:
    kept = {
        name: [step["with"]["path"] for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
        for name, job in jobs().items()
    }
    assert (kept["ci.nox"], kept["ci.soak"]) == (["artifacts/"], ["artifacts/"])
    assert kept["ci.bench"] == ["benchmarks.txt"]


def test_every_workflow_is_in_the_readmes_table() -> None:
    assert set(re.findall(r"\[(\w+\.yml)\]\(\1\)", README)) == {file.name for file in WORKFLOWS}
