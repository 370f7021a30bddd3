"""`python -m tests.image.bases COMMAND…`: run a command on a machine where the Dockerfile can be built.

The base images are taken as they are when the engine has them or can pull them. Where it can't, as on a
machine that reaches no registry, stand-ins are made and carry their names until the command ends: Debian's
Python in the place of Lambda's, and a file in the place of the adapter, which nothing but Lambda starts. The
stand-in's pip is pointed at the locked packages, served on 127.0.0.1 from what this machine's own pip could
download; so the Dockerfile is built as it is, and no index is named anywhere.
"""

import contextlib
import functools
import http.server
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ops import engine, registries
from ops.engine import Engine, NoEngine
from ops.images import add_file
from ops.settings import ROOT

_BASES = re.compile(r"^(?:FROM|COPY --from=)\s*(\S+)", re.MULTILINE)
_PYTHON = "3.11"  # of Debian bookworm
# Unpacked and not set up, which takes a quarter of the time: nothing here needs what packages set up.
_DEBIAN = (
    *("--variant=extract", "--include=dash,coreutils,python3,python3-pip,python-is-python3"),
    *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "locale", "man")),
    "bookworm",
)


class NoStandInError(Exception):
    """The machine lacks what a stand-in is made with."""


def main(command: list[str]) -> int:
    """Run the command; without an engine, say so in a line, which is no failure."""
    found = engine.find()
    why_not = found.reason if isinstance(found, NoEngine) else found.obstacle
    if why_not or isinstance(found, NoEngine):
        print(f"The image is not checked: {why_not}.")
        return 0
    try:
        with bases(found):
            return subprocess.run(
                command, cwd=ROOT, env={**os.environ, "INVOKE_EMBEDDED_ENGINE": "docker"}
            ).returncode
    except NoStandInError as error:
        print(f"The image is not checked: {error}.")
        return 0


@contextlib.contextmanager
def bases(found: Engine) -> Iterator[None]:
    """Have every image that the Dockerfile starts from, stand-ins where need be, and remove those again."""
    names = _BASES.findall((ROOT / "Dockerfile").read_text())
    missing = [name for name in names if not is_there(found, name)]
    with contextlib.ExitStack() as stack:
        for name in missing:
            stack.enter_context(adapter(found, name) if "adapter" in name else python(found, name))
        yield


def is_there(found: Engine, name: str) -> bool:
    """Whether the engine has the image, pulled now if need be."""
    if found.api.images(name):
        return True
    base = registries.parse(name)
    repository, wanted = f"{base.registry}/{base.name}", base.wanted
    try:
        return not any(
            "error" in event for event in found.api.pull(repository, tag=wanted, stream=True, decode=True)
        )
    except engine.errors():
        return False


@contextlib.contextmanager
def adapter(found: Engine, name: str) -> Iterator[None]:
    """An image that holds a file with the adapter's name."""
    with stand_in(found, name, tar_with("lambda-adapter", b"a stand-in: only Lambda starts it\n")):
        yield


@contextlib.contextmanager
def python(found: Engine, name: str) -> Iterator[None]:
    """An image with Debian's Python, whose pip finds the locked packages."""
    if shutil.which("mmdebstrap") is None:
        raise NoStandInError(f"the engine can't pull {name}, and mmdebstrap is not here to make a stand-in")
    with (
        tempfile.TemporaryDirectory() as directory,
        ThreadPoolExecutor() as pool,
        contextlib.ExitStack() as closing,
    ):
        system = Path(directory) / "system.tar"
        made = pool.submit(subprocess.run, ["mmdebstrap", "--quiet", *_DEBIAN, str(system)], check=True)
        index = closing.enter_context(served(download(Path(directory))))
        made.result()
        with tarfile.open(system, "a") as tar:
            # As in Lambda's base, where nobody else manages Python's packages.
            pip = f"[global]\nindex-url = {index}\n[install]\nbreak-system-packages = true\n"
            add_file(tar, "./etc/pip.conf", pip.encode())
        with stand_in(found, name, system.read_bytes()):
            yield


@contextlib.contextmanager
def stand_in(found: Engine, name: str, content: bytes) -> Iterator[None]:
    """An image of this content under another's name, until the end."""
    repository, _, tag = name.rpartition(":")
    if "@" in name:
        raise NoStandInError(f"the engine can't pull {name}, and no stand-in can have its digest")
    found.api.import_image_from_data(content, repository=repository, tag=tag)
    print(f"{name} is a stand-in: the engine can't pull it.", flush=True)
    try:
        yield
    finally:
        found.api.remove_image(name, force=True)


def tar_with(name: str, data: bytes) -> bytes:
    """A tar of one file."""
    with io.BytesIO() as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            add_file(tar, name, data)
        return file.getvalue()


def download(directory: Path) -> Path:
    """Lay the locked packages out as an index: a directory for each project."""
    wheels, simple = directory / "wheels", directory / "simple"
    lock = ("--requirement", str(ROOT / "requirements/app.txt"), "--require-hashes", "--no-deps")
    python = ("--python-version", _PYTHON, "--only-binary", ":all:")
    # An environment that uv made has no pip, and uv can't download.
    subprocess.run([sys.executable, "-m", "venv", str(directory / "venv")], check=True)
    pip = (str(directory / "venv/bin/pip"), "download", "-qqq", "--disable-pip-version-check")
    subprocess.run([*pip, *lock, *python, "--dest", str(wheels)], check=True)
    for wheel in wheels.iterdir():
        project = simple / re.sub(r"[-_.]+", "-", wheel.name.split("-")[0]).lower()
        project.mkdir(parents=True, exist_ok=True)
        wheel.rename(project / wheel.name)
    return simple


@contextlib.contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serve a directory on 127.0.0.1; its listing is what pip takes for an index (PEP 503)."""
    handler = functools.partial(Quiet, directory=str(directory))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
