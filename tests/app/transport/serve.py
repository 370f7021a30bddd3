"""`python -m tests.app.transport.serve PAGE STORE_DIRECTORY`: one instance, sharing its store with others."""

import hashlib
import json
import os
import sys
from pathlib import Path

import uvicorn

from app.transport import FileStore, Limits, Rate, Seal, create_app
from app.transport.environment import public_urls


def _limits(given):
    """Limits as JSON: [per second, burst], or a number."""
    return Limits(**{k: Rate(*v) if isinstance(v, list) else v for k, v in given.items()})


class Noting:
    """A store that notes its calls in a file beside its directory."""

    def __init__(self, directory):
        self._store, self._calls = FileStore(directory), Path(f"{directory}.calls")

    def __getattr__(self, name):
        with self._calls.open("a") as file:
            file.write(f"{name}\n")
        return getattr(self._store, name)


def main():
    page, directory = sys.argv[1:3]
    # Keys are called by names, newest first.
    names = os.environ.get("SEAL_KEYS", directory).split()
    app = create_app(
        page,
        store=(Noting if "NOTE_CALLS" in os.environ else FileStore)(directory),
        seal=Seal([hashlib.sha256(name.encode()).digest() for name in names]),
        options=json.loads(os.environ.get("PAGE_OPTIONS", "{}")),
        public_urls=public_urls(os.environ),
        limits=_limits(json.loads(os.environ.get("LIMITS", "{}"))),
        hash_bodies="HASH_BODIES" in os.environ,
        allow_any_streamlit="ALLOW_ANY_STREAMLIT" in os.environ,
    )
    port = int(os.environ["PORT"])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_keep_alive=3600)


if __name__ == "__main__":
    main()
