"""The transport over HTTP, without a browser: what an instance answers to whom."""

import http.client
import json
import threading
import time

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from app.transport import FileStore, protocol
from app.transport.assets import bundle
from tests.app.transport.stored import stored
from tests.app.transport.tab import Tab

TRUSTED = {"PAGE_OPTIONS": json.dumps({"server.trustedUserHeaders": {"X-User": "email"}})}


@pytest.fixture(scope="module")
def store_directory(tmp_path_factory):
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def ports(start, store_directory):
    instances = start("counter.py", 2, store=store_directory, **TRUSTED)
    return [instance.port for instance in instances]


@pytest.fixture
def tab(ports):
    """A tab that has the page before it, from the first instance."""
    tab = Tab(ports[0])
    tab.rerun()
    return tab


def test_the_first_run_shows_the_page_and_makes_version_one(ports):
    answer = Tab(ports[0]).rerun()
    assert (answer.status, answer.control["version"]) == ("done", 1)
    assert "count=0 calls=0 slow=0" in answer.text


def test_any_instance_goes_on_where_another_left(tab, ports):
    for step in range(1, 5):
        tab.port = ports[step % 2]
        assert f"count={step} calls=0 slow=0" in tab.rerun("Add").text


def test_a_callback_runs_on_an_instance_that_never_ran_the_script(tab, ports):
    for step in range(1, 4):
        tab.port = ports[step % 2]
        assert f"count=0 calls={step} slow=0" in tab.rerun("Call").text


def test_callbacks_survive_an_instance_that_only_got_another_message(tab, ports):
    tab.port = ports[1]
    assert tab.send(BackMsg(app_heartbeat=True)).status == "done"
    tab.port = ports[0]
    assert "count=0 calls=1 slow=0" in tab.rerun("Call").text
    tab.port = ports[1]
    tab.send(BackMsg(app_heartbeat=True))
    assert "count=0 calls=2 slow=0" in tab.rerun("Call").text


def test_what_the_page_unticked_can_be_ticked_anew_on_any_instance(start, store_directory):
    ports = [instance.port for instance in start("overruled.py", 2, store=store_directory)]
    tab = Tab(ports[0])
    tab.rerun()
    for step in range(1, 4):
        for press, shown in (("", f"box=True ticks={step}"), ("Untick", f"box=False ticks={step}")):
            message = tab.rerun_message(press)
            # The browser says of the box what the user last made of it, until the next run tells otherwise.
            message.rerun_script.widget_states.widgets.add(id=tab.widgets["Box"], bool_value=True)
            tab.port = ports[tab.sequence % 2]
            assert shown in tab.send(message).text


def test_messages_of_one_batch_each_get_their_run(tab):
    press = BackMsg()
    state = press.rerun_script.widget_states.widgets.add()
    state.id, state.trigger_value = tab.widgets["Add"], True
    tab.sequence += 1
    body = protocol.encode_batch([protocol.Message(300, press.SerializeToString())] * 3)
    assert tab.post("run", body)[0] == 200
    tab.version += 1
    assert "count=3 calls=0 slow=0" in tab.rerun().text


@pytest.mark.parametrize("instance", [0, 1])
def test_a_repeated_run_is_not_run_again_and_its_answer_is_kept(tab, ports, instance):
    tab.port = ports[1]
    first = tab.rerun("Add")
    tab.version -= 1
    tab.port = ports[instance]
    assert tab.rerun("Add", repeat=True, **{"X-St-Attempt": "1"}).status == "running"
    again = tab.poll()
    assert (again.status, again.text) == ("done", first.text)
    assert "count=1 calls=0 slow=0" in tab.rerun().text


def test_a_run_that_nobody_knows_of_is_unknown(tab):
    tab.sequence += 1
    assert tab.poll().status == "unknown"


def test_a_poll_shows_a_long_run_under_way_on_another_instance(tab, ports):
    slow = threading.Thread(target=tab.rerun, args=("Slow",))
    slow.start()
    other = Tab(ports[1], cookie=tab.cookie)
    other.nonce, other.epoch, other.sequence, other.version = tab.nonce, tab.epoch, 2, 1
    seen = [other.poll()]
    while seen[-1].status != "done":
        time.sleep(0.3)
        received = str(len(seen[0].messages)) if seen[0].control.get("run") else "0"
        seen.append(other.poll(**{"X-St-Run": seen[-1].control.get("run", ""), "X-St-Received": received}))
    slow.join()
    assert "running" in [answer.status for answer in seen]
    assert "count=0 calls=0 slow=1" in seen[-1].text


def test_a_run_whose_instance_failed_is_run_again_at_once(start, tmp_path):
    victim, other = start("counter.py", 2, store=tmp_path)
    tab = Tab(victim.port)
    tab.rerun()
    retry = Tab(other.port, cookie=tab.cookie)
    retry.nonce, retry.epoch, retry.version, retry.widgets = tab.nonce, tab.epoch, tab.version, tab.widgets
    retry.sequence = 2

    def kill_once_told():
        while retry.poll().status != "running":
            time.sleep(0.05)
        victim.kill()

    threading.Thread(target=kill_once_told).start()
    with pytest.raises((OSError, http.client.HTTPException)):
        tab.rerun("Slow")
    assert retry.poll().status == "running"
    assert retry.poll(**{"X-St-Dead": "1"}).status == "unknown"
    answer = retry.rerun("Slow", repeat=True, **{"X-St-Attempt": "1", "X-St-Dead": "1"})
    assert "count=0 calls=0 slow=1" in answer.text


def test_an_attempt_that_lives_on_after_all_is_void_once_a_retry_has_begun(start, tmp_path):
    stuck, other = start("counter.py", 2, store=tmp_path)
    tab = Tab(stuck.port)
    tab.rerun()
    retry = Tab(other.port, cookie=tab.cookie)
    retry.nonce, retry.epoch, retry.version, retry.widgets = tab.nonce, tab.epoch, tab.version, tab.widgets
    retry.sequence = 2
    stuck.freeze()  # so that it leaves no trace, as when a script lets no other thread run
    first = []
    slow = threading.Thread(target=lambda: first.append(tab.rerun("Slow")))
    slow.start()
    threading.Thread(target=thaw_once_written, args=(stuck, tmp_path)).start()
    answer = retry.rerun("Slow", repeat=True, **{"X-St-Attempt": "1"})
    slow.join()
    assert "count=0 calls=0 slow=1" in answer.text
    assert first[0].status == "running"
    assert "step 39" not in first[0].text
    assert "count=0 calls=0 slow=1" in retry.rerun().text


def thaw_once_written(instance, store):
    """Let an instance go on when another one has written to the store."""
    before = stored(store)
    while stored(store) == before:
        time.sleep(0.05)
    instance.thaw()


class Following:
    """A slow run under way, and what is told behind it, by whichever instance."""

    def __init__(self, tab, port, press="Slow"):
        self.results = []
        self.other = Tab(port, cookie=tab.cookie)
        self.other.nonce, self.other.epoch, self.other.sequence = tab.nonce, tab.epoch, tab.sequence + 1
        self.has_begun = threading.Event()
        first = b"step " if press == "Slow" else b""
        tab.on_part = lambda part: self.has_begun.set() if first in part else None
        self.thread = threading.Thread(target=lambda: self.results.append(tab.rerun(press)))
        self.thread.start()

    def tell(self, *messages):
        """Tell of all that waits so far, when the run is under way."""
        assert self.has_begun.wait(30)
        batch = [protocol.Message(0, message.SerializeToString()) for message in messages]
        assert self.other.post("follow", protocol.encode_batch(batch))[0] == 204

    def result(self):
        self.thread.join()
        return self.results[0]


STOP = BackMsg(stop_script=True)
RERUN = BackMsg(rerun_script={"query_string": ""})


@pytest.fixture
def following(tab, ports):
    return lambda **options: Following(tab, ports[1], **options)


def steps(answer):
    return [line for line in answer.text if line.startswith("step ")]


def test_a_full_run_that_waits_cuts_a_long_one_off_and_is_in_its_answer(tab, following):
    slow = following()
    slow.tell(RERUN)
    answer = slow.result()
    assert 0 < len(steps(answer)) < 30
    assert answer.text[-2:] == ["count=0 calls=0 slow=0", "user=None"]
    assert (answer.status, answer.control["taken"]) == ("done", 1)
    assert [m.WhichOneof("type") for m in answer.messages].count("script_finished") == 1
    assert "count=0 calls=0 slow=0" in tab.rerun().text


def test_a_full_run_that_waits_does_not_wait_for_what_cannot_be_cut_off(following):
    slow = following(press="Asleep")
    slow.tell(RERUN)
    began = time.monotonic()
    assert slow.result().control["taken"] == 1
    # It sleeps for a minute, without a command of Streamlit at which it could be stopped.
    assert time.monotonic() - began < 50


def test_presses_that_wait_all_count_in_the_order_in_which_they_came(tab, following):
    slow = following()
    presses = [tab.rerun_message("Add"), tab.rerun_message("Call"), tab.rerun_message("Add")]
    slow.tell(presses[0])
    slow.tell(*presses)
    answer = slow.result()
    assert answer.control["taken"] == 3
    assert "count=2 calls=1 slow=0" in answer.text
    assert "count=2 calls=1 slow=0" in tab.rerun().text


def test_they_count_on_an_instance_that_never_ran_the_script(tab, ports):
    tab.port = ports[1]
    slow = Following(tab, ports[0])
    slow.tell(tab.rerun_message("Call"))
    answer = slow.result()
    assert answer.control["taken"] == 1
    assert "count=0 calls=1 slow=0" in answer.text


def test_what_was_told_late_and_not_taken_is_still_the_browsers(tab, following):
    slow = following(press="Add")
    slow.result()
    slow.tell(RERUN)
    assert tab.rerun("Add").control["taken"] == 0
    assert "count=2 calls=0 slow=0" in tab.rerun().text


def test_a_poll_tells_what_was_taken(tab, following):
    slow = following()
    slow.tell(tab.rerun_message("Add"))
    slow.result()
    slow.other.sequence = tab.sequence
    assert (slow.other.poll().control["taken"], slow.other.poll().status) == (1, "done")


def test_a_word_of_fewer_messages_that_comes_late_changes_nothing(tab, following):
    slow = following()
    slow.tell(tab.rerun_message("Add"), tab.rerun_message("Add"))
    slow.tell(tab.rerun_message("Add"))
    assert slow.result().control["taken"] == 2
    assert "count=2 calls=0 slow=0" in tab.rerun().text


@pytest.mark.parametrize("before", [[], [RERUN]])
def test_a_run_stops_without_further_time_when_somebody_wants_it(tab, following, before):
    slow = following()
    slow.tell(*before, STOP)
    answer = slow.result()
    # A step takes a tenth of a second; what waits behind a run lets it have fifteen.
    assert 0 < len(steps(answer)) < (25 if before else 12)
    assert (answer.status, answer.control["taken"]) == ("done", len(before) + 1)
    assert "count=0 calls=0 slow=0" in tab.rerun().text


def test_a_run_whose_tab_is_gone_occupies_no_instance(tab, following):
    slow = following(press="Asleep")
    assert slow.has_begun.wait(30)
    stop = protocol.encode_batch([protocol.Message(0, STOP.SerializeToString())])
    assert slow.other.post("follow", stop, **{"X-St-Gone": "1"})[0] == 204
    began = time.monotonic()
    assert slow.result().status is None
    # It sleeps for a minute.
    assert time.monotonic() - began < 50
    assert "count=1 calls=0 slow=0" in tab.rerun("Add").text


def test_each_run_of_a_batch_has_its_time(tab):
    press = tab.rerun_message("Slow").SerializeToString()
    body = protocol.encode_batch([protocol.Message(0, press), protocol.Message(0, press)])
    tab.sequence += 1
    result = tab.read(tab.post("run", body)[2])
    assert "step 39" in result.text
    assert len(steps(result)) > 50
    assert "count=0 calls=0 slow=1" in tab.rerun().text


def test_a_fragment_that_waits_cuts_nothing_off(following):
    fragment = BackMsg()
    fragment.rerun_script.fragment_id = "some"
    slow = following()
    slow.tell(fragment)
    assert "count=0 calls=0 slow=1" in slow.result().text


def test_a_large_answer_comes_in_pages(tab):
    first = tab.rerun("Large")
    assert first.status == "more"
    received, run = len(first.messages), first.control["run"]
    html = [m for m in first.messages if m.delta.new_element.WhichOneof("type") == "html"]
    answer = first
    while answer.status == "more":
        answer = tab.poll(**{"X-St-Run": run, "X-St-Received": str(received)})
        received += len(answer.messages)
        html += [m for m in answer.messages if m.delta.new_element.WhichOneof("type") == "html"]
    assert answer.status == "done"
    assert len(html) == 3
    assert "count=0 calls=0 slow=0" in tab.rerun().text


def test_a_click_costs_one_write_where_its_session_is_and_one_read_more_elsewhere(start, tmp_path):
    calls = tmp_path / "store.calls"
    instances = start("counter.py", 2, store=tmp_path / "store", NOTE_CALLS="1")
    tab = Tab(instances[0].port)
    tab.rerun()
    for instance, cost in ((0, ["put"]), (1, ["get", "put"]), (1, ["put"]), (0, ["get", "put"])):
        calls.write_text("")
        tab.port = instances[instance].port
        tab.rerun("Add")
        assert calls.read_text().split() == cost


class TestSafety:
    def test_another_browser_does_not_reach_the_session(self, tab, ports):
        tab.rerun("Add")
        thief = Tab(ports[0])
        thief.nonce, thief.version = tab.nonce, tab.version
        thief.sequence = tab.sequence
        assert thief.rerun().status == "expired"

    def test_another_user_of_the_same_browser_does_not_reach_the_session(self, ports):
        tab = Tab(ports[0], headers={"X-User": "ada@example.org"})
        assert "user=ada@example.org" in tab.rerun().text
        tab.headers = {"X-User": "eve@example.org"}
        for port in ports:
            tab.port = port
            assert tab.rerun().status == "expired"

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"X-St-Http": ""}, 403),
            ({"Origin": "https://elsewhere.example"}, 403),
            ({"Cookie": ""}, 403),
            ({"Cookie": "st-browser-00=short"}, 403),
            ({"X-St-Session": "short"}, 400),
            ({"X-St-Seq": "-3"}, 400),
        ],
    )
    def test_a_request_from_elsewhere_is_refused(self, tab, headers, status):
        assert tab.post("run", b"", **headers)[0] == status

    @pytest.mark.parametrize("body", [b"x", b"\0" * 8 + b"junk", b"\0\0\0\0\0\0\0\3abc"])
    def test_a_body_that_is_no_batch_is_refused_and_harms_nothing(self, tab, body):
        assert tab.post("run", body)[0] == 400
        assert tab.rerun().status == "done"

    def test_a_body_over_the_limit_is_too_large(self, tab):
        assert tab.post("run", bytes(protocol.MAX_REQUEST_BYTES + 1))[0] == 413

    def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(self, ports):
        tab = Tab(ports[0])
        tab.cookie = ""
        _, headers, _ = tab.ask("GET", "/")
        _, ours = headers["set-cookie"].splitlines()  # the first is Streamlit's own
        assert ours.startswith("st-browser-")
        assert ours.endswith("; Path=/; HttpOnly; SameSite=Lax")
        _, headers, _ = tab.ask("GET", "/", **{"X-Forwarded-Proto": "https"})
        _, ours = headers["set-cookie"].splitlines()
        assert ours.startswith("__Host-st-browser-")
        assert ours.endswith("; Path=/; HttpOnly; SameSite=Lax; Secure")

    def test_a_record_altered_in_the_store_is_refused(self, tab, store_directory, ports):
        before = stored(store_directory)
        tab.rerun("Add")
        for file, content in stored(store_directory).items():
            if content != before.get(file):
                file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        tab.port = ports[1]
        assert tab.rerun("Add").status == "expired"

    def test_a_store_that_was_rolled_back_is_noticed(self, tab, store_directory, ports):
        before = stored(store_directory)
        tab.rerun("Add")
        for file, content in before.items():
            file.write_bytes(content)
        tab.port = ports[1]
        assert tab.rerun("Add").status == "expired"

    def test_an_exception_of_the_page_is_shown_and_the_session_goes_on(self, tab):
        answer = tab.rerun("Private")
        kinds = [message.delta.new_element.WhichOneof("type") for message in answer.messages]
        assert "exception" in kinds
        assert "count=1 calls=0 slow=0" in tab.rerun("Add").text


class TestUploads:
    def test_a_file_goes_to_an_instance_that_did_not_open_the_session(self, tab, ports):
        tab.port = ports[1]
        assert tab.upload("a.txt", b"content")[0] == 204

    def test_a_file_for_the_session_of_another_browser_is_refused(self, tab, ports):
        thief = Tab(ports[1])
        thief.session_id = tab.session_id
        assert thief.upload("a.txt", b"content")[0] == 403

    def test_a_file_that_no_invocation_can_carry_is_too_large(self, tab):
        assert tab.upload("a.bin", bytes(4_500_000))[0] == 413

    def test_a_file_without_the_xsrf_token_is_refused(self, tab):
        assert tab.upload("a.txt", b"content", **{"X-Xsrftoken": ""})[0] == 403


class TestFiles:
    def test_the_index_holds_the_shim_under_every_page_path(self, ports):
        tab = Tab(ports[0])
        for path in ("/", "/second", "/a.page", "/deep/page"):
            status, headers, content = tab.ask("GET", path)
            assert (status, headers["cache-control"]) == (200, "no-cache")
            # Streamlit's bundle is loaded by its own tag, or by our loader where packs were built.
            bundle = min(content.index(tag) for tag in (b'type="module"', b'"importmap"') if tag in content)
            assert content.index(b"class HttpSocket") < bundle

    def test_scripts_are_compressed_and_cached_for_ever(self, ports):
        tab = Tab(ports[0])
        script = f"/static/js/{next((bundle.static() / 'static' / 'js').glob('index.*.js')).name}"
        status, headers, content = tab.ask("GET", script, **{"Accept-Encoding": "gzip"})
        assert (status, headers["content-encoding"]) == (200, "gzip")
        assert "immutable" in headers["cache-control"]
        _, plain, whole = tab.ask("GET", script)
        assert "content-encoding" not in plain
        assert len(whole) > 2 * len(content)

    @pytest.mark.parametrize("path", ["/static/js/none.js", "/static/../asgi.py", "/_stcore/none"])
    def test_a_path_that_is_no_page_does_not_answer_with_ours(self, ports, path):
        assert b"class HttpSocket" not in Tab(ports[0]).ask("GET", path)[2]


def test_nothing_in_the_store_can_be_read(tab, store_directory):
    tab.rerun("Add")
    records = stored(store_directory)
    everything = b"".join(records.values())
    assert b"count" not in everything
    assert tab.session_id.encode() not in everything
    assert all(FileStore(store_directory)._path(file.name) != file for file in records)


def test_the_page_lives_under_its_base_path(start):
    options = json.dumps({"server.baseUrlPath": "inner/app"})
    (instance,) = start_under_base(start, options)
    tab = Tab(instance.port, cookie="none=")
    status, _, index = tab.ask("GET", "/inner/app/")
    assert (status, b"class HttpSocket" in index) == (200, True)
    status, _, _ = tab.ask("GET", "/inner/app/_stcore/health")
    assert status == 200
    assert b"class HttpSocket" not in tab.ask("GET", "/elsewhere")[2]


def start_under_base(start, options):
    return start("counter.py", 1, health="/inner/app/_stcore/health", PAGE_OPTIONS=options)


def test_what_a_callback_hears_of_is_not_overtaken_by_what_waits_behind_the_same_run(start):
    (instance,) = start("heard.py", 1)
    tab = Tab(instance.port)
    elements = [message.delta.new_element for message in tab.rerun().messages]
    heard, unheard = (
        element.number_input.id for element in elements if element.WhichOneof("type") == "number_input"
    )

    def numbers(first, second):
        message = BackMsg()
        widgets = message.rerun_script.widget_states.widgets
        widgets.add(id=heard, int_value=first)
        widgets.add(id=unheard, int_value=second)
        return message

    answer = tab.send(
        *(numbers(first, 0) for first in (1, 2, 3)), *(numbers(3, second) for second in (1, 2, 3))
    )
    assert answer.text[-1] == "heard=[1, 2, 3] other=3 runs=5"
