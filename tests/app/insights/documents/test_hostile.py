"""Whatever somebody uploads: a text or a sentence, and nothing else."""

import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.insights.documents import MAX_CHARACTERS, UnreadableReportError, read_file, unpack
from tests.app.insights.documents.made import pdf, word, zipped

REPORT = "Traitement :\nMédicament | Matin | Soir\nSOTALOL 80 mg | 1 | 1\nLasilix 40 mg le matin"
PDF, DOCX = pdf(REPORT, tables=True), word(REPORT)
ZIP = zipped({"01.txt": REPORT.encode(), "02.docx": DOCX})
NAMES = st.sampled_from(["a", "a.txt", "a.pdf", "a.docx", "a.zip", "a.doc"])
# Each asks a process: fewer examples find as much.
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=200, deadline=None)


def read_all(name, content):
    """Read a file or the files of an archive, or say why not; return how many were read."""
    try:
        uploads = unpack(name, content)
    except UnreadableReportError as error:
        return is_sentence(error) and 0
    return sum(is_read(upload) for upload in uploads)


def is_read(upload):
    try:
        text = read_file(upload.name, upload.content)
    except UnreadableReportError as error:
        return is_sentence(error) and False
    assert 0 < len(text) <= MAX_CHARACTERS
    assert "\0" not in text
    return True


def is_sentence(error):
    assert str(error).endswith(".")
    return True


def damaged(content):
    """Return a strategy for a file that was cut, or of which some bytes are others."""
    places = st.integers(0, len(content) - 1)

    def changed(changes):
        held = bytearray(content)
        for place, byte in changes:
            held[place] = byte
        return bytes(held)

    bytes_changed = st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=30).map(changed)
    return st.one_of(places.map(lambda end: content[:end]), bytes_changed)


@MANY
@given(NAMES.filter(lambda name: name != "a.pdf"), st.binary(max_size=2_000))
def test_random_bytes_are_text_or_refused(name, content):
    read_all(name, content)


@MANY
@given(
    NAMES,
    st.sampled_from([b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"\xfe\xff"]),
    st.binary(),
)
def test_random_bytes_behind_a_known_beginning_are_text_or_refused(name, start, content):
    read_all(name, start + content)


@MANY
@given(NAMES, damaged(DOCX))
def test_a_damaged_word_document_is_text_or_refused(name, content):
    read_all(name, content)


@MANY
@given(NAMES, damaged(ZIP))
def test_a_damaged_archive_is_read_or_refused(name, content):
    read_all(name, content)


@FEW
@given(damaged(PDF))
def test_a_damaged_pdf_is_text_or_refused(content):
    read_all("a.pdf", content)


@FEW
@given(st.binary(max_size=500))
def test_random_bytes_that_claim_to_be_a_pdf_are_refused(content):
    assert read_all("a.pdf", b"%PDF-1.7\n" + content) == 0


@MANY
@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), min_size=1))
def test_any_text_is_read_as_it_is_pasted(text):
    if text.strip():
        assert read_all("a.txt", text.encode()) == (0 if text.encode()[:4] in (b"GIF8", b"Rar!") else 1)


@pytest.mark.parametrize("content", [PDF, DOCX, ZIP])
def test_what_was_not_damaged_is_read(content):
    assert read_all("a", content) == (2 if content is ZIP else 1)


@pytest.mark.parametrize(
    "content",
    [
        zipped({"a.txt": bytes(19_000_000)}),
        zipped({"word/document.xml": bytes(200_000_000), "[Content_Types].xml": b""}),
        zipped({f"{number}/a.txt": bytes(30_000_000) for number in range(10)}),
    ],
    ids=["a member", "a document", "many members"],
)
def test_an_archive_that_unfolds_takes_no_more_memory_than_its_limits(content):
    tracemalloc.start()
    try:
        read_all("a.zip", content)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 250_000_000


def test_readers_are_imported_only_when_a_file_needs_them():
    asked = (
        "import sys; from app.insights.documents import read_file; read_file('a.txt', b'Lasilix');"
        "sys.exit(any(name in sys.modules for name in ('docx', 'lxml', 'pypdfium2', 'subprocess')))"
    )
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
