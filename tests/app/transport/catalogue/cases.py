"""The cases of the catalogue: a page, and what a person does with it."""

import importlib
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
PAGES = HERE / "pages"
CASES = {}


@dataclass(frozen=True)
class Case:
    """A page and its interactions.

    Attributes:
        name: of the page, `pages/NAME.py` or `pages/NAME/main.py`.
        act: what is done with it, a function of a `Tab` that the page is open in.
        sees: a text that must be there at the end, so that a page that shows nothing fails.
        options: Streamlit options by their dotted names.
        browser: options of the browser's context, as Playwright names them.
        start: path and query that is opened first.
        world: what there is besides the page: given the port that the page is served at, a context manager of
            more options.
    """

    name: str
    act: object
    sees: str
    options: dict = field(default_factory=dict)
    browser: dict = field(default_factory=dict)
    start: str = "/"
    world: object = lambda _port: nullcontext({})

    @property
    def script(self):
        folder = PAGES / self.name
        return folder / "main.py" if folder.is_dir() else PAGES / f"{self.name}.py"

    @property
    def directory(self):
        """The working directory of the page's processes, where `.streamlit` is looked for."""
        return self.script.parent

    @property
    def base(self):
        path = str(self.options.get("server.baseUrlPath", "")).strip("/")
        return f"/{path}" if path else ""


def case(sees, **options):
    """Registers the decorated function as what is done with the page of the same name."""

    def register(act):
        CASES[act.__name__] = Case(act.__name__, act, sees, **options)
        return act

    return register


def load():
    """All cases by name."""
    for module in sorted((HERE / "interactions").glob("*.py")):
        importlib.import_module(f"tests.app.transport.catalogue.interactions.{module.stem}")
    return CASES
