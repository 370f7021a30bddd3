"""A small HTTP API with Lambda behind it, as far as the transport can tell the difference.

Instances are processes of an app. Each gets one request at a time and is stopped (SIGSTOP) as soon as its
response is complete. The gateway picks an idle one at random, buffers both ways, refuses Upgrade, counts
sizes as an invocation's JSON event does, and answers 503 when the response takes too long: the instance
then goes on with its request, and serves no other until it is through.
"""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[3]
EVENT_LIMIT = 6 * 1024 * 1024
# The ports told last, by the sockets that keep them: whoever was told one before has it by now, or is gone.
_reserved = deque(maxlen=50)
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length", "host"}


@dataclass(eq=False)
class Instance:
    process: subprocess.Popen
    port: int
    output: Path
    busy: bool = False
    served: int = 0
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)

    @property
    def is_alive(self):
        return self.process.poll() is None

    def freeze(self):
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()


def start_instance(arguments, environment, output: Path) -> Instance:
    """Start `python *arguments` with a free port in PORT; it may take a while to be healthy."""
    port = free_port()
    with output.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment, "PORT": str(port)},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    return Instance(process, port, output)


def free_port() -> int:
    """A port that nobody has, that no outgoing connection is given by chance, and that nobody else gets here.

    An instance listens long after it was told where. Until then the port is taken for UDP, which other tests
    that run now look at too.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        reserved = socket.socket(type=socket.SOCK_DGRAM)
        with socket.socket() as probe, suppress(OSError):
            reserved.bind(("127.0.0.1", port))
            probe.bind(("127.0.0.1", port))
            _reserved.append(reserved)
            return port
        reserved.close()


def wait_healthy(instance: Instance, path="/_stcore/health", timeout_s: float = 120) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if not instance.is_alive:
            break
        with suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=20)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"an instance did not get healthy:\n{instance.output.read_text()}")


class Gateway:
    """Serves on `url` until closed. `requests` lists (method, path, status, operation) of all answered.

    As a stage that is asked too much it refuses so many of the next messages as `refusals` says.
    """

    refusals = 0

    def __init__(self, instances, *, seed=0, freeze=True, timeout_s=30.0, port=0):
        self.instances = instances
        self.requests = []
        self._freeze = freeze
        self._timeout_s = timeout_s
        self._random = random.Random(seed)  # noqa: S311 - chance that can be repeated
        self._idle = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        for instance in instances:
            if freeze:
                instance.freeze()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        for instance in self.instances:
            instance.thaw()
            instance.kill()

    def kill_busy(self):
        """Kill -9 an instance that is handling a request now; False when none is."""
        with self._idle:
            busy = [i for i in self.instances if i.busy and i.is_alive]
        for instance in busy[:1]:
            instance.kill()
        return bool(busy)

    def kill_idle(self):
        """Kill -9 an idle instance."""
        with self._idle:
            victim = next(i for i in self.instances if not i.busy and i.is_alive)
            victim.kill()

    def replace_idle(self, other):
        """Kill -9 an instance as soon as one is idle; another one, which has seen nothing, comes for it."""
        other.freeze()
        with self._idle:
            while not (idle := [i for i in self.instances if not i.busy and i.is_alive]):
                self._idle.wait(0.2)
            idle[0].kill()
            self.instances.append(other)

    def handle(self, method, path, headers, body):
        """Status, headers and body of the answer, as the API gives it."""
        if len(body) * 4 / 3 > EVENT_LIMIT:
            return 413, [], b'{"message":"Request Too Long"}'
        if method == "POST" and self.refusals:
            self.refusals -= 1
            return 429, [], b'{"message":"Too Many Requests"}'
        done = threading.Event()
        answer = []
        threading.Thread(
            target=self._invoke, args=(method, path, headers, body, answer, done), daemon=True
        ).start()
        if not done.wait(self._timeout_s):
            return 503, [], b'{"message":"Service Unavailable"}'
        return answer[0]

    def _invoke(self, method, path, headers, body, answer, done):
        instance = self._take()
        instance.thaw()
        try:
            answer.append(self._exchange(instance, method, path, headers, body))
        except (OSError, http.client.HTTPException):
            instance.connection.close()
            answer.append((500, [], b'{"message":"Internal Server Error"}'))
        done.set()
        if self._freeze:
            instance.freeze()
        with self._idle:
            instance.busy = False
            self._idle.notify_all()

    def _take(self):
        with self._idle:
            while True:
                idle = [i for i in self.instances if not i.busy and i.is_alive]
                if idle:
                    chosen = self._random.choice(idle)
                    chosen.busy = True
                    chosen.served += 1
                    return chosen
                self._idle.wait(0.2)

    @staticmethod
    def _exchange(instance, method, path, headers, body):
        instance.connection.request(method, path, body, headers)
        response = instance.connection.getresponse()
        content = response.read()
        if len(content) * 4 / 3 > EVENT_LIMIT:
            return 500, [], b'{"message":"Internal Server Error"}'
        return response.status, response.getheaders(), content

    def _handler(gateway):  # noqa: N805 - `self` is the handler's inside
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
                headers["Host"] = self.headers["host"]
                headers["x-amzn-request-context"] = json.dumps({"http": {"method": self.command}})
                if self.headers.get("upgrade"):
                    status, answered, content = 403, [], b""
                else:
                    status, answered, content = gateway.handle(self.command, self.path, headers, body)
                operation = self.headers.get("x-st-http", "")
                gateway.requests.append((self.command, self.path, status, operation))
                self.send_response_only(status)
                for name, value in answered:
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815 - names of the base

            def log_message(self, *_):
                pass

        return Handler
