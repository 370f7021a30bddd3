import pytest

from app.insights.documents import MAX_CHARACTERS, UnreadableReportError, read_report


def test_a_report_keeps_its_words_and_gets_composed_characters():
    assert read_report("Cre\u0301at 90\r\nDFG\x00 60") == "Créat 90\nDFG 60"


def test_endless_blanks_are_bounded():
    assert len(read_report("a" + " " * 50_000 + "b" + "\n" * 40_000 + "c")) < 100


@pytest.mark.parametrize("pasted", ["", "   \n\t ", "\x00\x01"])
def test_nothing_to_read_is_said(pasted):
    with pytest.raises(UnreadableReportError, match="vide"):
        read_report(pasted)


def test_a_text_over_the_limit_is_said_to_be_too_long():
    with pytest.raises(UnreadableReportError, match="au plus"):
        read_report("a" * (MAX_CHARACTERS + 1))


def test_a_binary_file_is_said_to_be_one():
    with pytest.raises(UnreadableReportError, match="fichier"):
        read_report("%PDF-1.7 " + "\ufffd\x02\x03" * 30)


@pytest.mark.parametrize("pasted", ["💊 Doliprane 1 g 😀", "דוח רפואי Doliprane", "<b>Doliprane</b>"])
def test_emoji_other_scripts_and_markup_are_text(pasted):
    assert read_report(pasted) == pasted
