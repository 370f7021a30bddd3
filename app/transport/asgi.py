"""The ASGI app: Streamlit's own, with a plain-HTTP way in where it has a WebSocket."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.middleware import Middleware
from streamlit import config
from streamlit.web.server.starlette.starlette_app import App

from . import compat
from .blobs import Blobs
from .endpoints import HttpTransport
from .media import SharedMediaStorage
from .seal import Seal
from .stores import Store
from .uploads import SharedUploads
from .vault import Vault

if TYPE_CHECKING:
    from streamlit.runtime import Runtime

DEFAULT_LIFETIME_S: Final = 3600

# What differs from Streamlit's defaults, and why.
_OPTIONS: Final[Mapping[str, Any]] = {
    # A watcher costs 0.3 s for each session that is restored, and files do not change in an image.
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.headless": True,
    "browser.gatherUsageStats": False,
    "server.enableXsrfProtection": True,
    # Megabytes. Each way, an invocation passes 6 MB of JSON that holds the body in base64.
    "server.maxUploadSize": 4,
    "server.maxMessageSize": 4,
    "logger.level": "warning",
    # Prints an exception past the logging that the app has set up.
    "logger.enableRich": False,
}


def create_app(
    script: str | Path,
    *,
    store: Store,
    seal: Seal,
    lifetime_s: int = DEFAULT_LIFETIME_S,
    options: Mapping[str, Any] | None = None,
) -> StreamlitOverHttp:
    """An ASGI app that serves the Streamlit page `script` over plain HTTP.

    Any number of processes with equal arguments serve one and the same app: each request may go to
    any of them. One app per process, since Streamlit's runtime is one per process.

    Args:
        script: the page, as for `streamlit run`.
        store: where sessions, uploads and media go between requests.
        seal: what encrypts them there.
        lifetime_s: seconds that a session, and what belongs to it, outlives its last request.
        options: Streamlit options by their dotted names, above those in .streamlit/config.toml.

    Raises:
        compat.IncompatibleStreamlitError: the installed Streamlit is another than we know.
    """
    compat.check()
    return StreamlitOverHttp(script, Vault(store, seal, lifetime_s=lifetime_s), seal, options or {})


class StreamlitOverHttp(App):
    """Streamlit's app, its media and uploads shared through a vault, and our middleware around it."""

    def __init__(self, script: str | Path, vault: Vault, seal: Seal, options: Mapping[str, Any]) -> None:
        """Configure Streamlit for `script`. Use `create_app`, which also checks it."""
        self.vault = vault
        self._blobs = Blobs(vault)
        cookie_secret = seal.derive("streamlit cookie secret").hex()
        # Under a plain ASGI server Streamlit reads no options but those of its files and these.
        config.get_config_options(
            force_reparse=True,
            # The secret, so that a login made on one instance counts on all.
            options_from_flags={**_OPTIONS, "server.cookieSecret": cookie_secret, **options},
        )
        super().__init__(script, middleware=[Middleware(HttpTransport, streamlit=self, vault=vault)])

    @property
    def runtime(self) -> Runtime:
        """Streamlit's runtime, which exists from the first request on."""
        if self._runtime is None:
            raise RuntimeError("The app has not been started.")
        return self._runtime

    def _create_runtime(self) -> Runtime:
        from streamlit.runtime import Runtime, RuntimeConfig
        from streamlit.web.cache_storage_manager_config import (
            create_default_cache_storage_manager,
        )

        return Runtime(
            RuntimeConfig(
                script_path=str(self._resolve_script_path()),
                media_file_storage=SharedMediaStorage("/media", self._blobs),
                uploaded_file_manager=SharedUploads("/_stcore/upload_file", self._blobs),
                cache_storage_manager=create_default_cache_storage_manager(),
                on_script_error=self._on_script_error,
            )
        )
