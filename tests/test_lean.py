"""What is left of installed packages in the image: all that runs, and no more."""

import shutil
import subprocess
import sys
from pathlib import Path

import markupsafe
import pytest

from requirements import lean


@pytest.fixture
def packages(tmp_path):
    """A directory of packages as pip leaves it."""
    for name, content in {
        "package/__init__.py": "from package import module\n",
        "package/module.py": "WORD = 'hello'\n",
        "package/module.pyi": "WORD: str\n",
        "package/for_another_python.py": "this is no Python\n",
        "package/tests/test_module.py": "",
        "package/script.js.map": "{}",
        "package-1.0.dist-info/RECORD": "",
        "package-1.0.dist-info/METADATA": "Name: package\nVersion: 1.0\n",
        "single.py": "import package\nprint(package.module.WORD)\n",
        "streamlit/page.py": "",
        "bin/package": "",
        "botocore/data/ssm/service.json.gz": "",
        "botocore/data/s3/service.json.gz": "",
        "botocore/data/endpoints.json": "{}",
        "pyarrow/libarrow.so.2600": "",
        "pyarrow/libarrow_flight.so.2600": "",
        "pyarrow/libarrow_substrait.so.2600": "",
        "pyarrow/libarrow_python.so": "",
        "pyarrow/libarrow_python.so.2600": "",
        "pyarrow/libarrow_python.so.2600.1.0": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def test_what_nobody_uses_goes_and_what_runs_stays(packages):
    lean.main(packages)
    left = {path.relative_to(packages).as_posix() for path in packages.rglob("*") if path.is_file()}
    assert {name for name in left if "__pycache__" not in name} == {
        "package/__init__.pyc",
        "package/module.pyc",
        "package/for_another_python.py",
        "package-1.0.dist-info/METADATA",
        "single.pyc",
        "streamlit/page.py",
        "botocore/data/ssm/service.json.gz",
        "botocore/data/endpoints.json",
        "pyarrow/libarrow.so.2600",
        "pyarrow/libarrow_substrait.so.2600",
        "pyarrow/libarrow_python.so.2600",
    }
    assert list((packages / "streamlit" / "__pycache__").glob("page.*.pyc"))


def test_what_has_no_source_any_more_is_imported_all_the_same(packages):
    lean.main(packages)
    assert run("import single", packages) == "hello"


def test_a_stripped_library_is_shorter_and_loads(tmp_path):
    shutil.copytree(Path(markupsafe.__file__).parent, tmp_path / "markupsafe")
    (library,) = (tmp_path / "markupsafe").glob("_speedups*.so")
    before = library.stat().st_size
    lean.strip(library)
    assert library.stat().st_size < before
    script = "import markupsafe._speedups as it; print(it._escape_inner('<'), it.__file__)"
    assert run(script, tmp_path) == f"&lt; {library}"


def test_what_is_no_library_is_left_as_it_is(tmp_path):
    script = tmp_path / "linker.so"
    script.write_text("INPUT(libc.so.6)")
    lean.strip(script)
    assert script.read_text() == "INPUT(libc.so.6)"


def run(script, packages):
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(packages)!r}); {script}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
