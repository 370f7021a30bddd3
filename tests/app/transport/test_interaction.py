"""What happens once, and what is forgotten: against real instances, without a browser."""

import http.client
import threading
import time
from contextlib import suppress

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from app.transport import NoInteractionError, forget_session, idempotency_key, interaction
from tests.app.transport.gateway import start_instance, wait_healthy
from tests.app.transport.stored import stored
from tests.app.transport.tab import Tab


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """The file that the page writes to, which is the outside world here."""
    return tmp_path_factory.mktemp("outside") / "happened"


@pytest.fixture(scope="module")
def store_directory(tmp_path_factory):
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def instances(start, store_directory, outside):
    return start("once.py", 2, store=store_directory, ONCE_FILE=str(outside))


@pytest.fixture
def tab(instances):
    tab = Tab(instances[0].port)
    tab.rerun()
    return tab


@pytest.fixture
def happened(outside):
    """What happened since the test began: pairs of a name and a key, what the body does left out."""
    before = len(outside.read_text().splitlines()) if outside.exists() else 0

    def happened(*, body=False):
        pairs = [tuple(line.split()) for line in outside.read_text().splitlines()[before:]]
        return [pair for pair in pairs if body or pair[0] != "body"]

    return happened


class TestIdempotencyKey:
    def test_each_interaction_has_its_own(self, tab, happened):
        for _ in range(5):
            tab.rerun("Order")
        assert len(set(happened())) == 5

    def test_no_two_sessions_share_one(self, tab, instances, happened):
        tab.rerun("Order")
        other = Tab(instances[0].port)
        other.rerun()
        other.epoch, other.nonce = tab.epoch, tab.nonce
        other.sequence, other.version = tab.sequence - 1, 0
        other.rerun("Order")
        assert len(set(happened())) == 2

    def test_each_message_of_a_batch_has_its_own(self, tab, happened):
        press = BackMsg()
        state = press.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = tab.widgets["Order"], True
        tab.send(press, press, press)
        assert len(happened()) == len(set(happened())) == 3

    def test_purposes_tell_side_effects_of_one_interaction_apart(self, tab, happened):
        tab.rerun("Order")
        (_, body), (_, order) = happened(body=True)[-2:]
        assert body != order

    def test_a_rerun_by_the_script_belongs_to_the_interaction(self, tab, happened):
        tab.rerun("Again")
        bodies = [key for what, key in happened(body=True) if what == "body"]
        assert len(bodies) == 2
        assert len(set(bodies)) == 1

    @pytest.mark.parametrize(("button", "what"), [("Call", "callback"), ("Part", "fragment")])
    def test_callbacks_and_fragments_have_it(self, tab, happened, button, what):
        tab.rerun(button)
        ((name, key),) = happened()
        assert (name, len(key)) == (what, 64)

    def test_a_silent_replay_repeats_the_keys_of_the_run_that_it_repeats(self, tab, instances, happened):
        tab.rerun("Order")
        tab.port = instances[1].port
        tab.rerun("Call")
        assert [what for what, _ in happened()] == ["order", "callback"]
        run, replayed, called = [key for what, key in happened(body=True) if what == "body"]
        assert run == replayed != called

    def test_what_an_instance_did_before_it_died_can_be_told_from_something_new(
        self, instances, store_directory, outside, happened, tmp_path
    ):
        arguments = ["-m", "tests.app.transport.serve", "tests/app/transport/pages/once.py"]
        arguments.append(str(store_directory))
        mortal = start_instance(arguments, {"ONCE_FILE": str(outside)}, tmp_path / "output")
        wait_healthy(mortal)
        tab = Tab(mortal.port)
        tab.rerun()

        def lost():
            with suppress(OSError, http.client.HTTPException):
                tab.rerun("Slow order")

        pressing = threading.Thread(target=lost)
        pressing.start()
        while not happened():
            time.sleep(0.02)
        mortal.kill()
        pressing.join()
        tab.port = instances[1].port
        time.sleep(5.5)
        assert tab.rerun("Slow order", repeat=True, **{"X-St-Attempt": "1"}).status == "done"
        (first, second) = happened()
        assert first == second
        tab.rerun("Slow order")
        assert happened()[-1] != first

    def test_a_browser_cannot_choose_it(self):
        request = ClientState()
        request.cached_message_hashes.extend(["interaction:mine", "hash"])
        interaction.mark(request, "given")
        assert list(request.cached_message_hashes) == ["hash", "interaction:given"]

    def test_outside_a_run_there_is_none(self):
        with pytest.raises(NoInteractionError):
            idempotency_key()
        with pytest.raises(NoInteractionError):
            forget_session()


class TestForgetting:
    @pytest.mark.parametrize("button", ["Forget", "Forget slowly"])
    def test_nothing_of_the_session_stays_in_the_store(self, instances, store_directory, button):
        before = set(stored(store_directory))
        tab = Tab(instances[0].port)
        tab.rerun()
        tab.rerun("Slow order")
        tab.upload("a.txt", b"content")
        tab.rerun("Show")
        tab.port = instances[1].port
        tab.rerun("Slow order")
        tab.upload("b.txt", b"more")
        assert set(stored(store_directory)) > before
        answer = tab.rerun(button)
        assert answer.status == "forgotten"
        # Who polls for a slow run is told that it has erased the session; a busy machine is slow with any.
        has_word = tab.poll().status == "forgotten"
        assert has_word or button == "Forget"
        assert len(set(stored(store_directory)) - before) == has_word

    def test_who_did_not_get_the_answer_of_a_slow_run_is_told_by_a_poll(self, tab, instances):
        tab.rerun("Order")
        version = tab.version
        assert tab.rerun("Forget slowly").status == "forgotten"
        tab.port, tab.version = instances[1].port, version
        assert tab.poll().status == "forgotten"
        assert tab.rerun("Forget slowly", repeat=True, **{"X-St-Attempt": "1"}).status == "running"

    def test_it_cannot_be_gone_on_with_anywhere(self, tab, instances):
        tab.rerun("Order")
        version = tab.version
        assert tab.rerun("Forget").status == "forgotten"
        for instance in instances:
            tab.port, tab.version = instance.port, version
            assert tab.rerun("Order").status == "expired"

    def test_a_repeated_request_to_forget_is_no_error(self, tab):
        tab.rerun("Order")
        tab.rerun("Forget")
        assert tab.rerun("Forget", repeat=True, **{"X-St-Attempt": "1"}).status in {"expired", "forgotten"}

    def test_frames_of_earlier_runs_do_not_pile_up(self, tab, store_directory):
        tab.rerun("Slow order")
        before = len(stored(store_directory))
        for _ in range(3):
            tab.rerun("Slow order")
        assert len(stored(store_directory)) <= before + 1
