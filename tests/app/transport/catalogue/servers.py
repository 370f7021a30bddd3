"""The two sides of a comparison: a page under `streamlit run`, and over plain HTTP on instances that freeze.

`over_http` is the one place that knows how the HTTP side is started.
"""

import json
import os
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.app.transport.gateway import Gateway, Instance, free_port, wait_healthy

COMMON = {
    "browser.gatherUsageStats": False,
    "server.headless": True,
    "server.fileWatcherType": "none",
}


@dataclass
class Side:
    """A served page.

    Attributes:
        url: of its front, without the base path.
        kill: ends an idle instance with kill -9; another one takes its place.
    """

    url: str
    kill: object


@contextmanager
def native(case, forks):
    """The page under stock `streamlit run`."""
    port = free_port()
    with _workspace(case) as space, case.world(port) as more:
        options = [flag for option in {**COMMON, **case.options, **more}.items() for flag in _flags(*option)]

        def start():
            arguments = ["run", case.script, f"--server.port={port}", "--server.address=127.0.0.1", *options]
            return space.start(forks, "streamlit", arguments, port, {})

        instance = start()
        try:
            wait_healthy(instance, f"{case.base}/_stcore/health")
            yield Side(f"http://127.0.0.1:{instance.port}", kill=lambda: None)
        finally:
            instance.kill()


@contextmanager
def over_http(case, forks, *, seed, instances=2):
    """The page over the transport, on `instances` frozen ones and a spare for the one that is killed."""
    front = free_port()
    with _workspace(case) as space, case.world(front) as more:
        options = {"PAGE_OPTIONS": json.dumps({**case.options, **more})}

        def start():
            port = free_port()
            environment = {**options, "PORT": str(port)}
            arguments = [case.script, space.store]
            return space.start(forks, "tests.app.transport.serve", arguments, port, environment)

        started = [start() for _ in range(instances + 1)]
        try:
            for instance in started:
                wait_healthy(instance, f"{case.base}/_stcore/health")
            *serving, spare = started
            spare.freeze()
            gateway = _gateway(serving, seed, front)
            try:
                yield Side(
                    gateway.url, kill=lambda: spare in gateway.instances or gateway.replace_idle(spare)
                )
            finally:
                gateway.close()
        except Exception as error:
            error.add_note(_said(started))
            raise
        finally:
            for instance in started:
                instance.kill()


def _gateway(instances, seed, port):
    if os.environ.get("CATALOGUE_ROUTING") == "alternate":
        return AlternatingGateway(instances, seed=seed, port=port)
    return Gateway(instances, seed=seed, port=port)


class AlternatingGateway(Gateway):
    """Asks the instance that has waited longest: consecutive requests never meet the same one, if idle."""

    def _take(self):
        with self._idle:
            while True:
                idle = [i for i in self.instances if not i.busy and i.is_alive]
                if idle:
                    chosen = min(idle, key=lambda one: getattr(one, "asked_at", 0))
                    chosen.asked_at = len(self.requests) + sum(i.served for i in self.instances) + 1
                    chosen.busy = True
                    chosen.served += 1
                    return chosen
                self._idle.wait(0.2)


def _said(instances):
    """The end of what the instances wrote."""
    outputs = [one.output.read_text()[-2000:] for one in instances]
    return "\n".join(f"An instance said:\n{output}" for output in outputs if output.strip())


@dataclass
class _Space:
    """Where the processes of one side run.

    Attributes:
        directory: their working directory, the page's own when it has one.
        logs: the directory of their outputs, and of the store.
    """

    directory: Path
    logs: Path

    @property
    def store(self):
        return self.logs / "store"

    def start(self, forks, module, arguments, port, environment):
        output = self.logs / f"{uuid.uuid4().hex}.log"
        process = forks.start(
            module, arguments, directory=self.directory, environment=environment, output=output
        )
        return Instance(process, port, output)


@contextmanager
def _workspace(case):
    with tempfile.TemporaryDirectory(prefix="catalogue-") as logs:
        (Path(logs) / "store").mkdir()
        yield _Space(case.directory, Path(logs))


def _flags(name, value):
    """What `streamlit run` takes for an option; one of several values is named once for each."""
    values = value if isinstance(value, list) else [value]
    return [f"--{name}={str(one).lower() if isinstance(one, bool) else one}" for one in values]
