"""Click to DOM change: the native WebSocket beside HTTP over the gateway, on the same page, in one browser.

The gateway's side is the product as it is deployed: HTTP API, two instances chosen by chance and frozen
between requests, sessions in the account's DynamoDB.
"""

import base64
import contextlib
import random
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page
from rich.table import Table

from ops import images, packing
from ops.clients import Clients
from ops.embedded import account
from ops.settings import ROOT
from tests.chromium import chromium
from tests.ops.worlds import make_api, make_function

ROUNDS, CLICKS = 12, 10
REGION = "eu-west-3"

PAGE = """
import streamlit as st

st.session_state.n = st.session_state.get("n", 0)
if st.button("Add one"):
    st.session_state.n += 1
st.markdown(f"<span id='n'>{st.session_state.n}</span>", unsafe_allow_html=True)
"""

# Resolves with the milliseconds from each click until the number on the page is the next one.
MEASURE = """async (clicks) => {
  const number = () => Number(document.querySelector("#n").textContent);
  const button = [...document.querySelectorAll("button")].find((b) => b.textContent.includes("Add one"));
  const times = [];
  for (let i = 0; i < clicks; i++) {
    const next = number() + 1;
    const changed = new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (number() === next) { observer.disconnect(); resolve(); }
      });
      observer.observe(document.body, { childList: true, characterData: true, subtree: true });
    });
    const started = performance.now();
    button.click();
    await changed;
    times.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return times;
}"""


def run() -> Table:
    """Measure both in turn, round by round in random order."""
    with (
        tempfile.TemporaryDirectory() as name,
        native(Path(name)) as socket_url,
        deployed(Path(name) / "one", instances=1, has_table=False) as own_url,
        deployed(Path(name) / "two") as http_url,
        chromium() as browser,
    ):
        urls = {
            "native WebSocket": socket_url,
            "HTTP, gateway, 1 frozen instance, no store": own_url,
            "HTTP, gateway, 2 frozen instances, DynamoDB": http_url,
        }
        return measure({title: open_page(browser.new_page(), url) for title, url in urls.items()})


def measure(pages: dict[str, Page]) -> Table:
    """Click on each page in turn and compare with the first."""
    rounds: dict[str, list[list[float]]] = {name: [] for name in pages}
    for page in pages.values():
        page.evaluate(MEASURE, CLICKS)  # warm
    for _ in range(ROUNDS):
        for name in random.sample(list(pages), len(pages)):
            pages[name].bring_to_front()
            rounds[name].append(pages[name].evaluate(MEASURE, CLICKS))
    first, *_ = rounds.values()
    title = f"Click to DOM change, {ROUNDS} x {CLICKS} clicks, interleaved"
    table = Table("transport", "median ms", "p90 ms", "of native (median of rounds)", title=title)
    for name, own in rounds.items():
        values = sorted(value for times in own for value in times)
        ratios = [statistics.median(a) / statistics.median(b) for a, b in zip(own, first, strict=True)]
        p90 = values[int(0.9 * len(values))]
        table.add_row(
            name, f"{statistics.median(values):.1f}", f"{p90:.1f}", f"{statistics.median(ratios):.2f}x"
        )
    return table


def open_page(page: Page, url: str) -> Page:
    """Open a page and wait for its number."""
    page.goto(url)
    page.wait_for_selector("#n", timeout=60_000)
    return page


@contextlib.contextmanager
def native(directory: Path, script: Path | None = None) -> Iterator[str]:
    """Serve the page, or another `script`, with `streamlit run`."""
    if script is None:
        script = directory / "native.py"
        script.write_text(PAGE)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.headless=true", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}", *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/_stcore/health")
        yield url
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def deployed(
    directory: Path, page: str = PAGE, *, instances: int = 2, has_table: bool = True
) -> Iterator[str]:
    """Deploy the app with `page` in place of its own into an account of its own.

    Args:
        directory: Where everything goes.
        page: The script.
        instances: How many the function has at most.
        has_table: Sessions live in DynamoDB; else in the memory of one instance.
    """
    root = directory / "repository"
    shutil.copytree(ROOT / "app", root / "app", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "app" / "page.py").write_text(page)
    (root / "requirements").mkdir()
    for name in ("Dockerfile", "requirements/app.txt", "requirements/lean.py"):
        shutil.copy(ROOT / name, root / name)
    home = directory / "account"
    running = account.start(home, account.Options(instances=instances))
    try:
        environment = account.environment(running, REGION)
        yield make_stack(Clients(region=REGION, environment=environment), root, has_table=has_table)
    finally:
        account.stop(home)


def make_stack(clients: Clients, root: Path, *, has_table: bool) -> str:
    """Create what the page needs to run, without Terraform, and return its URL."""
    uri = images.ensure_repository(clients.ecr, name="bench")
    image = packing.push(clients.ecr, images.content(root), name="bench", repository_uri=uri)
    clients.ssm.put_parameter(
        Name="/bench/runtime/session-key",
        Value=base64.b64encode(secrets.token_bytes(32)).decode(),
        Type="SecureString",
    )
    clients.client("dynamodb").create_table(
        TableName="bench-sessions",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "part", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "part")],
        BillingMode="PAY_PER_REQUEST",
    )
    variables = {"SESSIONS_TABLE": "bench-sessions", "RUNTIME_PARAMETERS_PATH": "/bench/runtime"}
    configuration = {"MemorySize": 2048, "Environment": {"Variables": variables if has_table else {}}}
    return make_api(clients, make_function(clients, image.uri, **configuration)).url


def wait_for(url: str, *, within_s: float = 60) -> None:
    """Wait until something answers."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=2).read()
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing answers at {url}")
