"""Streamlit's own ASGI app, set up for instances that come and go, with the shim's addresses in front.

Importing this module imports Streamlit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from itsdangerous import TimestampSigner
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from streamlit import config
from streamlit.web.server.starlette.starlette_app import App

from . import withheld
from .blobs import Blobs
from .caches import share_caches
from .components import SharedComponents
from .endpoints import HttpTransport
from .manifests import InstalledComponents
from .media import SharedMediaStorage
from .parts import MAX_UPLOAD_MB
from .uploads import SharedUploads

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Receive, Scope, Send
    from streamlit.runtime import Runtime

    from .gate import Gate
    from .identity import Users
    from .seal import Seal
    from .vault import Vault

# What differs from Streamlit's defaults, and why.
_OPTIONS: Final[Mapping[str, Any]] = {
    # A watcher costs 0.3 s for each session that is restored, and files do not change in an image.
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.headless": True,
    "browser.gatherUsageStats": False,
    "server.enableXsrfProtection": True,
    # Megabytes. Each way, an invocation passes 6 MB of JSON that holds the body in base64.
    "server.maxMessageSize": 4,
    "logger.level": "warning",
    # Prints an exception past the logging that the app has set up.
    "logger.enableRich": False,
}


class UnderTodaysSecret(SessionMiddleware):
    """Keeps what a browser has to remember on its way through a sign-in, signed with today's secret for it.

    Streamlit's own signs with that of the process's start. A way that begins on an instance of before a
    change and ends on one of after it would come to nothing, for as long as the older one lives.
    """

    def __init__(self, app: ASGIApp, /, *, users: Users, **options: Any) -> None:
        """As Streamlit's own, with secrets that `users` gives."""
        super().__init__(app, **options)
        self._users = users

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # Requests of other browsers are under way meanwhile.
        own = copy(self)
        own.signer = TimestampSigner(self._users.signing(Request(scope)))
        await SessionMiddleware.__call__(own, scope, receive, send)


class StreamlitOverHttp(App):
    """Streamlit's app, its media and uploads shared through a vault, and our middleware around it."""

    def __init__(
        self,
        script: str | Path,
        vault: Vault,
        seal: Seal,
        gate: Gate,
        options: Mapping[str, Any],
        max_widget_bytes: int,
        secrets: Mapping[str, Any] | None = None,
    ) -> None:
        """Configure Streamlit for `script`. Use `create_app`, which also checks it."""
        self.vault = vault
        self._users = gate.users
        blobs = Blobs(vault)
        self.media = SharedMediaStorage("/media", blobs)
        withheld.hand_over()
        self.uploads = SharedUploads("/_stcore/upload_file", blobs, max_widget_bytes)
        script = Path(script).absolute()
        # As `streamlit run` does, and before the options are read: the config.toml beside the script counts.
        config._main_script_path = config._main_script_path or str(script)
        # Under a plain ASGI server Streamlit reads no options but those of its files and these.
        config.get_config_options(
            force_reparse=True,
            # Else every process signs with a secret of its own making.
            options_from_flags={**_OPTIONS, "server.cookieSecret": _cookie_secret(seal), **options},
        )
        if config.get_option("server.maxUploadSize") > MAX_UPLOAD_MB:
            config.set_option("server.maxUploadSize", MAX_UPLOAD_MB)
        transport = Middleware(HttpTransport, streamlit=self, vault=vault, seal=seal, gate=gate)
        super().__init__(script, middleware=[transport], secrets=secrets)

    @property
    def runtime(self) -> Runtime:
        """Streamlit's runtime, which exists from the first request on."""
        if self._runtime is None:
            raise RuntimeError("The app has not been started.")
        return self._runtime

    def _build_starlette_app(self) -> Starlette:
        app = super()._build_starlette_app()
        app.user_middleware = [_under_todays_secret(one, self._users) for one in app.user_middleware]
        return app

    def _create_runtime(self) -> Runtime:
        from streamlit.runtime import Runtime, RuntimeConfig

        # Lambda's name for a release. Elsewhere a new key, or the end of the store, marks a new one.
        release = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "")
        return Runtime(
            RuntimeConfig(
                script_path=str(self._resolve_script_path()),
                media_file_storage=self.media,
                uploaded_file_manager=self.uploads,
                cache_storage_manager=share_caches(self.vault, release=release),
                component_registry=SharedComponents(self.vault, release=release),
                bidi_component_registry=InstalledComponents(),
                on_script_error=self._on_script_error,
            )
        )


def _under_todays_secret(one: Middleware, users: Users) -> Middleware:
    kind: object = one.cls
    options: dict[str, Any] = dict(one.kwargs)
    return Middleware(UnderTodaysSecret, users=users, **options) if kind is SessionMiddleware else one


def _cookie_secret(seal: Seal) -> str:
    """What Streamlit signs with where the page's secrets name nothing; `st.login` wants them to."""
    return seal.derive("streamlit cookie secret").hex()
