"""Options that matter before Streamlit is imported, read from where Streamlit will read them.

Whoever serves only files must know below which path they lie, and must not pay for importing Streamlit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_SAME_SITE: Final = {"lax": "Lax", "strict": "Strict", "none": "None"}
_CONFIG: Final = Path(".streamlit", "config.toml")


@dataclass(frozen=True)
class EarlyOptions:
    """What the front door goes by.

    Attributes:
        base_path: the path of the app, without slashes at its ends; "" at the root.
        xsrf_same_site: the SameSite attribute of Streamlit's XSRF cookie.
        uses_tls: whether Streamlit is told to speak TLS itself.
        allowed_origins: pages that may embed this one; None when Streamlit's default holds.
        is_tested: whether Streamlit is told that its own end-to-end tests are at work.
    """

    base_path: str = ""
    xsrf_same_site: str = "Lax"
    uses_tls: bool = False
    allowed_origins: tuple[str, ...] | None = None
    is_tested: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> EarlyOptions:
        """What `options`, by their dotted names, say."""
        same_site = str(options.get("server.xsrfCookieSameSite") or "lax").lower()
        origins = options.get("client.allowedOrigins")
        return cls(
            base_path=str(options.get("server.baseUrlPath") or "").strip("/"),
            # As Streamlit does with a value that it does not know.
            xsrf_same_site=_SAME_SITE.get(same_site, "Lax"),
            uses_tls=bool(options.get("server.sslCertFile")),
            allowed_origins=None if origins is None else tuple(map(str, origins)),
            is_tested=bool(options.get("global.e2eTest")),
        )


def read(script: Path, given: Mapping[str, Any]) -> EarlyOptions:
    """The options that hold for the page `script`.

    Args:
        script: the page.
        given: options by their dotted names; they win over those in files.
    """
    found: dict[str, Any] = {}
    # Source: streamlit.config.get_config_files, in its order.
    for directory in (_home(), Path.cwd(), script.absolute().parent):
        if directory is not None:
            found.update(_options_in(directory / _CONFIG))
    return EarlyOptions.of({**found, **given})


def _home() -> Path | None:
    with suppress(RuntimeError):
        return Path.home()
    return None


def _options_in(file: Path) -> dict[str, Any]:
    """The options of sections in `file`; none when there is no such file, or Streamlit will refuse it."""
    try:
        sections = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {
        f"{section}.{name}": value
        for section, options in sections.items()
        if isinstance(options, dict)
        for name, value in options.items()
    }
