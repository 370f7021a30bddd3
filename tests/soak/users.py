"""People who use the page: each does what readers do, and looks at every step whether all is as left."""

import json
import random
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.ui import english
from tests.app.transport.persistent import ExpiredError, LostError
from tests.soak.client import Client
from tests.soak.journal import Journal
from tests.soak.pace import Pace

PASTED: Final = "Texte collé"
READING, COMPARING, EXPORTING = "Lecture", "Conciliation", "Exporter"
# A widget that each view has, by its key.
_HOLDS: Final = {READING: "correcting ", COMPARING: "compare ", EXPORTING: "download extraction"}
_THINK_S: Final = (2.0, 8.0)
_IDLE_S: Final = (20.0, 60.0)
# A job that nobody begins is given up after two minutes, and one that fails is begun again.
_READ_WITHIN_S: Final = 400.0
# Cases that a session has before it closes the browser.
_STEPS: Final = (6, 14)


class WrongError(Exception):
    """The page does not show what its reader left there."""


@dataclass(frozen=True)
class Case:
    """A report with a mark in it that no other has."""

    mark: str
    text: str


@dataclass
class Left:
    """What a reader has left on the page, and must find there."""

    case: Case
    name: str = PASTED
    view: str = READING
    is_french: bool = True
    age: int = 0
    reason: str = ""
    prescription: str = ""
    signatory: str = ""
    is_named: bool = False


class User:
    """One session after another of the same person, in a browser of their own each time."""

    def __init__(
        self, index: int, port: int, journal: Journal, pace: Pace, seed: int, cases: Callable[[str], Case]
    ) -> None:
        self.name = f"session {index}"
        self._index, self._port = index, port
        self._journal, self._pace, self._cases = journal, pace, cases
        self._random = random.Random(f"{seed} {index}")  # noqa: S311 - chance that can be repeated
        self._number = 0
        self._doing = ""

    def live(self) -> None:
        """Work through cases until it is over; what goes wrong is noted, and the next case begins."""
        while not self._journal.over.is_set():
            try:
                self._work_on_a_case()
            except (LostError, ExpiredError) as error:
                self._journal.violate(self.name, "lost", self._told(error))
            except WrongError as error:
                self._journal.violate(self.name, "wrong", self._told(error))
            except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
                where = traceback.format_exc(limit=-3)
                self._journal.violate(self.name, "error", f"{self._told(error)}\n{where}")
            else:
                continue
            self._think()

    def _told(self, error: Exception) -> str:
        return f"case {self._number}, {self._doing}: {type(error).__name__}: {error}"

    def _work_on_a_case(self) -> None:
        self.left: Left | None = None
        self.own: set[str] = set()
        self._do("visit", self._visit)
        self._do("read", self._read)
        for _ in range(self._random.randint(*_STEPS)):
            if self._journal.over.is_set():
                return
            name, step = self._random.choice(self._steps())
            self._do(name, step)
        self._journal.count("cases")
        if self._random.random() < 0.5:
            self._do("erase", self._erase)

    def _steps(self) -> Sequence[tuple[str, Callable[[], None]]]:
        """What may come next, as often as it is likely."""
        assert self.left is not None
        steps: list[tuple[str, Callable[[], None]]] = [
            *[("correct", self._correct)] * 3,
            *[("reconcile", self._reconcile)] * 3,
            *[("export", self._export)] * 2,
            ("language", self._change_language),
            ("reload", self._reload),
            ("come back", self._come_back),
            ("upload", self._upload),
            ("read", self._read),
            ("idle", self._idle),
        ]
        return steps if not self.left.prescription else [*steps, *[("qualify", self._qualify)] * 3]

    def _do(self, name: str, step: Callable[[], None]) -> None:
        self._doing = name
        self._journal.count(name)
        step()
        self._check()
        self._think()

    def _think(self) -> None:
        self._journal.pause(self._random.uniform(*_THINK_S) * self._pace.factor)

    def _press(self, what: str, action: Callable[[], None]) -> None:
        """Do one thing that runs the page, and tell how long it took."""
        began = time.monotonic()
        action()
        took_s = time.monotonic() - began
        self._journal.press(what, took_s)
        self._pace.hear(took_s)

    # ------------------------------------------------------------------------------------------ what is done

    def _visit(self) -> None:
        self.client = Client(self._port, self._journal)
        self._press("visit", self.client.visit)

    def _new_case(self) -> Case:
        self._number += 1
        case = self._cases(f"zq{self._index:03d}c{self._number:04d}z")
        self.own.add(case.mark)
        return case

    def _read(self) -> None:
        """Paste a report and have it read, by a provider with consent or by the embedded engine."""
        if self.left and self.left.name != PASTED:
            # The file is still there, and would be read as well.
            self._press("new case", lambda: self.client.press("new_case"))
        case = self._new_case()
        with_provider = self._random.random() < 0.6
        self._have_it_read_by(with_provider)
        self.client.set("report_text", case.text)
        self._press("analyse", lambda: self.client.press("analyse"))
        self._begin(case, PASTED)

    def _upload(self) -> None:
        """Clear the page, drop a file and have it read."""
        self._press("new case", lambda: self.client.press("new_case"))
        case = self._new_case()
        name = f"{case.mark}.txt"
        self._have_it_read_by(with_provider=False)
        self._press("upload", lambda: self.client.drop("files ", name, case.text.encode()))
        self._press("analyse", lambda: self.client.press("analyse"))
        self._begin(case, name)

    def _begin(self, case: Case, name: str) -> None:
        is_french = self.left is None or self.left.is_french
        view = self.left.view if self.left else READING
        self.left = Left(case, name, view, is_french)
        self._await_results()

    def _have_it_read_by(self, with_provider: bool) -> None:
        engines = self.client.widget("engine")
        chosen = list(engines.options)[0 if with_provider else -1]
        self._press("engine", lambda: self.client.choose("engine", chosen))
        if with_provider:
            self._press("consent", lambda: self.client.choose("agree ", True))

    def _await_results(self) -> None:
        """Watch the report being read, and have it read again when the page says why it was not."""
        began = time.monotonic()
        while not self.client.screen.has("view"):
            if time.monotonic() - began > _READ_WITHIN_S:
                raise WrongError(f"no results in {_READ_WITHIN_S:.0f} s: {self._alerts()}")
            if self.client.screen.has("retry"):
                self._journal.say(self.name, self._alerts())
                self._think()
                self._press("retry", lambda: self.client.press("retry"))
            elif looks := self.client.screen.looks:
                fragment, after_s = next(iter(looks.items()))
                time.sleep(after_s)
                self.client.look(fragment)
            else:
                raise WrongError(f"neither results nor progress: {self.client.told()}")
        self._journal.count("reports read")
        self._journal.press("read", time.monotonic() - began)

    def _alerts(self) -> str:
        return self.client.screen.text("alert")

    def _look_at(self, view: str) -> None:
        assert self.left is not None
        self.left.view = view
        label = self._said(view)
        if label not in self.client.screen.tabs():
            raise WrongError(f"no view {label!r} among {self.client.screen.tabs()}")
        self._press("view", lambda: self.client.choose("view", label))
        if not self.client.screen.has(_HOLDS[view]):
            raise WrongError(f"the view {label!r} was chosen and is not shown")

    def _said(self, french: str) -> str:
        assert self.left is not None
        return french if self.left.is_french else english.ENGLISH[french]

    def _correct(self) -> None:
        """Give the patient another age and another reason for the stay."""
        assert self.left is not None
        self._look_at(READING)
        age = self._random.randint(18, 99)
        reason = f"{self.left.case.mark} motif {self._random.randint(1, 9999)}"
        self._press("correct", lambda: self.client.choose("correcting patient", True))
        self._press("correct", lambda: self.client.choose("editor patient .* age", age))
        self.left.age = age
        self._press("correct", lambda: self.client.choose("editor patient .* reason", reason))
        self.left.reason = reason
        self._think()
        self._press("correct", lambda: self.client.choose("correcting patient", False))

    def _reconcile(self) -> None:
        """Compare with a new prescription."""
        assert self.left is not None
        self._look_at(COMPARING)
        dose = self._random.choice((1, 2, 5, 10))
        written = f"Bisoprolol {dose} mg : 1 cp le matin\n{self.left.case.mark} 1 cp le soir"
        if first := next(iter(self.client.widget("ordered ").options), ""):
            self.client.set("ordered ", first)
        self.client.set("prescription ", written)
        self._press("compare", lambda: self.client.press("compare "))
        # What was said of a line stays with it as long as the line is the same.
        self.left.prescription, self.left.signatory = written, ""

    def _qualify(self) -> None:
        """Sign what a line of the comparison means."""
        assert self.left is not None
        self._look_at(COMPARING)
        who = f"{self.left.case.mark} pharmacienne"
        if not self.left.is_named:
            self._press("sign", lambda: self.client.choose("qualified_by", who))
        options = [option.content for option in self.client.widget("discrepancy ").options]
        kind = self._random.choice(options[1:])
        self._press("qualify", lambda: self.client.choose("discrepancy ", [kind]))
        self.left.signatory, self.left.is_named = who, True

    def _export(self) -> None:
        """Take the record away, and look whether all is in it."""
        assert self.left is not None
        self._look_at(EXPORTING)
        self._press("export", self._take_record)
        if self._random.random() < 0.3:
            self._press("export", self._take_sheet)

    def _take_record(self) -> None:
        assert self.left is not None
        record = self.client.download("download extraction.json").decode()
        json.loads(record)
        for said in filter(None, (self.left.reason, self.left.prescription.rpartition("\n")[2])):
            if said not in record:
                raise WrongError(f"the exported record lacks {said!r}")

    def _take_sheet(self) -> None:
        if not self.client.download("download fiche.pdf").startswith(b"%PDF"):
            raise WrongError("the sheet is no PDF")

    def _change_language(self) -> None:
        assert self.left is not None
        self.left.is_french = not self.left.is_french
        chosen = "Français" if self.left.is_french else "English"
        self._press("language", lambda: self.client.choose("language", [chosen]))

    def _reload(self) -> None:
        """Load the page again, in the same browser, and go on with what was kept."""
        assert self.left is not None
        before = self.client
        self.client = Client(self._port, self._journal, before.cookie, before.remembered)
        self._press("visit", self.client.visit)
        newest = before.remembered[-1]
        self._press("resume", lambda: self.client.press(f"resume {newest}"))
        # Language, view and name are a session's; what was found and noted is not.
        self.left.is_french, self.left.view, self.left.is_named = True, READING, False
        self._check()
        if self.left.prescription:
            self._look_at(COMPARING)

    def _come_back(self) -> None:
        self._idle()
        self._reload()

    def _idle(self) -> None:
        self._journal.pause(self._random.uniform(*_IDLE_S))

    def _erase(self) -> None:
        """Erase everything: neither this session nor a new one has anything left."""
        before = self.client
        self._press("erase", lambda: before.press("erase"))
        if not before.is_forgotten:
            raise WrongError("the session was not erased")
        self.client = Client(self._port, self._journal, before.cookie, before.remembered)
        self.left = None
        self.own = set()
        self._press("visit", self.client.visit)
        if self.client.screen.has("resume "):
            raise WrongError("what was erased is offered again")

    # ----------------------------------------------------------------------------------------- what is there

    def _check(self) -> None:
        """Look at all that is shown.

        Raises:
            WrongError: something of the reader's is missing, or something of others is there.
        """
        if crossed := self.client.seen - self.own:
            raise WrongError(f"crossed: the page holds {sorted(crossed)}, which are not of this session")
        if self.left is None:
            if self.client.screen.has("view"):
                raise WrongError("results that nobody asked for")
            return
        self._journal.count("checks")
        shown = self.client.screen.text()
        for what in self._expected(self.left):
            if what not in shown:
                raise WrongError(f"missing: {what!r} in {shown[:3000]!r}")

    def _expected(self, left: Left) -> list[str]:
        there = [self._said("Résultats"), left.case.mark, left.name if left.is_french else ""]
        if left.view == READING and left.age:
            there += [f"{left.age} ans" if left.is_french else f"{left.age} years", left.reason]
        if left.view == COMPARING and left.prescription:
            there += left.prescription.splitlines()
        if left.view == COMPARING and left.signatory:
            there.append(left.signatory)
        return there
