"""The image beside a plain one of the same lock and base: what it adds to the base, and how soon it answers.

Both are pushed to an embedded account, whose ECR tells their compressed sizes, and started in turn as Lambda
starts them: without rights, and with a file system to read. The plain one runs `streamlit run`, as people
do, and our own server too.
"""

import json
import shutil
import socket
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from ops import builds, engine, images
from ops.clients import Clients
from ops.embedded import account, container
from ops.engine import Engine, NoEngine
from ops.settings import ROOT
from tests.image.bases import bases

REGION = "eu-west-3"
ROUNDS = 7
OURS = ("python", "-m", "app")
STOCK = ("python", "-m", "streamlit", "run", "app/page.py", "--server.headless=true", "--server.port")

STARTS = (
    ("plain, streamlit run", "plain", STOCK),
    ("plain, our server", "plain", OURS),
    ("ours", "ours", OURS),
)

# Without pip's cache, which a plain `pip install` would leave in the image besides.
PLAIN = """
WORKDIR /var/task
COPY requirements/app.txt requirements/app.txt
RUN python -m pip install --no-cache-dir --requirement requirements/app.txt
COPY app/ app/
ENTRYPOINT []
"""


def run() -> RenderableType:
    """Build, push and start both."""
    found = engine.find()
    if isinstance(found, NoEngine) or found.obstacle:
        return (
            f"The image is not measured: {found.reason if isinstance(found, NoEngine) else found.obstacle}."
        )
    with tempfile.TemporaryDirectory() as name, bases(found), registry(Path(name) / "account") as ecr:
        plain, ours = copies(Path(name))
        sent = {
            "plain": layers(found, ecr, plain, "plain"),
            "ours": layers(found, ecr, ours, "ours"),
        }
        with (ours / "app" / "page.py").open("a") as page:
            page.write("# changed\n")
        sent["changed"] = layers(found, ecr, ours, "ours")
        times: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for kind, name, command in STARTS:
                times.setdefault(kind, []).append(healthy_s(found, f"bench-{name}:1", command))
    return table(sent, {kind: statistics.median(seconds) for kind, seconds in times.items()})


@contextmanager
def registry(home: Path) -> Iterator[Any]:
    """An embedded account's ECR."""
    running = account.start(home)
    try:
        yield Clients(region=REGION, environment=account.environment(running, REGION)).ecr
    finally:
        account.stop(home)


def copies(directory: Path) -> tuple[Path, Path]:
    """The repository with the plain recipe, and with ours."""
    plain, ours = directory / "plain", directory / "ours"
    for root in (plain, ours):
        for part in ("app", "requirements"):
            shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__", "built"))
        shutil.copy(ROOT / "Dockerfile", root)
    base = next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("FROM "))
    (plain / "Dockerfile").write_text(base + PLAIN)
    return plain, ours


def layers(found: Engine, ecr: Any, root: Path, name: str) -> dict[str, int]:
    """Build and push; return the compressed size of each layer by its digest."""
    of = images.content(root)
    pushed = builds.ensure(ecr, of, name=name, engine=found, may_pack=False, on_event=lambda _: None)
    found.api.tag(f"{name}:{of.tag}", f"bench-{name}", "1")
    image_ids = [{"imageDigest": pushed.image.digest}]
    (image,) = ecr.batch_get_image(repositoryName=name, imageIds=image_ids)["images"]
    return {layer["digest"]: layer["size"] for layer in json.loads(image["imageManifest"])["layers"]}


def healthy_s(found: Engine, image: str, command: tuple[str, ...]) -> float:
    """Seconds from the start of a container to its first healthy answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    host = found.api.create_host_config(
        network_mode="host",
        read_only=True,
        tmpfs={"/tmp": "mode=1777"},  # noqa: S108 - inside
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
    )
    made = found.api.create_container(
        image,
        [*command, str(port)] if command is STOCK else list(command),
        environment={"HOME": "/tmp", "AWS_LWA_PORT": str(port)},  # noqa: S108 - inside
        user=container.USER,
        host_config=host,
    )
    try:
        started = time.perf_counter()
        found.api.start(made["Id"])
        while not is_healthy(port):
            time.sleep(0.01)
        return time.perf_counter() - started
    finally:
        found.api.remove_container(made["Id"], force=True)


def is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def table(sent: dict[str, dict[str, int]], healthy: dict[str, float]) -> Table:
    """Return sizes and times, each beside that of the plain image."""
    base = sent["plain"].keys() & sent["ours"].keys()
    plain, ours = (sum(sent[kind][each] for each in sent[kind].keys() - base) for kind in ("plain", "ours"))
    changed = sum(sent["changed"][each] for each in sent["changed"].keys() - sent["ours"].keys())
    shown = Table(
        "the image", "plain", "ours", "ratio", title="The image beside a plain pip install", box=None
    )
    for what, theirs, mine, unit in (
        ("added to the base, compressed", plain / 1e6, ours / 1e6, "MB"),
        ("start to healthy, beside streamlit run", healthy["plain, streamlit run"], healthy["ours"], "s"),
        ("start to healthy, beside our server", healthy["plain, our server"], healthy["ours"], "s"),
    ):
        shown.add_row(what, f"{theirs:.2f} {unit}", f"{mine:.2f} {unit}", f"{mine / theirs:.2f}x")
    shown.add_row("sent after a change of the page", "", f"{changed / 1e6:.2f} MB", "")
    return shown
