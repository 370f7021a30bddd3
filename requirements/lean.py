"""`python requirements/lean.py DIRECTORY`: leave in installed packages what the page can use, and compile it.

Run by the Dockerfile alone, on a directory that pip has filled without compiling. An image is pulled whole
before its first request, so what nobody imports costs every cold start: tests, stubs, headers, maps, symbols,
AWS services that the page never calls, the halves of Arrow that talk to other file systems, sources.
"""

import compileall
import shutil
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

# AWS services that the page calls; botocore describes four hundred.
SERVICES = ("dynamodb", "lambda", "ssm", "sts")

# Directories of any package: tests, and what pip puts beside packages (scripts, data of Jupyter).
DIRECTORIES = ("tests", "test", "bin", "share", "include")

# Types, C and Cython sources, libraries to link against, maps of scripts, and what `pip uninstall` asks for.
FILES = (
    *("*.pyi", "*.pxd", "*.pyx", "*.pxi", "*.h", "*.hpp", "*.c", "*.cc", "*.cpp", "*.f", "*.f90", "*.a"),
    *("*.map", "RECORD"),
)

# Parts of packages that no other part imports unless it is asked to. libarrow_substrait is not among them:
# all of Arrow is linked against it. Names differ by version, so a pattern that fits nothing is no error.
PARTS = (
    "PIL/_avif*",
    "PIL/_imagingcms*",
    "PIL/_imagingft*",
    "PIL/_imagingtk*",
    "PIL/_webp*",
    "jsonschema/benchmarks",
    "lxml/html",
    "lxml/isoschematron",
    "lxml/objectify*",
    "mistralai/azure",
    "mistralai/gcp",
    "numpy/_core/*_tests*.so",
    "numpy/_core/_simd*",
    "numpy/distutils",
    "numpy/f2py",
    "pillow.libs/libavif*",
    "pillow.libs/libfreetype*",
    "pillow.libs/libharfbuzz*",
    "pillow.libs/liblcms2*",
    "pillow.libs/libsharpyuv*",
    "pillow.libs/libwebp*",
    "pyarrow/*azurefs*",
    "pyarrow/*encryption*",
    "pyarrow/*flight*",
    "pyarrow/*gcsfs*",
    "pyarrow/*hdfs*",
    "pyarrow/*orc*",
    "pyarrow/*s3*",
    "pyarrow/_pyarrow_cpp_tests*",
    # Three copies of one library, under names for linkers and for people: what is loaded has the middle one.
    "pyarrow/libarrow_python.so",
    "pyarrow/libarrow_python.so.*.*",
    "pydeck/nbextension/static",
    # Reloads a server whose sources change.
    "watchfiles",
)

# The transport looks into Streamlit's sources (app/transport/compat.py).
WITH_SOURCES = "streamlit"


def main(directory: Path) -> None:
    """Remove, strip and compile, in this order."""
    for pattern in PARTS:
        remove(directory.glob(pattern))
    for name in DIRECTORIES:
        remove(path for path in directory.rglob(name) if path.is_dir())
    for pattern in FILES:
        remove(directory.rglob(pattern))
    remove(path for path in directory.glob("botocore/data/*/") if path.is_dir() and path.name not in SERVICES)
    for library in directory.rglob("*.so*"):
        strip(library)
    compile_all(directory)


def remove(paths: Iterable[Path]) -> None:
    """Delete files and directories."""
    for path in list(paths):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def strip(library: Path) -> None:
    """Cut off what follows the last segment: names and debugging notes, which the loader never reads.

    Source: System V ABI, "ELF header" and "Program header": only segments are loaded; sections, whose table
    the header then no longer names, are for linkers and debuggers.
    """
    data = bytearray(library.read_bytes())
    if data[:6] != b"\x7fELF\x02\x01":  # 64 bits, little-endian
        return
    (table,) = struct.unpack_from("<Q", data, 32)
    entry_size, entries = struct.unpack_from("<HH", data, 54)
    end = table + entry_size * entries
    for position in range(table, end, entry_size):
        offset, _, _, size = struct.unpack_from("<4Q", data, position + 8)
        end = max(end, offset + size)
    data[40:48] = bytes(8)
    data[58:64] = struct.pack("<3H", 64, 0, 0)
    library.write_bytes(data[:end])


def compile_all(directory: Path) -> None:
    """Put bytecode in the place of each source, since Lambda's file system is read-only.

    Of what can't be compiled (files for another Python), the source stays.
    """
    for package in directory.iterdir():
        keeps_sources = package.name == WITH_SOURCES
        if package.is_dir():
            compileall.compile_dir(package, quiet=2, legacy=not keeps_sources)
        elif package.suffix == ".py":
            compileall.compile_file(package, quiet=2, legacy=True)
        if not keeps_sources:
            sources = [package] if package.suffix == ".py" else package.rglob("*.py")
            remove(source for source in sources if source.with_suffix(".pyc").exists())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
