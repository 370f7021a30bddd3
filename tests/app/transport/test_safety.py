"""What an instance refuses, as real requests: strangers, other users, forged and retired cookies, floods."""

import base64
import hashlib
import http.client
import json
import re
import secrets
import threading

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from app.transport import Seal, protocol, xsrf
from app.transport.cookies import Cookies
from tests.app.transport.conftest import PAGES
from tests.app.transport.gateway import start_instance, wait_healthy
from tests.app.transport.tab import Tab
from tests.app.transport.test_cookies import request

OPTIONS = json.dumps({"server.trustedUserHeaders": {"X-User": "email"}, "server.enableCORS": True})


@pytest.fixture(scope="module")
def store_directory(tmp_path_factory):
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def happenings(tmp_path_factory):
    return tmp_path_factory.mktemp("outside") / "happened"


@pytest.fixture(scope="module")
def instances(start, store_directory, happenings):
    return start("once.py", 2, store=store_directory, PAGE_OPTIONS=OPTIONS, ONCE_FILE=str(happenings))


@pytest.fixture
def tab(instances):
    tab = Tab(instances[0].port)
    tab.rerun()
    return tab


def empty_batch():
    message = BackMsg()
    message.rerun_script.query_string = ""
    return protocol.encode_batch([protocol.Message(0, message.SerializeToString())])


def with_xsrf_of(tab, cookie):
    """A Cookie header with `cookie` instead of the tab's own."""
    return f"{cookie}; {xsrf.COOKIE_NAME}={xsrf.token_in(tab.cookie)}"


def announced(tab, size):
    """A connection on which a request with a body of `size` bytes has begun."""
    connection = http.client.HTTPConnection("127.0.0.1", tab.port, timeout=30)
    connection.putrequest("POST", "/_stcore/message")
    named = {"X-St-Http": "run", "X-St-Session": "n" * 32, "X-St-Epoch": "e" * 32, "X-St-Seq": "1"}
    own = {"Cookie": tab.cookie, "X-Xsrftoken": xsrf.token_in(tab.cookie), "Content-Length": str(size)}
    for name, value in {**named, **own}.items():
        connection.putheader(name, value)
    return connection


class TestCrossSite:
    @pytest.mark.parametrize("operation", ["run", "poll", "follow"])
    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://localhost:1"},
            {"Origin": "http://127.0.0.1:1"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"X-Xsrftoken": ""},
            {"X-Xsrftoken": "2|00000000|00000000000000000000000000000000|1700000000"},
            {"X-St-Http": "", "Content-Type": "text/plain"},
        ],
    )
    def test_a_request_of_another_sites_page_is_refused(self, tab, operation, headers):
        tab.sequence += 1
        status, answered, _ = tab.post(operation, empty_batch(), **headers)
        assert status == 403
        assert not any(name.startswith("access-control-") for name in answered)
        tab.sequence -= 1
        assert tab.rerun().status == "done"

    def test_our_own_page_is_let_through(self, tab):
        headers = {"Origin": f"http://127.0.0.1:{tab.port}", "Sec-Fetch-Site": "same-origin"}
        assert tab.rerun(**headers).status == "done"

    def test_no_page_is_told_that_it_may_ask_with_cookies(self, tab):
        for path in ("/_stcore/message", f"/_stcore/upload_file/{tab.session_id}/x", "/_stcore/health", "/"):
            asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
            for method in ("OPTIONS", "GET"):
                _, headers, _ = tab.ask(method, path, **asked)
                assert "access-control-allow-credentials" not in headers
                assert headers.get("access-control-allow-origin") != "https://evil.example"

    def test_an_upload_of_another_sites_page_is_refused(self, tab):
        assert tab.upload("a.txt", b"x", Origin="https://evil.example")[0] == 403
        assert tab.upload("a.txt", b"x", **{"Sec-Fetch-Site": "cross-site"})[0] == 403

    def test_a_websocket_is_no_way_around(self, tab):
        connection = http.client.HTTPConnection("127.0.0.1", tab.port, timeout=30)
        headers = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Protocol": "streamlit, token",
            "Origin": f"http://127.0.0.1:{tab.port}",
        }
        connection.request("GET", "/_stcore/stream", headers=headers)
        assert connection.getresponse().status == 403

    def test_behind_a_proxy_the_public_address_counts_and_the_host_does_not(self, start, happenings):
        (instance,) = start("once.py", 1, PUBLIC_URL="https://app.example", ONCE_FILE=str(happenings))
        tab = Tab(instance.port)
        assert tab.rerun(Origin="https://app.example").status == "done"
        assert tab.post("poll", b"", Origin=f"http://127.0.0.1:{tab.port}")[0] == 403


class TestUsers:
    """Two users of one browser, one after the other."""

    ADA, EVE = {"X-User": "ada@example.org"}, {"X-User": "eve@example.org"}

    @pytest.fixture
    def adas(self, instances):
        tab = Tab(instances[0].port, headers=self.ADA)
        tab.rerun()
        tab.rerun("Slow order")
        return tab

    @pytest.mark.parametrize("instance", [0, 1])
    def test_a_poll_tells_another_user_nothing(self, adas, instances, instance):
        adas.port = instances[instance].port
        assert adas.poll().status == "done"
        adas.headers = self.EVE
        answer = adas.poll()
        assert (answer.status, answer.messages) == ("unknown", [])

    @pytest.mark.parametrize("instance", [0, 1])
    def test_a_run_finds_no_session(self, adas, instances, instance):
        adas.port = instances[instance].port
        adas.headers = self.EVE
        assert adas.rerun("Order").status == "expired"

    def test_an_interrupt_stops_nothing(self, adas):
        results = []
        running = threading.Thread(target=lambda: results.append(adas.rerun("Slow order")))
        running.start()
        eve = Tab(adas.port, cookie=adas.cookie, headers=self.EVE)
        eve.nonce, eve.epoch, eve.sequence = adas.nonce, adas.epoch, adas.sequence + 1
        stop = BackMsg(stop_script=True)
        eve.post("follow", protocol.encode_batch([protocol.Message(0, stop.SerializeToString())]))
        running.join()
        assert "step 14" in results[0].text

    @pytest.mark.parametrize("instance", [0, 1])
    def test_an_upload_is_refused(self, adas, instances, instance):
        status, file_id = adas.upload("a.txt", b"content")
        assert status == 204
        adas.port = instances[instance].port
        adas.headers = self.EVE
        assert adas.upload("b.txt", b"content")[0] == 403
        path = f"/_stcore/upload_file/{adas.session_id}/{file_id}"
        token = {"X-Xsrftoken": xsrf.token_in(adas.cookie)}
        assert adas.ask("DELETE", path, **token)[0] == 403
        adas.headers = self.ADA
        assert adas.ask("DELETE", path, **token)[0] == 204


@pytest.fixture(scope="module")
def ports(start, tmp_path_factory):
    """Of three instances that share a store and differ in their keys."""
    store = tmp_path_factory.mktemp("store")
    return {
        keys: start("user.py", 1, store=store, SEAL_KEYS=keys)[0].port for keys in ("old", "new old", "new")
    }


class TestKeys:
    """A key that is changed while browsers hold what the old one made."""

    @pytest.fixture
    def olds(self, ports):
        tab = Tab(ports["old"])
        tab.rerun()
        tab.rerun("Add")
        return tab

    def test_a_session_goes_on_under_both_keys(self, olds, ports):
        olds.port = ports["new old"]
        assert "count=2" in olds.rerun("Add").text[0]

    def test_an_upload_is_taken_under_both_keys(self, olds, ports):
        olds.port = ports["new old"]
        assert olds.upload("a.txt", b"content")[0] == 204

    def test_the_browser_gets_its_cookie_signed_with_the_new_key(self, olds, ports):
        olds.port = ports["new old"]
        olds.rerun("Add")
        olds.sequence += 1
        _, headers, _ = olds.post("run", empty_batch())
        renewed = headers["set-cookie"].split(";")[0]
        olds.cookie = with_xsrf_of(olds, renewed)
        olds.port, olds.version = ports["new"], olds.version + 1
        assert "count=3" in olds.rerun("Add").text[0]

    def test_without_the_old_key_nothing_that_it_made_counts(self, olds, ports):
        olds.port = ports["new"]
        assert olds.post("run", empty_batch())[0] == 403
        olds.cookie = olds.open_page()
        assert olds.rerun("Add").status == "expired"


class TestKeysThatChange:
    """A key that is written while instances run, by `python -m app.transport`, which reads it from a file."""

    @pytest.fixture
    def key_file(self, tmp_path):
        file = tmp_path / "key"
        file.write_text(self.key("old"))
        return file

    @pytest.fixture
    def serve(self, tmp_path, key_file):
        started = []

        def serve():
            environment = {"SESSIONS_DIRECTORY": str(tmp_path / "store"), "SESSION_KEY_FILE": str(key_file)}
            arguments = ["-m", "app.transport", str(PAGES / "user.py")]
            started.append(start_instance(arguments, environment, tmp_path / f"output{len(started)}"))
            wait_healthy(started[-1])
            return started[-1].port

        yield serve
        for instance in started:
            instance.kill()

    def test_an_instance_whose_key_is_none_is_not_healthy_until_it_has_one(self, serve, key_file):
        key_file.write_text("no base64")
        tab = Tab(serve())
        asked = [tab.ask("GET", path)[0] for path in ("/", "/_stcore/health")]
        key_file.write_text(self.key("new"))
        asked += [tab.ask("GET", path)[0] for path in ("/_stcore/health", "/")]
        assert asked == [500, 503, 200, 200]

    def test_an_older_instance_takes_what_a_newer_one_has_made(self, serve, key_file):
        before = serve()
        tab = Tab(before)
        tab.rerun()
        tab.rerun("Add")
        key_file.write_text(f"{self.key('new')} {self.key('old')}")
        tab.port = serve()
        assert "count=2" in tab.rerun("Add").text[-1]
        tab.port = before
        assert "count=3" in tab.rerun("Add").text[-1]

    def test_an_older_instance_knows_a_browser_that_a_newer_one_has_greeted(self, serve, key_file):
        before = serve()
        key_file.write_text(f"{self.key('new')} {self.key('old')}")
        tab = Tab(serve())
        tab.rerun()
        tab.port = before
        assert "count=1" in tab.rerun("Add").text[-1]

    def key(self, name):
        return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


class TestForgery:
    def test_a_cookie_signed_with_another_key_opens_nothing(self, tab):
        name, _, value = Cookies(Seal([secrets.token_bytes(32)])).greeting(request())[0].partition("=")
        tab.cookie = with_xsrf_of(tab, f"{name}={value.split(';')[0]}")
        assert tab.post("run", empty_batch())[0] == 403

    def test_the_secret_of_a_cookie_is_worth_nothing_without_its_signature(self, tab):
        cookie = re.search(r"(st-browser-..=)([^.;]+)", tab.cookie)
        for rest in ("", f".1700000000000.1700000000000.{'A' * 43}"):
            tab.cookie = with_xsrf_of(tab, cookie[1] + cookie[2] + rest)
            assert tab.post("run", empty_batch())[0] == 403

    def test_a_second_cookie_of_a_tab_that_loaded_meanwhile_changes_nothing(self, tab):
        later = Tab(tab.port)
        tab.rerun("Order")
        tab.cookie = f"{re.search('st-browser[^;]+', later.cookie)[0]}; {tab.cookie}"
        assert "count=2" in tab.rerun("Order").text[-1]


@pytest.fixture(scope="module")
def port(start, happenings):
    """Of an instance with narrow limits."""
    limits = {"browser": [1, 8], "browser_sessions": [0.01, 2], "waiting": 2}
    return start("once.py", 1, LIMITS=json.dumps(limits), ONCE_FILE=str(happenings))[0].port


class TestFloods:
    def test_too_many_requests_of_a_browser_are_told_when_to_come_back(self, port):
        tab = Tab(port)
        answers = [tab.post("poll") for _ in range(12)]
        assert [status for status, _, _ in answers[:8]] == [200] * 8
        status, headers, content = answers[-1]
        assert (status, headers["retry-after"]) == (429, "1")
        assert b"too many requests" in content
        assert Tab(port).post("poll")[0] == 200

    def test_whoever_throws_cookies_away_is_known_by_the_address_that_the_gateway_names(
        self, start, happenings
    ):
        limits, once = json.dumps({"client": [0.01, 2]}), str(happenings)
        port = start("once.py", 1, LIMITS=limits, ONCE_FILE=once)[0].port

        def asked_from(address):
            context = json.dumps({"http": {"sourceIp": address}})
            return Tab(port, headers={"x-amzn-request-context": context}).post("poll")[0]

        assert [asked_from("192.0.2.1") for _ in range(3)] == [200, 200, 429]
        assert asked_from("192.0.2.2") == 200

    @pytest.mark.parametrize("path", ["/auth/login", "/auth/logout", "/oauth2callback?error=access_denied"])
    def test_who_begins_a_sign_in_over_and_over_is_told_when_to_come_back(self, start, happenings, path):
        limits = json.dumps({"browser": [0.01, 2]})
        port = start("once.py", 1, LIMITS=limits, ONCE_FILE=str(happenings))[0].port

        def asked(cookie=""):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", path, headers={"Cookie": cookie})
            return connection.getresponse().status

        assert [asked() for _ in range(3)] == [302, 302, 429]
        assert asked(Tab(port).cookie) == 302

    def test_a_browser_does_not_begin_sessions_without_end(self, port):
        tab = Tab(port)
        for _ in range(2):
            tab.nonce, tab.sequence, tab.version = secrets.token_hex(16), 0, 0
            assert tab.rerun().status == "done"
        tab.nonce = secrets.token_hex(16)
        tab.version, tab.sequence = 0, 1
        status, headers, _ = tab.post("run", empty_batch())
        assert status == 429
        assert 1 < int(headers["retry-after"]) <= 100

    def test_requests_of_one_session_do_not_pile_up(self, port, together):
        tab = Tab(port)
        tab.rerun()
        press = tab.rerun_message("Slow order").SerializeToString()
        body = protocol.encode_batch([protocol.Message(0, press)])
        tab.sequence = 2
        answers = together(lambda _: tab.post("run", body), 5)
        assert sorted(status for status, _, _ in answers) == [200, 200, 429, 429, 429]

    def test_a_body_that_is_announced_far_too_large_is_not_read(self, tab):
        connection = announced(tab, 2_000_000_000)
        connection.endheaders()
        assert connection.getresponse().status == 413

    @pytest.mark.parametrize("count", [1, 1000])
    def test_headers_beyond_what_browsers_send_are_refused(self, tab, count):
        large = {f"X-{number}": "a" * (100_000 // count) for number in range(count)}
        assert tab.ask("GET", "/", **large)[0] in {400, 431}
        assert tab.rerun().status == "done"

    def test_a_body_of_unknown_length_is_read_no_further_than_it_may_go(self, tab):
        tab.sequence += 1
        # Without a length, http.client sends an iterator in chunks.
        assert tab.post("run", iter([bytes(protocol.MAX_REQUEST_BYTES), b"x"]))[0] == 413

    def test_a_request_that_ends_early_leaves_no_traceback(self, tab, instances):
        connection = announced(tab, 1000)
        connection.endheaders(b"short")
        connection.close()
        assert tab.rerun().status == "done"
        assert "Traceback" not in instances[0].output.read_text()


class TestHeaders:
    def test_answers_about_sessions_are_kept_by_nobody(self, tab):
        for operation in ("run", "poll", "follow"):
            _, headers, _ = tab.post(operation, empty_batch())
            assert headers["cache-control"] == "no-store"
        _, headers, _ = tab.post("run", b"x")
        assert headers["cache-control"] == "no-store"

    def test_no_cache_gives_one_browsers_cookie_to_another(self, tab):
        tab.cookie = ""
        _, headers, _ = tab.ask("GET", "/")
        assert "set-cookie" in headers
        assert headers["cache-control"].startswith("private")

    @pytest.mark.parametrize(
        "path", ["/", "/_stcore/health", "/_stcore/host-config", "/none.js", "/media/none"]
    )
    def test_no_answer_is_taken_for_another_type_than_it_says(self, tab, path):
        assert tab.ask("GET", path)[1]["x-content-type-options"] == "nosniff"

    def test_over_tls_every_cookie_is_for_tls_only(self, tab):
        tab.cookie = ""
        connection = http.client.HTTPConnection("127.0.0.1", tab.port, timeout=30)
        for path in ("/", "/_stcore/health"):
            connection.request("GET", path, headers={"X-Forwarded-Proto": "https"})
            response = connection.getresponse()
            response.read()
            cookies = response.headers.get_all("Set-Cookie")
            assert cookies
            assert all(cookie.endswith("; Secure") for cookie in cookies)


class TestLogs:
    def test_nothing_that_a_log_must_not_hold_is_in_it(self, instances, tab):
        marked = "marked-" + secrets.token_hex(8)
        elements = [message.delta.new_element for message in tab.rerun().messages]
        (field,) = (element.text_input for element in elements if element.HasField("text_input"))
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.string_value = field.id, marked
        message.rerun_script.query_string = f"q={marked}"
        assert f"secret={marked}" in tab.send(message).text[-1]
        tab.upload(f"{marked}.txt", marked.encode())
        tab.post("run", b"junk" + marked.encode())
        tab.post("run", empty_batch(), Origin=f"https://{marked}.example")
        tab.rerun("Order", **{"X-St-Attempt": "1"})
        cookie = re.search(r"st-browser-..=([^.;]+)", tab.cookie)[1]
        output = "".join(instance.output.read_text() for instance in instances)
        for secret in (marked, cookie, tab.session_id, tab.nonce):
            assert secret not in output
