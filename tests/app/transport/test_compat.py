from app.transport import compat


def test_the_installed_streamlit_has_every_name_that_the_transport_uses():
    assert list(compat.missing_names()) == []
    compat.check()


def test_a_name_that_moved_is_named():
    def have(_):
        return {"present"}

    missing = compat._missing("streamlit.runtime", "Runtime", "present absent", have)
    assert list(missing) == ["streamlit.runtime.Runtime.absent"]


def test_a_module_or_class_that_moved_is_named():
    assert list(compat._missing("streamlit.gone", "", "x", compat._attributes)) == ["streamlit.gone"]
    missing = compat._missing("streamlit.runtime", "Gone", "x", compat._attributes)
    assert list(missing) == ["streamlit.runtime.Gone"]
