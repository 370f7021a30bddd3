"""`python -m tests.app.transport.serve PAGE STORE_DIRECTORY`: one instance, sharing its store with others."""

import hashlib
import json
import os
import sys

import uvicorn

from app.transport import FileStore, Seal, create_app


def main():
    page, directory = sys.argv[1:3]
    seal = Seal([hashlib.sha256(directory.encode()).digest()])
    options = json.loads(os.environ.get("PAGE_OPTIONS", "{}"))
    app = create_app(page, store=FileStore(directory), seal=seal, options=options)
    port = int(os.environ["PORT"])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_keep_alive=3600)


if __name__ == "__main__":
    main()
