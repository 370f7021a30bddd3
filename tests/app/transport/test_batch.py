"""How messages that came together follow each other."""

from streamlit.proto.BackMsg_pb2 import BackMsg

from app.transport.batch import coalesced, is_overtaken


def rerun(fragment_id: str = "", press: str = "", text: str = "") -> BackMsg:
    message = BackMsg()
    message.rerun_script.fragment_id = fragment_id
    if press:
        message.rerun_script.widget_states.widgets.add(id=press, trigger_value=True)
    message.rerun_script.widget_states.widgets.add(id="text", string_value=text)
    return message


def shown(batch):
    """Fragment, buttons pressed and text of each message."""
    for _, message in batch:
        widgets = message.rerun_script.widget_states.widgets
        pressed = sorted(w.id for w in widgets if w.trigger_value)
        (text,) = [w.string_value for w in widgets if w.id == "text"]
        yield message.rerun_script.fragment_id, pressed, text


def test_a_fragment_that_waits_twice_behind_a_run_is_run_once_with_both_presses():
    batch = [(0, rerun("a", "one", "1")), (0, rerun("b", text="2")), (0, rerun("a", "two", "3"))]
    assert list(shown(coalesced(batch))) == [("a", ["one", "two"], "3"), ("b", [], "2")]


def test_a_fragment_asked_for_again_after_its_run_is_run_again():
    batch = [(0, rerun("a", "one")), (0.3, rerun("a", "one")), (0.3, rerun("a", "one"))]
    assert coalesced(batch) == batch


def test_full_reruns_all_count_and_end_the_waiting_of_fragments():
    batch = [(0, rerun("a")), (0, rerun()), (0, rerun()), (0, rerun("a"))]
    assert coalesced(batch) == batch


def test_other_messages_are_left_as_they_are():
    batch = [(0, BackMsg(clear_cache=True)), (0, rerun("a")), (0, BackMsg(stop_script=True)), (0, rerun("a"))]
    assert coalesced(batch) == batch


def test_a_full_rerun_is_overtaken_by_the_next_unless_it_carries_a_press():
    assert is_overtaken(rerun(text="1"), rerun(text="2"))
    assert is_overtaken(rerun(text="1"), rerun(press="one", text="2"))
    assert not is_overtaken(rerun(press="one", text="1"), rerun(text="2"))


def test_a_full_rerun_is_not_overtaken_by_anything_else():
    elsewhere = rerun()
    elsewhere.rerun_script.page_script_hash = "other"
    for later in (rerun("a"), elsewhere, BackMsg(clear_cache=True)):
        assert not is_overtaken(rerun(), later)
    assert not is_overtaken(rerun("a"), rerun()), "a fragment has a queue of its own"
