"""The way to AWS: over TLS, directly or through a proxy."""

import contextlib
import datetime
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ops.logs.errors import PassingError
from tests.fakes.logs import FakeLogs, fake_logs
from tests.ops.logs.worlds import environment_of, group_of, run, stages_file


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[FakeLogs]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with fake_logs(context) as fake:
        fake.put("g", "one")
        yield fake


@contextlib.contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that tunnels; its URL and the first lines of what it was asked."""
    asked: list[str] = []

    class Tunnel(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = list(iter(lambda: self.rfile.readline().strip().decode(), ""))
            asked.extend(head)
            host, _, port = head[0].split()[1].partition(":")
            with socket.create_connection((host, int(port))) as there:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=pump, args=(there, self.connection))
                back.start()
                pump(self.connection, there)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://user:word@127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_tls_is_spoken_with_whom_the_bundle_names(
    secure: FakeLogs, certificate: Path, tmp_path: Path
) -> None:
    config = stages_file(tmp_path)
    environment = {**environment_of(secure), "AWS_CA_BUNDLE": str(certificate), "NO_PROXY": "localhost"}
    done = run("--stage", "there", "--group", "g", environment=environment, config=config)
    assert (done.returncode, "one" in done.stdout) == (0, True), done.stderr


def test_tls_is_not_spoken_with_anybody_else(secure: FakeLogs, tmp_path: Path) -> None:
    config = stages_file(tmp_path)
    environment = {**environment_of(secure), "NO_PROXY": "localhost"}
    environment.pop("AWS_CA_BUNDLE", None)
    done = run("--stage", "there", "--group", "g", environment=environment, config=config)
    assert (done.returncode, done.stdout) == (1, "")
    assert secure.asked == []


def test_a_proxy_of_the_environment_is_used(secure: FakeLogs, certificate: Path, tmp_path: Path) -> None:
    config = stages_file(tmp_path)
    with proxy() as (url, asked):
        environment = {**environment_of(secure), "AWS_CA_BUNDLE": str(certificate)}
        environment = {key: value for key, value in environment.items() if "proxy" not in key.lower()}
        environment["HTTPS_PROXY"] = url
        done = run("--stage", "there", "--group", "g", environment=environment, config=config)
    assert (done.returncode, "one" in done.stdout) == (0, True), done.stderr
    assert sum(line.startswith("CONNECT localhost:") for line in asked) == 2  # STS and Logs
    assert "Proxy-Authorization: Basic dXNlcjp3b3Jk" in asked


def test_a_wait_is_cut_over_tls_too(
    secure: FakeLogs, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("NO_PROXY", "localhost")
    group = group_of(secure)
    group.ask(0)
    assert [event.message for event in group.answer().events] == ["one"]
    secure.slow_s = 5
    stop = threading.Timer(0.2, group.give_up)
    stop.start()
    group.ask(0)
    with pytest.raises(PassingError):
        group.answer()
    stop.join()
