"""The revision of git that a working tree is at."""

import subprocess
from pathlib import Path


def read(root: Path) -> str | None:
    """Return the abbreviated commit, with `-dirty` when tracked files differ; None outside of git."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout.strip() or None
