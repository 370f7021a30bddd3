"""Where the page's files lie means nothing to its sessions: the next release may lie elsewhere."""

from tests.app.transport.tab import Tab

PAGE = """
import streamlit as st

st.checkbox("On", key="on")
name = st.text_input("Name", key="name")
st.markdown(f"on={st.session_state.on} name={name}")
"""


def test_a_release_in_another_directory_knows_what_the_widgets_hold(start, tmp_path):
    ports = []
    for release in ("first", "second"):
        (tmp_path / release).mkdir()
        page = tmp_path / release / "page.py"
        page.write_text(f"{PAGE}\n# {release}\n")
        [instance] = start(page, 1, store=tmp_path / "store")
        ports.append(instance.port)
    tab = Tab(ports[0])
    tab.rerun()
    message = tab.rerun_message()
    state = message.rerun_script.widget_states.widgets.add()
    state.id, state.bool_value = tab.widgets["On"], True
    assert tab.send(message).text == ["on=True name="]
    tab.port = ports[1]
    assert tab.send(message).text == ["on=True name="]
    state.bool_value = False
    assert tab.send(message).text == ["on=False name="]
