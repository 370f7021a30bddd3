"""The page over plain HTTP: any number of processes, frozen, killed and replaced as they may be."""

import os
from functools import partial
from pathlib import Path

from app.transport import create_app, environment

app = create_app(
    Path(__file__).with_name("page.py"),
    store=partial(environment.store, os.environ),
    seal=partial(environment.seal, os.environ),
)
