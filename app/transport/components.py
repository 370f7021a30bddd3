"""Custom components that one instance declares and another is asked for.

A component's directory becomes known when the script declares it, so an instance that never ran the script
knows none of them. Where each lies is therefore shared: the code is the same on every instance of a release.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.components.lib.local_component_registry import LocalComponentRegistry

from .stores import Conflict

if TYPE_CHECKING:
    from streamlit.components.types.base_custom_component import BaseCustomComponent

    from .vault import Vault


class SharedComponents(LocalComponentRegistry):
    """Streamlit's registry of components, whose directories other instances find in the vault."""

    def __init__(self, vault: Vault, *, release: str) -> None:
        """Share through `vault` what the instances of `release` declare."""
        super().__init__()
        self._vault = vault
        self._release = release
        self._told_until: dict[tuple[str, str], float] = {}
        self._found: dict[str, str] = {}

    def register_component(self, component: BaseCustomComponent) -> None:
        """Register a component, as each run of the script that declares it does."""
        super().register_component(component)
        if component.abspath is not None:
            self._tell(component.name, component.abspath)

    def get_component_path(self, name: str) -> str | None:
        """The directory of a component that was declared here or elsewhere; None when there is none."""
        own = super().get_component_path(name)
        # One that lies at a URL has no directory here or anywhere.
        return own if own is not None or self.get_component(name) is not None else self._told(name)

    def _tell(self, name: str, directory: str) -> None:
        """Let other instances know for at least half a lifetime more; mostly that costs nothing."""
        now = self._vault.now()
        if self._told_until.get((name, directory), 0) > now:
            return
        there = self._vault.read(self._record(name))
        # A conflict: another instance has told the same at this moment.
        with suppress(Conflict):
            version = there.version if there else 0
            self._vault.write(self._record(name), directory.encode(), expected=version)
        self._told_until[name, directory] = now + self._vault.lifetime_s / 2

    def _told(self, name: str) -> str | None:
        """Where a component lies that was declared elsewhere: asked once, though each of its files is."""
        if name not in self._found:
            entry = self._vault.read(self._record(name))
            directory = entry.content.decode() if entry else ""
            if not directory or not Path(directory).is_dir():
                return None
            self._found[name] = directory
        return self._found[name]

    def _record(self, name: str) -> str:
        return f"component/{self._release}/{name}"
