"""What a file is, whatever its name; and files that are no report."""

import pytest

from app.insights.documents import (
    MAX_CHARACTERS,
    MAX_FILE_BYTES,
    EmptyReportError,
    UnreadableReportError,
    read_file,
)
from tests.app.insights.documents.made import pdf, word, zipped

REPORT = "Mme Alma Vasseur, 70 ans\nCréatinine 80 µmol/L, à jeun\nLasilix 40 mg le matin"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("name", ["01.txt", "01", "01.TXT", "compte rendu"])
def test_text_is_read_in_the_encodings_of_hospitals(encoding, name):
    assert read_file(name, REPORT.encode(encoding)) == REPORT


@pytest.mark.parametrize("name", ["01.pdf", "01.txt", "01.docx", "01"])
def test_what_a_file_holds_counts_more_than_its_name(name):
    assert read_file(name, pdf(REPORT)) == REPORT
    assert read_file(name, word(REPORT)) == REPORT


@pytest.mark.parametrize(
    "words", ["💊 Doliprane 1 g 👩‍⚕️", "דוח רפואי: Doliprane 1 g", "<b>Doliprane</b> & co"]
)
def test_emoji_other_scripts_and_markup_are_text(words):
    assert read_file("a.txt", words.encode()) == words
    assert read_file("a.txt", words.encode("utf-16")) == words
    assert read_file("a.docx", word(words)) == words


@pytest.mark.parametrize("content", [b"", b" \n\t ", b"\xef\xbb\xbf", word("")])
def test_nothing_to_read_is_said(content):
    with pytest.raises(EmptyReportError, match="vide"):
        read_file("a.txt", content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (OLE + "WordDocument".encode("utf-16-le"), r"ancien document Word \(\.doc\)"),
        (OLE + "Workbook".encode("utf-16-le"), r"\.xls"),
        (OLE, "ancien document Office"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protégé par un mot de passe"),
        (b"{\\rtf1\\ansi Bonjour}", "RTF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "image PNG.*OCR"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "image JPEG.*OCR"),
        (b"II*\0" + bytes(50), "image TIFF.*OCR"),
        (b"\0\0\0\x18ftypheic" + bytes(50), "image.*OCR"),
        (zipped([("mimetype", b"application/vnd.oasis.opendocument.text")]), r"\.odt"),
        (zipped([("[Content_Types].xml", b""), ("xl/workbook.xml", b"")]), r"\.xlsx"),
        (zipped([("[Content_Types].xml", b""), ("ppt/presentation.xml", b"")]), r"\.pptx"),
        (zipped([("01.txt", b"x")]), "archive ZIP dans une autre"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "7-Zip"),
    ],
)
def test_other_formats_are_said_by_name(content, said):
    with pytest.raises(UnreadableReportError, match=said):
        read_file("a.docx", content)


@pytest.mark.parametrize(
    "content", [b"Lasilix 40 mg\0 le matin", bytes(range(256)) * 20, b"\x7fELF\x02\x01" + bytes(100)]
)
def test_binary_content_is_refused(content):
    with pytest.raises(UnreadableReportError, match="ne contient pas de texte"):
        read_file("a.txt", content)


def test_a_text_of_two_megabytes_is_said_to_be_too_long():
    with pytest.raises(UnreadableReportError, match="dépasse 100\u202f000 caractères"):
        read_file("a.txt", b"Lasilix 40 mg\n" * 150_000)
    with pytest.raises(UnreadableReportError, match="dépasse 100\u202f000 caractères"):
        read_file("a.docx", word("\n".join(["Lasilix 40 mg" * 100] * 80)))


def test_a_text_of_the_largest_size_is_read():
    assert len(read_file("a.txt", b"a " * (MAX_CHARACTERS // 2))) == MAX_CHARACTERS - 1


def test_a_file_over_the_limit_is_refused_before_anything_looks_at_it():
    with pytest.raises(UnreadableReportError, match="dépasse 20 Mo"):
        read_file("a.pdf", b"%PDF-1.7" + bytes(MAX_FILE_BYTES))


@pytest.mark.parametrize(
    ("name", "said"), [("a.pdf", "Ce PDF est abîmé"), ("a.docx", "Ce document Word est abîmé")]
)
def test_a_file_that_is_not_what_its_name_says_is_said_to_be_damaged(name, said):
    with pytest.raises(UnreadableReportError, match=said):
        read_file(name, b"Lasilix 40 mg")
