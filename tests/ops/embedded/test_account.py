"""The account as a process: found, stopped, killed, restored, and refused with a reason."""

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import urllib3
from botocore.exceptions import ClientError

from ops.clients import Clients
from ops.embedded import account, state
from ops.errors import AccountError
from ops.settings import ROOT
from tests.ops.worlds import (
    APP,
    REGION,
    clients_of,
    eventually,
    make_api,
    make_function,
    push_image,
    unpacked,
)

http = urllib3.PoolManager(retries=False)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "account"
    yield directory
    account.stop(directory)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[account.Account]:
    """An account for tests that only ask it something."""
    directory = tmp_path_factory.mktemp("running") / "account"
    yield account.start(directory)
    account.stop(directory)


def test_the_threads_of_an_account_share_their_memory(home: Path) -> None:
    running = account.start(home)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: account.health(running), range(80)))
    # glibc reserves 64 MB for each arena, and would make one for each of these threads.
    assert psutil.Process(running.pid).memory_info().vms < 400_000_000


def test_an_account_that_runs_is_found_and_not_started_twice(home: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        pids = {running.pid for running in pool.map(lambda _: account.start(home), range(3))}
    assert len(pids) == 1
    assert account.find(home) == account.start(home)


def test_a_stopped_account_is_not_found_and_stopping_it_again_says_so(home: Path) -> None:
    pid = account.start(home).pid
    assert account.stop(home)
    assert has_ended(pid)
    assert account.find(home) is None
    assert not account.stop(home)


def test_an_account_with_hundreds_of_apis_stops_by_itself(home: Path) -> None:
    apis = clients_of(account.start(home)).apigatewayv2
    for number in range(200):
        apis.create_api(Name=f"page-{number}", ProtocolType="HTTP")
    assert account.stop(home)


def test_everything_is_there_again_after_a_kill(home: Path, tmp_path: Path) -> None:
    running = account.start(home)
    clients = clients_of(running)
    function = make_function(clients, push_image(clients, tmp_path / "image", APP))
    api = make_api(clients, function)
    clients.ssm.put_parameter(Name="/a/key", Value="kept", Type="SecureString")
    clients.s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": REGION})
    clients.s3.put_object(Bucket="kept", Key="state", Body=b"kept")
    table(clients)
    instance = http.request("GET", api.url).json()["pid"]
    assert eventually(lambda: log_lines(clients, function.log_group))
    lines = log_lines(clients, function.log_group)
    assert eventually(lambda: not (account.health(running) or {"unsaved": True})["unsaved"])
    os.kill(running.pid, signal.SIGKILL)

    again = account.start(home)
    clients = clients_of(again)
    assert again.endpoint == running.endpoint
    assert eventually(lambda: has_ended(instance))
    assert log_lines(clients, function.log_group) == lines
    assert clients.ssm.get_parameter(Name="/a/key", WithDecryption=True)["Parameter"]["Value"] == "kept"
    assert clients.s3.get_object(Bucket="kept", Key="state")["Body"].read() == b"kept"
    assert http.request("GET", api.url).status == 200


def test_a_restored_account_takes_new_things_of_every_kind(home: Path, tmp_path: Path) -> None:
    clients = clients_of(account.start(home))
    make_everything(clients, tmp_path / "first")
    account.stop(home)
    clients = clients_of(account.start(home))
    url = make_everything(clients, tmp_path / "second")
    assert http.request("GET", url).status == 200


def test_an_image_that_is_gone_keeps_no_other_from_being_unpacked(home: Path, tmp_path: Path) -> None:
    clients = clients_of(account.start(home))
    make_function(clients, push_image(clients, tmp_path / "lost", APP, name="lost"))
    clients.ecr.delete_repository(repositoryName="lost", force=True)
    account.stop(home)
    running = account.start(home)
    clients = clients_of(running)
    for number in range(4):  # in whatever order they are unpacked, some come after the one that is gone
        page = f"{APP}\n# page {number}\n"
        make_function(clients, push_image(clients, tmp_path / str(number), page))
        assert eventually(lambda page=page: page in unpacked(running))


def test_new_log_events_have_new_ids_after_a_restart(home: Path) -> None:
    ids = []
    for _ in range(2):
        clients = clients_of(account.start(home))
        group = f"group-{time.time_ns()}"
        clients.logs.create_log_group(logGroupName=group)
        clients.logs.create_log_stream(logGroupName=group, logStreamName="one")
        event = {"timestamp": int(time.time() * 1000), "message": "here"}
        clients.logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[event])
        ids.append(clients.logs.filter_log_events(logGroupName=group)["events"][0]["eventId"])
        account.stop(home)
    assert ids[0] != ids[1]


def test_the_state_is_readable_by_its_owner_only(home: Path) -> None:
    account.start(home)
    account.stop(home)
    assert (home / "state.pickle").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_state_that_others_may_write_is_not_read(home: Path) -> None:
    account.start(home)
    account.stop(home)
    (home / "state.pickle").chmod(0o666)
    with pytest.raises(AccountError, match="chmod 600"):
        account.start(home)


def test_the_state_of_another_moto_is_refused_and_kept(home: Path) -> None:
    account.start(home)
    account.stop(home)
    header, body = (home / "state.pickle").read_bytes().split(b"\n", 1)
    other = json.dumps({**json.loads(header), "moto": "1.2.3"}).encode() + b"\n" + body
    state.write(home / "state.pickle", other)
    with pytest.raises(AccountError, match=r"written by moto 1\.2\.3"):
        account.start(home)
    assert (home / "state.pickle").read_bytes() == other


@pytest.mark.parametrize("damage", [b"", b"garbage", b'{"format": 1}\n', pickle.dumps("no state")])
def test_a_damaged_state_is_refused_and_kept(home: Path, damage: bytes) -> None:
    home.mkdir(mode=0o700)
    state.write(home / "state.pickle", damage)
    with pytest.raises(AccountError, match="left as it is"):
        account.start(home)
    assert (home / "state.pickle").read_bytes() == damage


def test_a_truncated_state_is_refused_and_kept(home: Path) -> None:
    account.start(home)
    account.stop(home)
    whole = (home / "state.pickle").read_bytes()
    state.write(home / "state.pickle", whole[: len(whole) // 2])
    with pytest.raises(AccountError, match="is damaged"):
        account.start(home)
    state.write(home / "state.pickle", whole)
    assert account.start(home)


def test_a_taken_port_is_named_and_the_account_comes_back_when_it_is_free(home: Path) -> None:
    port = account.start(home).port
    account.stop(home)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(AccountError, match=f"127.0.0.1:{port}"):
            account.start(home)
        assert account.find(home) is None
    assert account.start(home).port == port


def test_a_taken_gateway_port_is_named_too(home: Path, tmp_path: Path) -> None:
    clients = clients_of(account.start(home))
    api = make_api(clients, make_function(clients, push_image(clients, tmp_path / "image", APP)))
    account.stop(home)
    port = urlsplit(api.url).port
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(AccountError, match=f"127.0.0.1:{port}"):
            account.start(home)


def test_a_stale_record_whose_number_belongs_to_another_process_is_no_account(home: Path) -> None:
    account.start(home)
    account.stop(home)
    stale = {"pid": os.getpid(), "created": 1.0, "port": 1, "access_key": "old"}
    (home / "server.json").write_text(json.dumps(stale))
    assert account.find(home) is None
    assert not account.stop(home)
    assert psutil.pid_exists(os.getpid())


def test_an_account_that_hangs_is_named_and_can_be_stopped(home: Path) -> None:
    running = account.start(home)
    os.kill(running.pid, signal.SIGSTOP)
    try:
        with pytest.raises(AccountError, match=f"process {running.pid} runs but does not answer"):
            account.find(home)
    finally:
        os.kill(running.pid, signal.SIGCONT)
    assert account.stop(home)


def test_a_full_disk_keeps_the_old_state_and_is_told(tmp_path: Path) -> None:
    """With a real limit of the system on the size of files, in a process of its own."""
    code = """
        import resource, sys
        from pathlib import Path
        from ops.embedded import cloud, state
        from tests.ops.worlds import eventually
        home = Path(sys.argv[1])
        account = cloud.Cloud(home / "state.pickle")
        account.start_saving()
        account.changed()
        assert eventually(lambda: not account.unsaved)
        good = (home / "state.pickle").read_bytes()
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
        account.changed()
        assert eventually(lambda: account.save_error)
        assert "too large" in account.save_error, account.save_error
        assert (home / "state.pickle").read_bytes() == good
        assert sorted(path.name for path in home.iterdir()) == ["state.pickle"]
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert eventually(lambda: account.save_error is None)
        account.stop_saving()
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr


def test_what_cannot_be_saved_is_told_and_does_not_end_saving(tmp_path: Path) -> None:
    code = """
        import sys
        from pathlib import Path
        from moto.ssm.models import ssm_backends
        from ops.embedded import cloud
        from tests.ops.worlds import eventually
        account = cloud.Cloud(Path(sys.argv[1]) / "state.pickle")
        account.start_saving()
        backend = ssm_backends["123456789012"]["eu-west-3"]
        backend.strange = (n for n in ())
        account.changed()
        assert eventually(lambda: account.save_error)
        assert account.unsaved and "generator" in account.save_error, account.save_error
        del backend.strange
        account.changed()
        assert eventually(lambda: not account.unsaved)
        assert account.save_error is None, account.save_error
        account.stop_saving()
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_a_certificate_survives_a_restart(home: Path) -> None:
    acm = clients_of(account.start(home)).client("acm")
    arn = acm.request_certificate(DomainName="pharmacy.example")["CertificateArn"]
    account.stop(home)
    acm = clients_of(account.start(home)).client("acm")
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainName"] == "pharmacy.example"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-3/ssm/aws4"},
        {"Authorization": "{key}", "Origin": "https://any.page.example"},
        {"Authorization": "{key}", "Host": "rebound.page.example:{port}"},
    ],
    ids=["no key", "a wrong key", "another account's key", "from a web page", "by a made-up name"],
)
def test_only_who_knows_the_accounts_key_is_let_in(running: account.Account, headers: dict[str, str]) -> None:
    known = {"{key}": f"Bearer {running.access_key}", "{port}": str(running.port)}
    for placeholder, value in known.items():
        headers = {name: text.replace(placeholder, value) for name, text in headers.items()}
    assert http.request("GET", running.endpoint + account.HEALTH_PATH, headers=headers).status == 403
    assert (
        http.request("POST", running.endpoint, headers=headers, body=b"Action=GetCallerIdentity").status
        == 403
    )


@pytest.mark.parametrize(
    ("service", "ask", "code"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("lambda", "list_functions", "UnrecognizedClientException"),
        ("dynamodb", "list_tables", "UnrecognizedClientException"),
    ],
)
def test_another_key_is_refused_in_the_words_of_each_service(
    running: account.Account, service: str, ask: str, code: str
) -> None:
    environment = {**account.environment(running, REGION), "AWS_ACCESS_KEY_ID": "another"}
    client = Clients(region=REGION, environment=environment).client(service)
    with pytest.raises(ClientError, match=rf"{code}.*not that of this embedded account.*invoke env"):
        getattr(client, ask)()


def test_a_presigned_url_of_the_accounts_own_key_is_let_in(running: account.Account) -> None:
    s3 = clients_of(running).s3
    s3.create_bucket(Bucket="shared", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="shared", Key="a", Body=b"content")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "shared", "Key": "a"})
    assert http.request("GET", url).data == b"content"


def test_the_exports_survive_a_shell_whatever_the_proxy_settings_hold(home: Path) -> None:
    environment = {
        **os.environ,
        "EMBEDDED_AWS_HOME": str(home),
        "NO_PROXY": "*.corp, 10.0.0.0/8;touch $(echo pwned)",
        "AWS_PROFILE": "no such profile",
        "AWS_ENDPOINT_URL_S3": "http://elsewhere.example",
    }
    shown = "$NO_PROXY|$no_proxy|${AWS_PROFILE-}|${AWS_ENDPOINT_URL_S3-}"
    script = f'eval "$(python -m invoke env)"; echo "{shown}"; ls'
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    run = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    hosts = "*.corp,10.0.0.0/8;touch $(echo pwned),127.0.0.1,localhost"
    assert run.stdout.splitlines()[0] == f"{hosts}|{hosts}||"
    assert "pwned" not in run.stdout.splitlines()[1:]


@pytest.mark.parametrize("name", ["file", "file/account", "read-only"])
def test_a_home_that_cannot_be_written_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "read-only").mkdir(mode=0o500)
    (tmp_path / "read-only" / "start.lock").mkdir()  # even root writes no file there
    unusable = tmp_path / name
    with pytest.raises(AccountError, match=r"Nothing was done\. .*EMBEDDED_AWS_HOME") as refused:
        account.start(unusable)
    assert f"can't live in {unusable}: " in str(refused.value)
    assert account.find(unusable) is None


def test_a_home_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "server.json").mkdir()  # even root reads no file there
    with pytest.raises(AccountError, match=f"can't live in {tmp_path}: Is a directory"):
        account.find(tmp_path)


def test_erasing_deletes_an_account_and_nothing_else(home: Path, tmp_path: Path) -> None:
    account.start(home)
    (home / "not ours").write_text("kept")
    (home / "plan").mkdir()
    (home / "plan" / "tfplan").write_text("a plan with keys in it")
    account.erase(home)
    assert [path.name for path in home.iterdir()] == ["not ours"]
    other = tmp_path / "documents"
    other.mkdir()
    with pytest.raises(AccountError, match="holds no embedded account"):
        account.erase(other)
    assert other.exists()


def test_the_environment_hides_every_other_account(running: account.Account) -> None:
    environment = account.environment(running, REGION)
    assert environment["AWS_PROFILE"] == environment["AWS_SESSION_TOKEN"] == ""
    assert "127.0.0.1" in environment["NO_PROXY"].split(",")


def make_everything(clients: Clients, root: Path) -> str:
    """Use every service that the stack uses, and return the URL of a function behind an API."""
    name = f"n{time.time_ns()}"
    clients.ssm.put_parameter(Name=f"/{name}/key", Value="secret", Type="SecureString")
    clients.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    clients.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    clients.s3.put_object(Bucket=name, Key="a", Body=b"1")
    clients.s3.put_object(Bucket=name, Key="a", Body=b"2")
    table(clients, name)
    function = make_function(clients, push_image(clients, root, APP))
    clients.lambda_.publish_version(FunctionName=function.name)
    clients.lambda_.create_alias(FunctionName=function.name, Name="live", FunctionVersion="1")
    return make_api(clients, function, qualifier="live").url


def table(clients: Clients, name: str = "kept") -> None:
    client = clients.client("dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName=name, Item={"id": {"S": "one"}})
    client.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or dead and only not yet fetched by whoever inherited it."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def log_lines(clients: Clients, group: str) -> list[str]:
    events = clients.logs.filter_log_events(logGroupName=group)["events"]
    return [event["message"] for event in events]
