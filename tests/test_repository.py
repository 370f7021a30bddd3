"""Promises of the repository as a whole, which no single module can keep."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.costs import PRICES, SECONDS, Usage
from tests.conftest import LONGEST

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^ ;]+)"
    r"( ; (?P<marker>[^-]+))?"
    r"( --hash=sha256:[0-9a-f]{64})+"
)


def test_the_files_that_are_tested_first_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Name and content of every text file that git tracks."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    for name in filter(None, listing.stdout.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in content:
            yield name, content.decode("utf-8", errors="replace")


def pins(lock: Path) -> list[re.Match[str] | str]:
    """Each requirement of a lock file, matched against the only form that we allow, or as it stands."""
    lines = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    requirements = [re.sub(r"\s+", " ", line).strip() for line in lines if line.strip()]
    return [PIN.fullmatch(requirement) or requirement for requirement in requirements]


# -------------------------------------------------------------- what files may name


def test_no_file_names_a_directory_of_the_machine_it_was_written_on():
    own = [re.escape(str(ROOT))] if len(ROOT.parts) > 2 else []
    personal = re.compile("|".join([r"(?<![\w.-])/(?:home|Users)/[a-z]\w*/", *own]))

    assert [(name, found[0]) for name, text in tracked_texts() if (found := personal.search(text))] == []


def test_no_file_names_the_address_of_a_package_index():
    index = re.compile(r"https?://\S+/simple\b|--(?:extra-)?index-url[ =]\S|--find-links[ =]\S")

    assert [(name, found[0]) for name, text in tracked_texts() if (found := index.search(text))] == []


# -------------------------------------------------------------- locks


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_line_of_a_lock_is_one_version_with_hashes(lock):
    assert [line for line in pins(lock) if isinstance(line, str)] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_group_takes_the_versions_of_dev(lock):
    def versions(path):
        return {(pin["name"], pin["version"]) for pin in pins(path)}

    assert versions(lock) <= versions(ROOT / "requirements/dev.txt")


def test_each_dependency_group_has_its_lock_and_each_lock_its_group():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]

    assert {lock.stem for lock in LOCKS} == set(groups)


# -------------------------------------------------------------- image


def test_the_image_starts_the_app_the_way_the_embedded_account_does():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert 'CMD ["python", "-m", "app"]' in dockerfile
    assert "ENV AWS_LWA_PORT=8501" in dockerfile
    assert "ENV AWS_LWA_READINESS_CHECK_PATH=/_stcore/health" in dockerfile


def test_the_dockerfile_keeps_to_what_the_classic_builder_and_a_line_reader_understand():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert not re.search(r"^# *syntax=|^RUN .*--mount|<<", dockerfile, flags=re.MULTILINE)
    assert all(
        re.fullmatch(r"ENV [A-Z_]+=\S+", line) for line in dockerfile.splitlines() if line.startswith("ENV")
    )


def test_the_image_is_built_from_the_app_and_its_lock_alone():
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert [rule for rule in rules if rule.startswith(("*", "!"))][:3] == [
        "*",
        "!app",
        "!requirements/app.txt",
    ]


# -------------------------------------------------------------- stack


def test_the_stack_has_the_outputs_of_the_guide_and_where_the_page_is():
    outputs = (ROOT / "terraform/outputs.tf").read_text(encoding="utf-8")

    assert set(re.findall(r'^output "(\w+)"', outputs, flags=re.MULTILINE)) == {
        "api_gateway_url",
        "app_url",
        "domain_target",
        "lambda_function_name",
        "lambda_function_arn",
        "ssm_openai_api_key_parameter",
        "ssm_mistral_api_key_parameter",
        "instructions",
    }


def test_every_variable_of_the_stack_is_explained_in_its_readme():
    variables = (ROOT / "terraform/variables.tf").read_text(encoding="utf-8")
    readme = (ROOT / "terraform/README.md").read_text(encoding="utf-8")

    assert [
        v for v in re.findall(r'^variable "(\w+)"', variables, flags=re.MULTILINE) if f"`{v}`" not in readme
    ] == []


def test_the_costs_of_the_guide_are_those_of_the_table_of_prices():
    guide, usage, prices = (ROOT / "terraform/README.md").read_text(encoding="utf-8"), Usage(), PRICES
    gb_seconds = usage.interactions * usage.seconds * 2

    assert f"{usage.interactions:,} interactions of {usage.seconds} s" in guide
    assert (
        f"| the function's time, {gb_seconds:,.0f} GB-seconds | ${gb_seconds * prices['x86_64'].usd:.2f} |"
        in guide
    )
    assert f"invocations | ${usage.interactions * prices['invocation'].usd:.2f} |" in guide
    assert f"requests | ${usage.interactions * prices['api_request'].usd:.2f} |" in guide
    assert f"${2 * SECONDS * prices['provisioned_x86_64'].usd:.2f} a month" in guide
    assert f"${2 * SECONDS * prices['snapshot'].usd:.2f} a month" in guide
    assert round(prices["arm64"].usd / prices["x86_64"].usd, 2) == 0.8  # "a fifth less"


def test_the_provider_lock_answers_the_constraint_of_the_stack():
    constraint = re.search(
        r'\bversion = "([^"]+)"', (ROOT / "terraform/versions.tf").read_text(encoding="utf-8")
    )
    lock = (ROOT / "terraform/.terraform.lock.hcl").read_text(encoding="utf-8")

    assert constraint
    assert f'constraints = "{constraint[1]}"' in lock


# -------------------------------------------------------------- first steps


def test_the_test_command_of_the_readme_is_what_ci_runs():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    steps = [line.strip() for line in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()]
    last = [line for line in steps if line and not line.startswith("#")][-1]

    assert last.removeprefix("exec ") in readme


# -------------------------------------------------------------- pages


def test_every_link_between_the_pages_leads_somewhere():
    pages = {name: text for name, text in tracked_texts() if name.endswith(".md")}
    broken = [
        (name, target) for name, text in pages.items() for target in links(text) if not leads(name, target)
    ]

    assert broken == []
    assert sum(len(links(text)) for text in pages.values()) > 50


def links(page: str) -> list[str]:
    """Where a page's links to other files and to its own sections lead."""
    prose = re.sub(r"^```.*?^```$|`[^`\n]+`", "", page, flags=re.MULTILINE | re.DOTALL)
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in target]


def leads(name: str, target: str) -> bool:
    """Whether a link in the file `name` leads to a file, and to a heading of it where it names one."""
    path, _, anchor = target.partition("#")
    file = (ROOT / name).parent / path if path else ROOT / name
    return file.exists() and (not anchor or anchor in anchors(file))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_task_has_its_row_among_the_commands():
    argv = [sys.executable, "-m", "invoke", "--list"]
    listing = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True).stdout
    # A namespace's default task is typed by the namespace's name.
    tasks = [
        by or name for name, by in re.findall(r"^  ([a-z][\w.-]*)(?: \(([\w-]+)\))?", listing, re.MULTILINE)
    ]
    commands = (ROOT / "docs/commands.md").read_text(encoding="utf-8")

    assert len(tasks) > 30
    assert [
        name for name in tasks if not re.search(rf"`[^`\n]*invoke {re.escape(name)}[`\s)]", commands)
    ] == []


def test_every_session_that_a_plain_nox_leaves_out_has_its_row_among_the_commands():
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    sessions = re.findall(r"^@nox\.session\(default=False\)\ndef (\w+)", noxfile, flags=re.MULTILINE)
    commands = (ROOT / "docs/commands.md").read_text(encoding="utf-8")

    assert len(sessions) > 3
    assert [name for name in sessions if f"`nox -s {name}" not in commands] == []
