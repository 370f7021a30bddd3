"""What lies in the directory of a store that running instances share."""

import contextlib


def stored(directory):
    """The content of each record by its file, but for what an instance has removed before it is read."""
    found = {}
    for file in directory.iterdir():
        # A record that is being written has another name until it is whole.
        if file.suffix in {".lock", ".new"}:
            continue
        with contextlib.suppress(FileNotFoundError):
            found[file] = file.read_bytes()
    return found


def lasting(tab, directory):
    """The records that outlast a run: one that takes long leaves word of how far it is, until the next."""
    seen = []
    for _ in range(2):
        tab.rerun()
        seen.append(set(stored(directory)))
    return set.intersection(*seen)
