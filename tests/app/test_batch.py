"""Several reports at once: in order, each for itself, opened one by one."""

import io
import zipfile

import pytest
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from app.insights.documents import MAX_UNPACKED_BYTES, UnreadableReportError
from app.transport.withheld import Withheld, WithheldFile
from app.ui import state
from app.ui.inputs import Given
from app.worklists import Status
from tests.app.pages import analyse_files, captions, finished, open_page, report, shown

NAMES = ("cardiologie", "lettre", "tableau")
FILES = [(f"{name}.txt", report(name).encode()) for name in NAMES]


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setenv("MODEL_PROVIDER", "local")
    return open_page()


def reports(page):
    return page.session_state[state.WORKLIST].reports


def packed(*files):
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)
    return into.getvalue()


def test_a_file_is_read_and_shown_at_once(page):
    analyse_files(page, FILES[0])
    assert not page.exception
    assert "BISOPROLOL" in shown(page)
    assert "cardiologie.txt" in " ".join(captions(page))


def test_several_files_are_read_in_their_order(page):
    analyse_files(page, *FILES)
    assert not page.exception
    assert [report.name for report in reports(page)] == [name for name, _ in FILES]
    assert {report.status for report in reports(page)} == {Status.DONE}
    body = shown(page)
    assert body.index("cardiologie.txt") < body.index("lettre.txt") < body.index("tableau.txt")


def test_one_of_several_is_opened_by_choosing_it(page):
    analyse_files(page, *FILES)
    assert "BISOPROLOL" not in shown(page)
    page.selectbox(key=state.OPEN).select(reports(page)[0].id).run()
    assert "BISOPROLOL" in shown(page)
    page.selectbox(key=state.OPEN).select(reports(page)[1].id).run()
    assert not page.exception
    assert "lettre.txt" in " ".join(captions(page))


def test_a_report_that_fails_stops_no_other_and_says_why(page):
    analyse_files(page, FILES[0], ("vide.txt", b"  "), ("faux.pdf", b"%PDF-1.7 rien"), FILES[1])
    assert not page.exception
    assert [report.status for report in reports(page)] == [
        Status.DONE,
        Status.FAILED,
        Status.FAILED,
        Status.DONE,
    ]
    body = shown(page)
    for failed in reports(page)[1:3]:
        assert failed.error
        assert failed.error[:20].replace("'", "&#x27;") in body


def test_a_zip_is_as_good_as_its_files(page):
    analyse_files(page, ("lot.zip", packed(*FILES, ("__MACOSX/x.txt", b"no"))))
    assert len(reports(page)) == len(FILES)
    assert {report.status for report in reports(page)} == {Status.DONE}


def test_files_that_were_not_loaded_are_said_to_be_too_large_together():
    """As the transport hands them over: none can be read."""
    half = Withheld.of(MAX_UNPACKED_BYTES // 2 + 1)
    files = [WithheldFile(UploadedFileRec(name, name, "", half), FileURLs()) for name in ("a.txt", "b.txt")]
    with pytest.raises(UnreadableReportError, match="dépassent ensemble 100 Mo"):
        Given("", files, analyse=True, preview=False).reports()


def test_what_is_pasted_comes_before_the_files(page):
    page.text_area(key=state.REPORT_TEXT).input(report("lettre"))
    analyse_files(page, FILES[0])
    assert [report.name for report in reports(page)] == ["Texte collé", "cardiologie.txt"]


def test_a_broken_zip_stops_no_other_file(page):
    analyse_files(page, FILES[0], ("lot.zip", packed(*FILES)[:200]))
    assert [report.status for report in reports(page)] == [Status.DONE, Status.FAILED]
    assert "abîmée" in reports(page)[1].error


def test_files_of_one_name_are_told_apart_and_each_can_be_opened(page):
    analyse_files(page, ("CR.txt", report("cardiologie").encode()), ("CR.txt", report("lettre").encode()))
    first, second = reports(page)
    assert first.name != second.name
    page.selectbox(key=state.OPEN).select(first.id).run()
    assert "BISOPROLOL" in shown(page)


def test_a_name_is_shown_as_it_is(page):
    analyse_files(page, ("![x](http:__evil.png).txt", FILES[0][1]))
    (said,) = [caption.value for caption in page.caption if "analysé par" in caption.value]
    assert said.startswith("\\!\\[x\\]\\(")


def test_a_broken_zip_is_said_to_be_one_and_nothing_is_lost(page):
    analyse_files(page, ("lot.zip", packed(*FILES)[:200]))
    assert page.error
    assert state.WORKLIST not in page.session_state
    assert page.file_uploader[0].value is not None


def test_an_only_report_that_fails_says_why_and_can_be_tried_again(page):
    analyse_files(page, ("faux.pdf", b"%PDF-1.7 rien"))
    first = page.error[0].value
    finished(page.button(key=state.RETRY).click().run())
    assert not page.exception
    assert page.error[0].value == first


def test_two_hundred_reports_are_read(page):
    analyse_files(page, *((f"{number:03}.txt", FILES[0][1]) for number in range(200)))
    assert not page.exception
    assert page.session_state[state.WORKLIST].counted(Status.DONE) == 200


def test_a_new_case_takes_the_files_out_too(page):
    analyse_files(page, *FILES)
    page.button(key=state.NEW_CASE).click().run()
    assert state.WORKLIST not in page.session_state
    assert not page.file_uploader[0].value
    assert "cardiologie.txt" not in shown(page)
