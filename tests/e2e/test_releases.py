"""Releases as an operator makes them: nothing when nothing differs, proven, tried, refused, undone."""

import contextlib
import json
import re
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ops import versions
from ops.clients import Clients
from ops.releases import Ledger
from tests.e2e.conftest import REGION, url_in
from tests.e2e.copies import Copy, copy_of_the_repository
from tests.ops.worlds import eventually

APP = "patient-insight"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy of the repository, deployed once."""
    copied = copy_of_the_repository(tmp_path_factory.mktemp("releases"))
    try:
        assert "version 1 is live" in copied.invoke("deploy", check=True).stdout
        yield copied
    finally:
        copied.invoke("down")


@pytest.fixture
def clients(copy: Copy) -> Clients:
    return copy.clients


def test_a_second_deployment_runs_no_terraform_and_writes_nothing_down(copy: Copy) -> None:
    again = copy.invoke("deploy", check=True).stdout
    assert "nothing had to change" in again
    assert "terraform" not in again
    assert [release["number"] for release in releases(copy)] == [1]


def touch_page(copy: Copy) -> Callable[[], object]:
    return edited(copy.page, "\n# changed\n")


def touch_stack(copy: Copy) -> Callable[[], object]:
    return edited(copy.root / "terraform" / "logs.tf", "\n# changed\n")


def touch_tfvars(copy: Copy) -> Callable[[], object]:
    return edited(copy.root / "terraform" / "stages" / "local.tfvars", "\nmemory_size_mb = 3008\n")


def touch_lock(copy: Copy) -> Callable[[], object]:
    return edited(copy.root / "terraform" / ".terraform.lock.hcl", "\n# changed\n")


def touch_requirements(copy: Copy) -> Callable[[], object]:
    return edited(copy.root / "requirements" / "app.txt", "\n# changed\n")


def touch_key(copy: Copy) -> Callable[[], object]:
    clients, name = copy.clients, f"/{APP}/mistral-api-key"
    clients.ssm.put_parameter(Name=name, Value="a key", Type="SecureString", Overwrite=True)
    return lambda: clients.ssm.delete_parameter(Name=name)


def touch_alias(copy: Copy) -> Callable[[], object]:
    clients = copy.clients
    live = reached(clients)
    clients.lambda_.update_function_configuration(FunctionName=APP, Description="another")
    clients.lambda_.publish_version(FunctionName=APP)
    newest = versions.newest(clients.lambda_, function=APP)
    moved = versions.move(clients.lambda_, function=APP, to=newest, since=live)

    def undo() -> None:
        versions.move(clients.lambda_, function=APP, to=live.version, since=moved)
        versions.withdraw(clients.lambda_, function=APP, version=newest, live=live.version)

    return undo


@pytest.mark.parametrize(
    ("touch", "said"),
    [
        (touch_page, ["what enters the image"]),
        (touch_requirements, ["what enters the image"]),
        (touch_stack, ["terraform/ or its variables"]),
        (touch_tfvars, ["terraform/ or its variables"]),
        (touch_lock, ["terraform/ or its variables"]),
        (touch_key, ["a key or secret in Systems Manager"]),
        (touch_alias, ["users reach version 2 instead of 1", "$LATEST of the function"]),
    ],
)
def test_each_thing_that_a_deployment_depends_on_is_noticed_alone(
    copy: Copy, touch: Callable[[Copy], Callable[[], object]], said: list[str]
) -> None:
    undo = touch(copy)
    try:
        lines = copy.invoke("deploy", "--dry-run", check=True).stdout.splitlines()
    finally:
        undo()
    assert lines == [f"would deploy {APP}:", *(f"  {line}" for line in said)]


def test_what_changes_nothing_in_the_end_is_deployed_once_and_then_known(copy: Copy) -> None:
    first = copy.invoke("deploy", check=True).stdout  # the alias has a history of hands now
    assert "nothing had to change" in first
    assert "terraform plan" in first
    assert "terraform" not in copy.invoke("deploy", check=True).stdout


def test_a_changed_page_is_tried_on_some_users_released_and_rolled_back(copy: Copy, page: Page) -> None:
    good, url = copy.page.read_text(), url_in(copy.invoke("deploy", check=True).stdout)
    copy.page.write_text(good + '\nst.write("Another release")\n')
    try:
        with visiting(url):
            deployed = copy.invoke("deploy", "--canary", "50", "--bake", "3", check=True).stdout
        seen = re.search(r"50 % of the users to \d+ .* (\d+) invocations in 3 s, none failed", deployed)
        assert seen is not None, deployed
        assert int(seen[1]) > 0
        page.goto(url)
        expect(page.get_by_text("Another release")).to_be_visible()

        back = copy.invoke("rollback", check=True).stdout
        assert "with the image of release 1" in back
        page.reload()
        expect(page.get_by_role("heading").first).to_be_visible()
        expect(page.get_by_text("Another release")).to_have_count(0)
    finally:
        copy.page.write_text(good)
    assert "nothing had to change" in copy.invoke("deploy", check=True).stdout
    newest, before, *_ = releases(copy)
    assert (newest["kind"], newest["restores"], newest["result"]) == ("rollback", 1, "good")
    assert (before["kind"], before["result"]) == ("code", "good")

    chosen = ("deploy", "--image", str(before["image"]))
    assert "what enters the image" in copy.invoke(*chosen, "--dry-run", check=True).stdout
    copy.invoke(*chosen, check=True)
    page.reload()
    expect(page.get_by_text("Another release")).to_be_visible()
    assert "nothing had to change" in copy.invoke(*chosen, check=True).stdout
    newest = releases(copy)[0]
    assert [newest[name] for name in ("kind", "image", "tag", "revision")] == [
        "code",
        *(before[name] for name in ("image", "tag", "revision")),
    ]
    copy.invoke("deploy", check=True)
    page.reload()
    expect(page.get_by_role("heading").first).to_be_visible()
    expect(page.get_by_text("Another release")).to_have_count(0)


def test_an_alias_that_somebody_moves_meanwhile_is_left_to_them(copy: Copy, clients: Clients) -> None:
    live = reached(clients)
    known = versions.newest(clients.lambda_, function=APP)
    undo = edited(copy.page, "\n# another version\n")
    try:
        deploying = copy.start("deploy")
        assert eventually(lambda: versions.newest(clients.lambda_, function=APP) != known, within_s=90)
        clients.lambda_.update_alias(FunctionName=APP, Name="live", Description="by another hand")
        said = deploying.communicate()[0]
    finally:
        undo()
    assert deploying.returncode == 1
    assert "Somebody else moved the alias" in said
    assert reached(clients).version == live.version
    assert versions.newest(clients.lambda_, function=APP) == known
    assert releases(copy)[0]["result"] == "failed"


def test_a_ledger_that_somebody_else_writes_moves_nobody(copy: Copy, clients: Clients) -> None:
    live, ledger = reached(clients), ledger_of(clients)
    known = len(ledger.numbers())
    undo = edited(copy.page, "\n# yet another version\n")
    try:
        deploying = copy.start("deploy")
        assert eventually(lambda: len(ledger.numbers()) > known, within_s=60)
        theirs = ledger.read(known + 1)
        ledger.end(theirs, "failed", reason="written by another hand")
        said = deploying.communicate()[0]
    finally:
        undo()
    assert deploying.returncode == 1
    assert f"Somebody else wrote release {known + 1} at the same time" in said
    assert reached(clients).version == live.version
    assert releases(copy)[0]["reason"] == "written by another hand"
    # Nobody knows how much of the stack is as it was, although the tree is that of the last good release.
    said = copy.invoke("deploy", "--dry-run", check=True).stdout
    assert said.splitlines()[:2] == [f"would deploy {APP}:", f"  release {known + 1} came to no good end"]
    mended = copy.invoke("deploy", check=True).stdout
    assert "terraform plan" in mended
    assert releases(copy)[0]["result"] == "good"
    assert "terraform" not in copy.invoke("deploy", check=True).stdout


@contextlib.contextmanager
def visiting(url: str) -> Iterator[None]:
    """Use the page all the while."""
    ending = threading.Event()

    def visit() -> None:
        while not ending.wait(0.2):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(url).close()

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        yield
    finally:
        ending.set()
        visitor.join()


def reached(clients: Clients) -> versions.Live:
    live = versions.live(clients.lambda_, function=APP)
    assert live is not None
    return live


def releases(copy: Copy) -> list[dict[str, object]]:
    return list(json.loads(copy.invoke("releases", "--json", check=True).stdout))


def ledger_of(clients: Clients) -> Ledger:
    bucket = f"{APP}-terraform-123456789012-{REGION}"
    return Ledger(clients.s3, bucket=bucket, app_name=APP)


def edited(path: Path, more: str) -> Callable[[], object]:
    """Add to a file; return what undoes that."""
    before = path.read_text()
    path.write_text(before + more)
    return lambda: path.write_text(before)
