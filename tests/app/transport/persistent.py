"""A tab that goes on as the shim does: polls and asks again until it knows how each of its runs ended."""

import http
import http.client
import json
import random
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.transport import protocol
from app.transport.protocol import Message, Operation, Status
from tests.app.transport.tab import Answer, Tab

# As in shim.js.
LIVE_AFTER_S: Final = 0.6
POLL_EVERY_S: Final = 0.4
PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 4.0)
MAX_POLL_FAILURES: Final = 5
MAX_RETRY_AFTER_S: Final = 60.0
REFUSED_FOR_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)

# Instead of a status: nothing answered.
NO_ANSWER: Final = 0

Raw = tuple[int, dict[str, str], bytes]


class LostError(Exception):
    """No instance completes the run; the shim would say that the last action is lost."""


class ExpiredError(Exception):
    """The session is gone."""


class RefusedError(Exception):
    """The server refuses what the shim would not have sent."""


class PersistentTab(Tab):
    """A tab whose runs outlive instances.

    Attributes:
        retries: how often a run was sent again.
    """

    # A gateway gives up before.
    timeout_s = 60.0
    retries = 0

    def act(self, *messages: BackMsg) -> Answer:
        """Return all that came of a run.

        Raises:
            LostError: six attempts failed.
            ExpiredError: the session is not there any more.
            RefusedError: it was answered with a status that nothing passing explains.
        """
        self.sequence += 1
        body = protocol.encode_batch([Message(0, message.SerializeToString()) for message in messages])
        run = _Run()
        with ThreadPoolExecutor(1) as poster:
            for attempt, pause_s in enumerate((*PAUSES_S, None)):
                self._attempt(run, poster.submit(self._post_run, run, body, attempt))
                if not run.is_done:
                    self._follow_up(run)
                if run.is_done:
                    return run.answer
                if pause_s is None:
                    break
                self.retries += 1
                time.sleep(pause_s)
        raise LostError(f"sequence {self.sequence}: last heard {run.answer.control}")

    def heard(self, method: str, operation: str, status: int, took_s: float) -> None:
        """Hear of one request, its status (`NO_ANSWER` for none) and its time; for those who count."""

    def asked(self, method: str, path: str, body: bytes = b"", **headers: str) -> Raw:
        """Ask once, and again as long as an instance names the time to do so."""
        refused_for_s = iter(REFUSED_FOR_S)
        while True:
            answer = status, answered, _ = self._heard(method, path, body, headers)
            pause_s = 0.0
            if (after_s := answered.get("retry-after", "")).isdecimal():
                pause_s = min(float(after_s), MAX_RETRY_AFTER_S)
            elif status == http.HTTPStatus.TOO_MANY_REQUESTS:
                pause_s = next(refused_for_s, 0.0) * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
            if status == http.HTTPStatus.OK or not pause_s:
                return answer
            time.sleep(pause_s)

    def _heard(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Raw:
        began = time.monotonic()
        try:
            answer = self.ask(method, path, body, **headers)
        except (OSError, http.client.HTTPException) as error:
            answer = NO_ANSWER, {}, repr(error).encode()
        self.heard(method, headers.get("X-St-Http", ""), answer[0], time.monotonic() - began)
        return answer

    def _attempt(self, run: "_Run", posted: "Future[Raw]") -> None:
        """Wait for the answer; meanwhile polls bring what there is of it."""
        wait_s = LIVE_AFTER_S
        while not run.is_done and not _comes(posted, wait_s):
            # Of the attempt before the one that is under way, polls ask nothing.
            self._hear(run, self._poll(run, is_dead=False))
            wait_s = POLL_EVERY_S
        raw = posted.result()
        run.is_dead = raw[0] == http.HTTPStatus.INTERNAL_SERVER_ERROR
        self._hear(run, raw)

    def _follow_up(self, run: "_Run") -> None:
        """Poll until the run is done, or nobody knows of it any more."""
        failures = 0
        while failures < MAX_POLL_FAILURES:
            failures = 0 if self._hear(run, self._poll(run, is_dead=run.is_dead)) else failures + 1
            if run.is_done or run.status == Status.UNKNOWN.value:
                return
            if run.status != Status.MORE.value:
                time.sleep(POLL_EVERY_S)

    def _post_run(self, run: "_Run", body: bytes, attempt: int) -> Raw:
        said = {"X-St-Attempt": str(attempt), "X-St-Dead": str(int(run.is_dead))}
        return self.post(Operation.RUN.value, body, **said)

    def _poll(self, run: "_Run", *, is_dead: bool) -> Raw:
        received = str(len(run.answer.messages))
        said = {"X-St-Run": run.id, "X-St-Received": received, "X-St-Dead": str(int(is_dead))}
        return self.post(Operation.POLL.value, b"", **said)

    def post(self, operation: str = "run", body: bytes = b"", **headers: str) -> Raw:
        """`Tab.post`, heard and asked again as `asked` does."""
        return self.asked("POST", "/_stcore/message", body, **{**self.headline(operation), **headers})

    def _hear(self, run: "_Run", raw: Raw) -> bool:
        """Take what an answer brings of the run; whether it came from an instance."""
        status, _, content = raw
        if status == http.HTTPStatus.TOO_MANY_REQUESTS or status >= 500 or status == NO_ANSWER:
            return False
        if status != http.HTTPStatus.OK:
            raise RefusedError(f"HTTP {status}: {content[:200]!r}")
        for message in run.read(content):
            self._note(message)
        self.version = max(self.version, run.answer.control.get("version") or 0)
        if run.status == Status.EXPIRED.value:
            raise ExpiredError(f"sequence {self.sequence}")
        return True


class _Run:
    """One run: what has come of it so far."""

    def __init__(self) -> None:
        self.id = ""
        self.status = Status.RUNNING.value
        self.is_dead = False
        self.answer = Answer()

    @property
    def is_done(self) -> bool:
        return self.status in (Status.DONE.value, Status.FORGOTTEN.value)

    def read(self, content: bytes) -> list[ForwardMsg]:
        """Take the messages that are new; a poll and the answer itself may both bring one."""
        new: list[ForwardMsg] = []
        index, run_id = 0, ""
        for kind, payload in protocol.decode_frames(content):
            if kind == 0:
                control = json.loads(payload)
                if "run" in control:
                    run_id, index = control["run"], control["base"]
                    self._begin(run_id)
                self.answer.control.update(control)
                if not self.is_done:
                    self.status = control.get("status", self.status)
            else:
                if (run_id, index) == (self.id, len(self.answer.messages)):
                    new.append(ForwardMsg.FromString(payload))
                    self.answer.messages.append(new[-1])
                index += 1
        return new

    def _begin(self, run_id: str) -> None:
        """A run that was repeated elsewhere has another id, and begins again from its first frame."""
        if run_id != self.id:
            self.id = run_id
            self.answer.messages.clear()


def _comes(posted: "Future[Raw]", within_s: float) -> bool:
    try:
        posted.result(within_s)
    except TimeoutError:
        return False
    return True
