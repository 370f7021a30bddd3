import pytest

from app.transport import compat, names
from tests.app.transport import streamlit_names

LISTED = (*names.ATTRIBUTES, *names.FIELDS, *names.ASSIGNED, *names.PARAMETERS, *names.MESSAGES)
ANY = {name for _, _, row in LISTED for name in row.split()} | set(names.OPTIONS.split())


def test_the_installed_streamlit_has_every_name_that_the_transport_uses():
    assert list(compat.missing_names()) == []
    compat.check()


@pytest.mark.parametrize("file", streamlit_names.files(), ids=lambda file: file.stem)
def test_every_name_of_streamlit_in_the_source_is_in_the_lists(file):
    assert [use for use in sorted(streamlit_names.uses(file)) if not _is_listed(*use)] == []


def _is_listed(module, owner, name):
    if not module:
        return name in ANY
    if any((module, owner) == row[:2] and name in row[2].split() for row in LISTED):
        return True
    return not owner and any(row[0] == module and row[1].split(".")[0] == name for row in LISTED)


def test_names_of_streamlit_are_found_wherever_a_file_uses_them(tmp_path):
    file = tmp_path / "module.py"
    file.write_text(
        "from typing import TYPE_CHECKING\n"
        "from streamlit import config\n"
        "from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage\n"
        "if TYPE_CHECKING:\n    from streamlit.gone import Gone\n"
        "def look(session):\n"
        "    from streamlit.runtime import get_instance\n"
        "    get_instance(quick=True)\n"
        "    return session._secret, config.get_option('server.port'), session.open\n"
        "class Ours(MemoryMediaFileStorage):\n"
        "    def get_url(self, file_id):\n        return self._own() + self._theirs + self.shown\n"
        "    def _own(self):\n        return ''\n"
    )
    assert streamlit_names.uses(file) == {
        ("streamlit.runtime.memory_media_file_storage", "", "MemoryMediaFileStorage"),
        ("streamlit.runtime.memory_media_file_storage", "MemoryMediaFileStorage", "get_url"),
        ("streamlit.runtime", "", "get_instance"),
        ("streamlit.config", "", "get_option"),
        ("", "", "quick"),
        ("", "", "server.port"),
        ("", "", "_secret"),
        ("", "", "_theirs"),
        ("", "", "shown"),
    }


def test_an_objection_is_raised_and_only_logged_where_that_is_asked_for(caplog):
    with pytest.raises(compat.IncompatibleStreamlitError, match=r"lacks it\. Install streamlit==1\.67"):
        compat._object("Streamlit lacks it.", allow_any=False)
    compat._object("Streamlit lacks it.", allow_any=True)
    assert caplog.messages == ["Streamlit lacks it."]


def test_a_name_that_moved_is_named():
    def have(_):
        return {"present"}

    missing = compat._missing("streamlit.runtime", "Runtime", "present absent", have)
    assert list(missing) == ["streamlit.runtime.Runtime.absent"]


def test_a_module_or_class_that_moved_is_named():
    assert list(compat._missing("streamlit.gone", "", "x", compat._attributes)) == ["streamlit.gone"]
    missing = compat._missing("streamlit.runtime", "Gone", "x", compat._attributes)
    assert list(missing) == ["streamlit.runtime.Gone"]


def test_a_parameter_and_a_field_of_a_message_that_moved_are_named():
    moved = compat._missing(
        "streamlit.config", "get_config_options", "force_reparse gone", compat._parameters
    )
    assert list(moved) == ["streamlit.config.get_config_options.gone"]
    moved = compat._missing(
        "streamlit.proto.BackMsg_pb2", "BackMsg", "rerun_script gone", compat._message_fields
    )
    assert list(moved) == ["streamlit.proto.BackMsg_pb2.BackMsg.gone"]


def test_a_class_that_is_no_dataclass_any_more_is_named():
    assert list(compat._missing("streamlit.runtime", "Runtime", "x", compat._fields)) == [
        "streamlit.runtime.Runtime"
    ]
