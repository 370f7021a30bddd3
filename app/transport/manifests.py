"""Components that installed packages bring (components v2).

Streamlit looks for them when it starts, and parses for that what every installed package says of itself: a
third of the time that its start takes. Few packages bring any, and those name Streamlit.
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distributions

from streamlit.components.v2.component_manager import BidiComponentManager

_MENTION = re.compile(r"streamlit|^name:\s*st[-_]", re.IGNORECASE | re.MULTILINE)
_ITSELF = re.compile(r"^name:\s*streamlit\s*$", re.IGNORECASE | re.MULTILINE)


class InstalledComponents(BidiComponentManager):
    """Streamlit's registry of components v2, which searches packages only if one may bring any."""

    def discover_and_register_components(self, *, start_file_watching: bool = True) -> None:
        """Register the components of installed packages, as Streamlit does."""
        if any(map(may_bring_components, distributions())):
            super().discover_and_register_components(start_file_watching=start_file_watching)


def may_bring_components(package: Distribution) -> bool:
    """Whether Streamlit would look for components in `package`, or more: never less.

    Source: streamlit/components/v2/manifest_scanner.py, _is_likely_streamlit_component_package. Name, summary
    and requirements that it asks for are lines at the head of the metadata.
    """
    text = package.read_text("METADATA") or package.read_text("PKG-INFO") or ""
    head = text.partition("\n\n")[0]
    return bool(_MENTION.search(head)) and not _ITSELF.search(head)
