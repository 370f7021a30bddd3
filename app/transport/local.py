"""One session that lives in this process, and what its record says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .snapshot import Beginning, Snapshot, State

if TYPE_CHECKING:
    from streamlit.runtime.app_session import AppSession

    from .client import FrameCollector
    from .protocol import Headline


@dataclass(eq=False)
class LocalSession:
    """A session that lives in this process.

    Attributes:
        name: of its record in the vault.
        browser: the secret of the browser that it belongs to.
        app_session: Streamlit's part.
        client: what gathers its frames.
        used_at: epoch seconds of its last request here.
        saved_at: epoch seconds at which its record was written.
        version: of the record that equals what is held here; 0 before the first.
        snapshot: the content of that record.
        beginnings: as in `Snapshot`.
        warm: the closures of its last run exist here.
        complete: every value of the snapshot could be loaded here.
        interaction: what its last run is called.
        spools: as in `Snapshot`.
    """

    name: str
    browser: str
    app_session: AppSession
    client: FrameCollector
    used_at: float
    saved_at: float = 0
    version: int = 0
    snapshot: Snapshot | None = None
    beginnings: list[Beginning] = field(default_factory=list)
    warm: bool = False
    complete: bool = True
    interaction: str = ""
    spools: list[str] = field(default_factory=list)
    widgets: dict[str, bytes] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Streamlit's id of the session."""
        return self.app_session.id

    @property
    def state(self) -> State | None:
        """The state as of the last record."""
        return self.snapshot.state if self.snapshot else None

    def has_answered(self, headline: Headline) -> bool:
        """Whether the run of `headline` is in the record already."""
        return self.snapshot is not None and answers(self.snapshot, headline)


def answers(snapshot: Snapshot, headline: Headline) -> bool:
    """Whether `snapshot` was taken after the run of `headline`."""
    return snapshot.epoch == headline.epoch and snapshot.sequence >= headline.sequence
