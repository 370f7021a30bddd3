"""What jobs do: today, read a report."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

from app import keys, settings
from app.insights.case import analyse
from app.insights.documents import UnreadableReportError, read_file
from app.insights.engines import EngineError, EngineUnavailableError, Section, engine
from app.insights.models import Insights
from app.insights.privacy import ReducingEngine

from .jobs import Tell, Work, WorkError

EXTRACT: Final = "extract"


class Order(BaseModel):
    """A report to read.

    `content` is a file of any kind that `documents.read_file` knows, by its `name`: it is opened where the
    job is performed, so that a file that breaks its reader breaks no page. `engine` is the name of a
    configured engine; `is_reduced` asks to replace identifiers before it is sent.
    """

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    name: str
    content: bytes
    engine: str
    is_reduced: bool = False


class Progress(BaseModel):
    """What is known so far of which text, and which sections are complete."""

    model_config = ConfigDict(frozen=True)

    text: str
    insights: Insights
    complete: frozenset[Section]


def extract(given: str, tell: Tell) -> str:
    """Read the report of an `Order` in JSON, and return the `Case` in JSON.

    Raises:
        WorkError: the engine can't read it; the message is for the reader.
    """
    order = Order.model_validate_json(given)

    def on_progress(insights: Insights, complete: frozenset[Section]) -> None:
        tell(Progress(text=text, insights=insights, complete=complete).model_dump_json())

    try:
        text = read_file(order.name, order.content)
        reader = engine(settings.load(read_key=keys.read).engine_choice, order.engine)
        reader = ReducingEngine(reader) if order.is_reduced else reader
        return analyse(text, reader, on_progress).model_dump_json()
    except (EngineError, EngineUnavailableError, UnreadableReportError) as error:
        raise WorkError(str(error)) from error


WORKS: Final[dict[str, Work]] = {EXTRACT: extract}
