"""An engine that asks a language model: questions, answers as they grow, proof, and parts put together."""

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from app.insights import lexicon
from app.insights.engines.failures import EngineError, FailureKind
from app.insights.engines.protocol import ALL_SECTIONS, Card, OnProgress, Section
from app.insights.engines.remote import answers, merging, partial, parts, prompts, proof
from app.insights.engines.remote.answers import Answer
from app.insights.engines.remote.prompts import Messages
from app.insights.engines.remote.retries import Retries
from app.insights.models import Insights

# Parts of one report that are asked at once: a batch asks many reports at once, and providers count them all.
_PARTS_AT_ONCE = 4
# Reading a growing answer costs a millisecond or two, and nobody sees more often than this.
_LOOK_EVERY_S = 0.2


class Model(Protocol):
    """A language model of a provider; both ways of asking raise `EngineError` when they fail."""

    def complete(self, messages: Messages) -> str:
        """Return the whole answer."""

    def stream(self, messages: Messages) -> Generator[str]:
        """Yield the answer as it comes; closing the iterator hangs up."""


@dataclass(frozen=True)
class RemoteEngine(Card):
    """Reads reports with a language model; safe to share between threads."""

    ask: Model = field(repr=False)
    retries: Retries = field(default_factory=Retries, repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    def extract(self, text: str, on_progress: OnProgress | None = None) -> Insights:
        """Return what the model says of `text`, each item proven by code or shown as unproven."""
        return _Extraction(self, text, on_progress).run()


class _HungUp(Exception):  # noqa: N818 - no error: nobody wants this part any more
    """The extraction has ended without this part."""


class _Extraction:
    """One report being read: what each part has given so far."""

    def __init__(self, engine: RemoteEngine, text: str, on_progress: OnProgress | None) -> None:
        self._engine = engine
        self._on_progress = on_progress
        self._parts = parts.split(text)
        self._found = [Insights() for _ in self._parts]
        self._complete: list[frozenset[Section]] = [frozenset() for _ in self._parts]
        self._telling = threading.Lock()
        self._has_ended = threading.Event()

    def run(self) -> Insights:
        self._tell()
        if len(self._parts) == 1:
            self._read(0)
        else:
            self._read_together()
        return merging.merged(self._found)

    def _read_together(self) -> None:
        pool = ThreadPoolExecutor(_PARTS_AT_ONCE, thread_name_prefix="report-part")
        try:
            for reading in as_completed(
                [pool.submit(self._read, index) for index in range(len(self._parts))]
            ):
                # Whoever hung up did so because another part has failed, which is the one to tell.
                if not isinstance(reading.exception(), _HungUp):
                    reading.result()
        finally:
            # After a failure the other parts hang up at their next word; nobody waits for them.
            self._has_ended.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _read(self, index: int) -> None:
        messages = prompts.messages(self._parts[index].text)
        answer = self._engine.retries.run(lambda: self._answer(index, messages), while_waiting=self._tell)
        self._note(index, answer, ALL_SECTIONS)

    def _answer(self, index: int, messages: Messages) -> Answer:
        self._check_wanted()
        ask = self._engine.ask
        content = self._streamed(index, messages) if self._on_progress else ask.complete(messages)
        answer = answers.read(content)
        if answer is None:
            raise EngineError(FailureKind.UNREADABLE, self._engine.label)
        return answer

    def _streamed(self, index: int, messages: Messages) -> str:
        content, looked = "", self._engine.clock()
        # Closed at once when the callback has enough, so that the model stops writing.
        with closing(self._engine.ask.stream(messages)) as pieces:
            for piece in pieces:
                content += piece
                self._check_wanted()
                if self._engine.clock() - looked >= _LOOK_EVERY_S:
                    self._look(index, content)
                    looked = self._engine.clock()
        return content

    def _check_wanted(self) -> None:
        if self._has_ended.is_set():
            raise _HungUp

    def _look(self, index: int, content: str) -> None:
        growing = partial.read(content)
        if growing is None:
            self._tell()
        else:
            self._note(index, *growing)

    def _note(self, index: int, answer: Answer, complete: frozenset[Section]) -> None:
        part = self._parts[index]
        found = proof.insights(answer, part.text, lexicon.current())
        self._found[index] = merging.shifted(found, part.start)
        self._complete[index] = complete
        self._tell()

    def _tell(self) -> None:
        if self._on_progress is None:
            return
        with self._telling:
            # Nothing is told after the end: the caller may have gone.
            if self._has_ended.is_set():
                return
            try:
                self._on_progress(merging.merged(self._found), frozenset.intersection(*self._complete))
            except BaseException:
                self._has_ended.set()
                raise
