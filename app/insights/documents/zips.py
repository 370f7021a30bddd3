"""Opens ZIP files of strangers: no more of them is unfolded than was asked for."""

import io
import zipfile
import zlib

# What damaged or unusual archives make of zipfile; zlib.error and EOFError come from their members,
# RuntimeError from those with a password.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
_CHUNK_BYTES = 1 << 16
# Each takes half a kilobyte of memory before any is looked at. A DOCX has a few dozen parts.
_MAX_ENTRIES = 10_000
_ENTRY = b"PK\x01\x02"
# zipfile unfolds the others without a bound: a few kilobytes of bzip2 hold a hundred megabytes.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def open_zip(content: bytes) -> zipfile.ZipFile:
    """Open an archive in memory.

    Raises:
        zipfile.BadZipFile, or another of UNREADABLE: it is none, or holds more entries than any real one.
    """
    if content.count(_ENTRY) > _MAX_ENTRIES:
        raise zipfile.BadZipFile("more entries than are read")
    return zipfile.ZipFile(io.BytesIO(content))


def beginning(archive: zipfile.ZipFile, member: zipfile.ZipInfo, size_bytes: int) -> bytes:
    """Return what a member holds, up to `size_bytes`.

    In small parts: `ZipFile.read` unfolds all that is compressed before it looks at the size declared.

    Raises:
        One of UNREADABLE: the member is damaged.
    """
    if member.compress_type not in _METHODS:
        raise NotImplementedError(f"compression method {member.compress_type}")
    parts: list[bytes] = []
    left = size_bytes
    with archive.open(member) as stream:
        while left and (part := stream.read(min(_CHUNK_BYTES, left))):
            parts.append(part)
            left -= len(part)
    return b"".join(parts)
