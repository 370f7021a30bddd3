"""An instance as a process of this machine's Python, in a directory of unpacked code."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from ops.embedded import processes
from ops.embedded.code import Code
from ops.embedded.instance import Instance, function_environment

# What a laptop needs to reach a model provider; nothing else of the caller's environment gets in.
_PASSED_ON = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")


class Process(Instance):
    """A process and its children, stopped and continued by signals."""

    def __init__(self, code: Code, identity: tuple[str, ...], stream: str) -> None:
        """Describe a process of `code` that is not started yet."""
        super().__init__(identity, stream)
        self._code = code
        self._process: asyncio.subprocess.Process | None = None
        self._output: asyncio.Task[None] | None = None
        self._record: Path | None = None
        self._tmp: Path | None = None

    async def drain(self) -> None:
        """Pass on what the process wrote before now: it waits in the pipe for the loop's next turns."""
        for _ in range(3):
            await asyncio.sleep(0)

    @property
    def _image_environment(self) -> Mapping[str, str]:
        return self._code.environment

    @property
    def _exit_code(self) -> int | None:
        return self._process.returncode if self._process else None

    async def _prepare(self) -> None:
        """Do nothing: the code is unpacked."""

    async def _launch(
        self, environment: dict[str, str], *, home: Path, on_line: Callable[[str], None]
    ) -> None:
        """Start the process; it gets a /tmp of its own below `home`."""
        self._tmp = home / secrets.token_hex(8)
        self._tmp.mkdir(parents=True)
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable if word == "python" else word for word in self._code.command),
            cwd=self._code.directory,
            env=_environment(self._code, environment, port=self.port, tmp=self._tmp),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._record = _write_record(home, self.pid)
        self._output = asyncio.create_task(self._pump(on_line))

    async def _stop(self) -> None:
        self._signal(signal.SIGSTOP)

    async def _continue(self) -> None:
        self._signal(signal.SIGCONT)

    async def _kill(self) -> None:
        self._signal(signal.SIGKILL)
        await self._wait_until_ended()
        if self._output:
            await self._output

    async def _wait_until_ended(self) -> None:
        if self._process:
            await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if not self.exited:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    async def _pump(self, on_line: Callable[[str], None]) -> None:
        """Pass every line on until the process closes its output, then forget the process on disk."""
        assert self._process is not None and self._process.stdout is not None  # noqa: S101, PT018 - for mypy
        rest = b""
        while chunk := await self._process.stdout.read(65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                on_line(line.decode(errors="replace").rstrip("\r"))
        on_line(rest.decode(errors="replace"))
        await self._process.wait()
        if self._record:
            self._record.unlink(missing_ok=True)
        if self._tmp:
            shutil.rmtree(self._tmp, ignore_errors=True)


def _environment(code: Code, environment: dict[str, str], *, port: int, tmp: Path) -> dict[str, str]:
    """Return all that the process sees: nothing of the caller's but what `_PASSED_ON` names."""
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        **function_environment({**code.environment, **environment}, port=port, tmp=str(tmp)),
    }


def _write_record(home: Path, pid: int) -> Path:
    record = home / f"{pid}.json"
    with contextlib.suppress(psutil.NoSuchProcess):  # it ended already; its output will say why
        record.write_text(json.dumps(processes.identity(pid)))
    return record
