"""Cached functions over two instances that share a store: they run where they would natively, once."""

import threading
import time

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.app.transport.stored import lasting, stored
from tests.app.transport.tab import Tab


@pytest.fixture(scope="module")
def ports(start):
    return [instance.port for instance in start("cached.py", 2)]


@pytest.fixture
def tab(ports):
    """A tab whose caches are empty, as those of a server that has just started."""
    tab = Tab(ports[0])
    tab.rerun()
    tab.rerun("clear all data")
    tab.rerun("clear all resources")
    return tab


@pytest.fixture
def ask(tab, ports):
    """Presses a button on one of the instances, and returns what the page says then."""

    def ask(name, instance, who=tab):
        who.port = ports[instance]
        return who.rerun(name).text

    return ask


def said(name, result, **runs):
    return f"{name}: {result} {runs}"


def test_a_function_runs_once_over_both(ask):
    for instance in (0, 1, 0, 1):
        assert ask("data", instance) == ["drew 1", "data: 1 {'data 1': 1}"]


def test_other_sessions_get_it_too(ask, ports):
    ask("data", 0)
    other = Tab(ports[1])
    other.rerun()
    assert ask("data", 1, other) == ["drew 1", "data: 1 {}"]


@pytest.mark.parametrize("how", ["clear data", "clear data 1", "clear all data"])
def test_what_a_session_clears_on_one_is_gone_on_the_other(ask, how):
    ask("data", 0)
    ask("data", 1)
    ask(how, 0)
    assert ask("data", 1)[-1] == said("data", 2, **{"data 1": 2})
    assert ask("data", 0)[-1] == said("data", 2, **{"data 1": 2})


def test_the_clear_of_one_function_leaves_the_others(ask):
    ask("data", 0)
    ask("kept", 0)
    ask("clear data", 1)
    assert ask("kept", 1) == [said("kept", 1, **{"data 1": 1, "kept": 1})]


def test_the_menu_clears_both_caches_everywhere(ask, tab):
    ask("data", 0)
    ask("shared", 0)
    ask("lock", 1)
    tab.send(BackMsg(clear_cache=True))
    assert ask("data", 1)[-1] == said("data", 1, **{"data 1": 1})
    assert ask("lock", 0)[-1].endswith("'lock': 1}")
    assert ask("lock", 1)[-1].endswith("'lock': 2}")


def test_a_new_session_sees_a_clear_at_once(ask, ports):
    ask("data", 1)
    ask("clear data", 0)
    other = Tab(ports[1])
    other.rerun()
    assert ask("data", 1, other)[-1] == said("data", 1, **{"data 1": 1})


def test_a_session_keeps_its_own_on_both(ask, ports):
    for instance in (0, 1, 0):
        assert ask("mine", instance) == [said("mine", 1, mine=1)]
    other = Tab(ports[1])
    other.rerun()
    assert ask("mine", 1, other) == [said("mine", 1, mine=1)]
    ask("clear mine", 1)
    assert ask("mine", 0) == [said("mine", 2, mine=2)]
    assert ask("mine", 1, other) == [said("mine", 1, mine=1)]


def test_of_too_many_entries_the_oldest_is_gone_everywhere(ask):
    assert ask("few", 0) == [said("few", [1, 1, 1, 2], **{"few 1": 2, "few 2": 1, "few 3": 1})]
    assert ask("few", 1)[-1].startswith("few: [2, 2, 2, 3]")


def test_time_passes_for_all_alike(ask):
    ask("brief", 0)
    expires_at = time.monotonic() + 3
    time.sleep(1)
    assert ask("brief", 1) == [said("brief", 1, brief=1)]
    time.sleep(expires_at - time.monotonic())
    assert ask("brief", 1) == [said("brief", 2, brief=2)]
    assert ask("brief", 0) == [said("brief", 2, brief=2)]


@pytest.mark.parametrize(
    ("name", "result"), [("kept", 1), ("later", 1), ("shared", {"count": 0}), ("large", 900_000)]
)
def test_data_of_any_kind_is_shared(ask, name, result):
    for instance in (0, 1):
        assert ask(name, instance) == [said(name, result, **{name: 1})]


@pytest.mark.parametrize(
    ("button", "name"),
    [("effect", "effect"), ("temporary", "temporary"), ("lock", "lock"), ("released", "released")],
)
def test_what_belongs_to_a_process_is_made_on_each(ask, button, name):
    for instance, runs in ((0, 1), (1, 2), (0, 2), (1, 2)):
        assert ask(button, instance)[-1].endswith(f"{{'{name}': {runs}}}")


def test_the_clear_of_a_resource_counts_where_it_is_not_shared_too(ask):
    ask("lock", 0)
    ask("lock", 1)
    ask("clear lock", 0)
    assert ask("lock", 1)[-1].endswith("{'lock': 3}")
    assert ask("lock", 0)[-1].endswith("{'lock': 4}")


def test_a_resource_changed_in_place_is_changed_for_the_next_instance(ask, ports):
    for count, instance in enumerate((0, 1, 1, 0, 1), start=1):
        assert ask("increment", instance) == [said("increment", {"count": count}, shared=1)]
    other = Tab(ports[0])
    other.rerun()
    assert ask("shared", 0, other) == [said("shared", {"count": 5})]
    ask("clear shared", 1)
    assert ask("shared", 0) == [said("shared", {"count": 0}, shared=2)]


def test_of_changes_that_follow_each_other_at_once_none_is_lost(ask, ports):
    others = [Tab(port) for port in ports]
    for other in others:
        other.rerun()
    for count in range(1, 9):
        answer = ask("increment", count % 2, others[count % 2])
        assert answer[0].startswith(f"increment: {{'count': {count}}}")


def test_a_resource_changed_by_the_run_that_made_it_is_changed_for_the_next_instance(ask):
    for count, instance in enumerate((0, 1), start=1):
        answer = said("increment once held", {"count": count}, shared=1)
        assert ask("increment once held", instance) == [answer]


def test_an_object_of_the_script_s_own_class_is_changed_for_the_next_instance_too(ask):
    for length, instance in enumerate((0, 1, 1, 0, 1), start=1):
        assert ask("note", instance) == [said("note", list(range(length)), board=1)]


def test_a_resource_of_a_session_goes_with_it(ask):
    for count, instance in enumerate((0, 1, 0), start=1):
        assert ask("append", instance) == [said("append", [1] * count, my_list=1)]


@pytest.mark.parametrize("name", ["refreshed", "renewed"])
def test_a_refresh_in_the_background_is_done_when_the_answer_is_out(ask, name):
    assert ask(name, 0)[0].startswith(f"{name}: 1 ")
    assert ask(name, 1)[0].startswith(f"{name}: 1 ")
    time.sleep(2)
    assert ask(name, 1)[0].startswith(f"{name}: 1 ")
    assert ask(name, 0)[0].startswith(f"{name}: 2 ")
    assert ask(name, 1)[0].startswith(f"{name}: 2 ")


def test_what_a_function_in_background_mode_drew_is_not_drawn_by_the_next_instance(ask):
    assert ask("shown", 0)[0] == "drew"
    assert ask("shown", 1) == [said("shown", None, shown=1)]


def test_a_picture_that_one_instance_drew_is_shown_by_the_next(tab, ports):
    addresses = set()
    for port in ports:
        tab.port = port
        answer = tab.rerun("picture")
        assert answer.text == ["below it", said("picture", None, picture=1)]
        addresses |= {image.url for m in answer.messages for image in m.delta.new_element.imgs.imgs}
    assert len(addresses) == 1
    assert tab.ask("GET", addresses.pop())[0] == 200


def test_a_long_run_shares_what_it_has_computed_before_it_ends(ask, tab, ports):
    other = Tab(ports[1])
    other.rerun()
    is_shared = threading.Event()
    tab.on_part = lambda part: is_shared.set() if b"step 20" in part else None
    waiting = threading.Thread(target=ask, args=("wait", 0))
    waiting.start()
    assert is_shared.wait(30)
    assert ask("slow", 1, other) == [said("slow", "done")]
    assert waiting.is_alive()
    waiting.join()


def test_a_silent_run_changes_no_resource(tab, ports):
    answer = tab.rerun("count visits")
    fragment = next(m.delta.fragment_id for m in answer.messages if m.delta.fragment_id)
    for instance in (1, 0, 1):
        tab.port = ports[instance]
        assert tab.rerun("in part", fragment).text == ["visits: {'count': 1}"]
    assert tab.rerun().status == "done"
    tab.port = ports[0]
    assert tab.rerun("in part", fragment).text == ["visits: {'count': 2}"]


def test_what_was_cached_for_a_forgotten_session_is_erased(start, tmp_path):
    instance = start("cached.py", 1, store=tmp_path)[0]
    tab = Tab(instance.port)
    tab.rerun()
    before = lasting(tab, tmp_path)
    tab.rerun("mine")
    tab.rerun("append")
    own = lasting(tab, tmp_path) - before
    assert len(own) == 2
    tab.rerun("forget")
    left = set(stored(tmp_path))
    assert not own & left
    # What was cached for all stays; the session's own record has gone too.
    assert len(before - left) == 1


def test_a_page_without_cached_functions_never_asks_for_them(start, tmp_path):
    instance = start("counter.py", 1, store=tmp_path)[0]
    tab = Tab(instance.port)
    tab.rerun()
    tab.rerun("Add")
    assert len(lasting(tab, tmp_path)) == 1
