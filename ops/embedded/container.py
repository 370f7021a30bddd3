"""An instance as a container of the real image, as near to Lambda as a container engine comes.

A read-only file system but for /tmp, a user without rights, no capabilities, and the function's memory and
storage as limits. It shares this machine's network: the account's front asks it at a port on 127.0.0.1, in
the place of the adapter, and it reaches AWS where every other client of the account does.
"""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ops import engine
from ops.embedded.instance import Instance, InstanceExitedError, function_environment
from ops.images import Login

# The directory of the account's instances, on each of its containers.
LABEL: Final = "patient-insight.instances"

# In a directory of instances: there may be containers that carry its name.
MARKER: Final = "containers"

# Source: the user that Lambda's own base images know as sbx_user1051. Any that owns nothing would do.
USER: Final = "993:990"
# Source: Lambda quotas, "Execution processes/threads".
MAX_PROCESSES: Final = 1024

# How long a line may take from the container through the engine to us.
OUTPUT_DELAY_S = 0.01

_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class ContainerImage:
    """What to run: an image in the account's registry, with the function's limits."""

    uri: str
    login: Login = field(repr=False)
    environment: dict[str, str]
    memory_mb: int
    storage_mb: int


class Container(Instance):
    """A container, paused and unpaused by its engine."""

    def __init__(self, image: ContainerImage, identity: tuple[str, ...], stream: str) -> None:
        """Describe a container of `image` that is not started yet."""
        super().__init__(identity, stream)
        self._image = image
        self._api: Any = None
        self._id = ""
        self._code: int | None = None
        self._ended = asyncio.Event()
        self._ended.set()

    async def drain(self) -> None:
        """Wait for what is under way through the engine."""
        await asyncio.sleep(OUTPUT_DELAY_S)

    @property
    def _image_environment(self) -> Mapping[str, str]:
        return self._image.environment

    @property
    def _exit_code(self) -> int | None:
        return self._code

    async def _prepare(self) -> None:
        await asyncio.to_thread(self._fetch)

    def _fetch(self) -> None:
        """Find the engine, and have it pull the image unless it holds it.

        Raises:
            LookupError: There is no engine, or the image is nowhere.
        """
        import docker  # type: ignore[import-untyped]  # it has no types

        found = engine.find()
        if isinstance(found, engine.NoEngine):
            raise LookupError(  # noqa: TRY004 - no type is wrong
                f"the image runs in a container, and {found.reason}. Start the engine, and the account anew "
                "(invoke down) if DOCKER_HOST has changed; or deploy with INVOKE_EMBEDDED_ENGINE=none"
            )
        self._api = found.api
        try:
            self._api.inspect_image(self._image.uri)
        except docker.errors.ImageNotFound:
            self._pull()

    def _pull(self) -> None:
        repository, _, digest = self._image.uri.partition("@")
        auth = {"username": self._image.login.username, "password": self._image.login.password}
        events = self._api.pull(repository, tag=digest, stream=True, decode=True, auth_config=auth)
        if errors := [event["error"] for event in events if "error" in event]:
            raise LookupError(f"the engine could not pull {self._image.uri}: {errors[-1]}")

    async def _launch(
        self, environment: dict[str, str], *, home: Path, on_line: Callable[[str], None]
    ) -> None:
        home.joinpath(MARKER).touch()
        output = await asyncio.to_thread(self._run, environment, home)
        self._ended.clear()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._pump, args=(output, on_line, loop), daemon=True).start()
        try:
            await asyncio.to_thread(self._api.start, self._id)
            self.pid = (await asyncio.to_thread(self._api.inspect_container, self._id))["State"]["Pid"]
        except engine.errors() as error:
            await self.kill()
            raise InstanceExitedError(f"the engine said: {error}") from error

    def _run(self, environment: dict[str, str], home: Path) -> Any:
        """Create the container and return what it will write, as it comes."""
        proxies = {name: os.environ[name] for name in _PROXIES if name in os.environ}
        memory = f"{self._image.memory_mb}m"
        host = self._api.create_host_config(
            network_mode="host",
            read_only=True,
            tmpfs={"/tmp": f"rw,nosuid,nodev,mode=1777,size={self._image.storage_mb}m"},  # noqa: S108 - inside
            mem_limit=memory,
            memswap_limit=memory,
            pids_limit=MAX_PROCESSES,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            # The account keeps the log; the engine would leave a second one on the disk.
            log_config={"Type": "none", "Config": {}},
        )
        self._id = self._api.create_container(
            self._image.uri,
            environment={**proxies, **function_environment(environment, port=self.port, tmp="/tmp")},  # noqa: S108
            user=USER,
            labels={LABEL: str(home)},
            host_config=host,
        )["Id"]
        return self._api.attach(self._id, stream=True)

    def _pump(self, output: Any, on_line: Callable[[str], None], loop: asyncio.AbstractEventLoop) -> None:
        """Pass every line on until the container closes its output, then note how it ended. In a thread."""
        rest = b""
        with contextlib.suppress(*engine.errors()):
            for chunk in output:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    loop.call_soon_threadsafe(on_line, line.decode(errors="replace").rstrip("\r"))
        code = 128 + signal.SIGKILL  # when it was removed before it could be asked
        with contextlib.suppress(*engine.errors()):
            code = self._api.wait(self._id)["StatusCode"]

        def end() -> None:
            if rest:
                on_line(rest.decode(errors="replace"))
            self._code = 128 - code if code > 128 else code
            self._ended.set()

        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens
            loop.call_soon_threadsafe(end)

    async def _stop(self) -> None:
        await self._told("pause")

    async def _continue(self) -> None:
        """Unpause it; one that the engine can't unpause is removed, and its request goes to another.

        The engine counts pauses by events that may come late: it then refuses to pause what runs, or to
        unpause what stands still, until it is told the opposite.
        """
        if await self._told("unpause"):
            return
        if not (await self._told("pause") and await self._told("unpause")):
            await self._kill()

    async def _kill(self) -> None:
        if self._id:
            await self._told("remove_container", force=True)
        await self._wait_until_ended()

    async def _wait_until_ended(self) -> None:
        await self._ended.wait()

    async def _told(self, verb: str, **options: Any) -> bool:
        """Have the engine do something with the container; False when it refuses or the container is gone."""
        try:
            await asyncio.to_thread(getattr(self._api, verb), self._id, **options)
        except engine.errors():
            return False
        return True


def remove_orphans(home: Path) -> int:
    """Remove the containers that an account left which was killed; return how many there were.

    Asks the engine only when there may be any.

    Args:
        home: Directory of the account's instances.
    """
    if not (home / MARKER).exists():
        return 0
    found = engine.find()
    if isinstance(found, engine.NoEngine):
        return 0  # no engine, no container that runs; the next start looks again
    orphans = found.api.containers(all=True, filters={"label": f"{LABEL}={home}"})
    for orphan in orphans:
        with contextlib.suppress(*engine.errors()):  # it went by itself
            found.api.remove_container(orphan["Id"], force=True)
    (home / MARKER).unlink()
    return len(orphans)
