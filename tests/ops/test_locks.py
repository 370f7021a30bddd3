"""The deploy lock: who is refused, who takes over, and who finds out that it is lost."""

import getpass
import json
import os
import subprocess
import sys
import textwrap
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ops import backend, locks
from ops.errors import LockedError, LockLostError
from ops.locks import Lease, deploy_lock, refuse_if_held
from tests.ops.lossy import lossy_way
from tests.ops.worlds import World, eventually

APP = "demo"


@pytest.fixture
def bucket(world: World) -> str:
    name = f"locks-{uuid.uuid4().hex[:8]}"
    backend.ensure_bucket(world.clients.s3, name=name)
    return name


# Three seconds, renewed five times a second: a busy machine may need two for a renewal.
QUICK, LASTING = Lease(lasts_s=3, renew_every_s=0.2), Lease()


def test_a_second_deployment_is_told_who_holds_the_lock_and_for_what(world: World, bucket: str) -> None:
    s3 = world.clients.s3
    with deploy_lock(s3, bucket=bucket, app_name=APP, what="the first", version="content-1"):
        told = rf"{getpass.getuser()}@.*process {os.getpid()}.*: the first, content-1\. Nothing was done"
        refused = pytest.raises(LockedError, match=told)
        with refused, deploy_lock(s3, bucket=bucket, app_name=APP, what="the second"):
            pytest.fail("two at once")
        with pytest.raises(LockedError, match="the first"):
            refuse_if_held(s3, bucket=bucket, app_name=APP)
    refuse_if_held(s3, bucket=bucket, app_name=APP)
    with deploy_lock(s3, bucket=bucket, app_name=APP, what="the third"):
        pass


def test_applications_do_not_wait_for_each_other(world: World, bucket: str) -> None:
    s3 = world.clients.s3
    with (
        deploy_lock(s3, bucket=bucket, app_name="one", what="one"),
        deploy_lock(s3, bucket=bucket, app_name="two", what="two") as second,
    ):
        second.check()


def test_the_lock_of_a_killed_process_is_taken_over_at_once(world: World, bucket: str) -> None:
    code = """
        import json, os, sys
        from ops.clients import Clients
        from ops.locks import deploy_lock
        said = json.loads(sys.stdin.read())
        s3 = Clients(region="eu-west-3", environment=said["environment"]).s3
        with deploy_lock(s3, bucket=said["bucket"], app_name="demo", what="to be killed"):
            os.kill(os.getpid(), 9)
    """
    said = {"bucket": bucket, "environment": environment_of(world)}
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], input=json.dumps(said), text=True)
    assert "to be killed" in written(world, bucket)["what"]
    with deploy_lock(world.clients.s3, bucket=bucket, app_name=APP, what="the next"):
        assert written(world, bucket)["what"] == "the next"


def test_a_lock_from_elsewhere_holds_while_it_is_renewed_and_expires_when_it_is_not(
    world: World, bucket: str
) -> None:
    s3 = world.clients.s3
    somebody = {"who": "ci@elsewhere", "what": "invoke deploy", "version": "", "since": "then", "pid": 1}
    body = json.dumps({**somebody, "started": 0.0, "machine": "m", "nonce": "n"})
    s3.put_object(Bucket=bucket, Key=f"{APP}/deploy.lock", Body=body)
    with pytest.raises(LockedError, match=r"ci@elsewhere .* expires when it is not renewed for 120 s"):
        take(world, bucket)
    assert eventually(lambda: can_be_taken(world, bucket))


def test_a_lock_that_cannot_be_read_is_somebodys(world: World, bucket: str) -> None:
    for body in (b"", b"{}", b"[1]"):
        world.clients.s3.put_object(Bucket=bucket, Key=f"{APP}/deploy.lock", Body=body)
        with pytest.raises(LockedError, match=r"somebody .* something that this version can't read"):
            take(world, bucket)


def test_a_process_of_another_container_is_not_taken_for_dead(world: World, bucket: str) -> None:
    with deploy_lock(world.clients.s3, bucket=bucket, app_name=APP, what="here"):
        elsewhere = {**written(world, bucket), "pid": 2**22, "machine": "another container"}
    world.clients.s3.put_object(Bucket=bucket, Key=f"{APP}/deploy.lock", Body=json.dumps(elsewhere))
    with pytest.raises(LockedError, match="here"):
        take(world, bucket)
    here = {**elsewhere, "machine": locks._machine()}
    world.clients.s3.put_object(Bucket=bucket, Key=f"{APP}/deploy.lock", Body=json.dumps(here))
    take(world, bucket)


def test_a_holder_is_not_taken_for_dead_when_the_clock_is_corrected(
    world: World, bucket: str, tmp_path: Path
) -> None:
    code = """
        import json, sys
        import psutil
        from ops.clients import Clients
        from ops.locks import holder
        said = json.loads(sys.stdin.read())
        psutil.PROCFS_PATH = said["proc"]
        s3 = Clients(region="eu-west-3", environment=said["environment"]).s3
        print(holder(s3, bucket=said["bucket"], app_name="demo"))
    """
    corrected = proc_with_another_clock(tmp_path)
    said = {"bucket": bucket, "environment": environment_of(world), "proc": str(corrected)}
    with deploy_lock(world.clients.s3, bucket=bucket, app_name=APP, what="alive"):
        program = [sys.executable, "-c", textwrap.dedent(code)]
        seen = subprocess.run(program, input=json.dumps(said), text=True, stdout=subprocess.PIPE)
    assert "holds the deploy lock" in seen.stdout


def proc_with_another_clock(directory: Path) -> Path:
    """/proc as it is after a correction of the clock by an hour: btime, the start of the machine, moves."""
    for entry in Path("/proc").iterdir():
        if entry.name != "stat":
            (directory / entry.name).symlink_to(entry)
    stat = Path("/proc/stat").read_text()
    before = int(stat.partition("btime ")[2].split()[0])
    (directory / "stat").write_text(stat.replace(f"btime {before}", f"btime {before + 3600}"))
    return directory


def test_a_holder_that_renews_keeps_its_lock_for_longer_than_a_lease(world: World, bucket: str) -> None:
    with deploy_lock(world.clients.s3, bucket=bucket, app_name=APP, what="long", lease=QUICK) as lock:
        first = s3_time(world, bucket)
        assert eventually(lambda: s3_time(world, bucket) > first + timedelta(seconds=4))
        lock.check()


def test_a_holder_whose_lock_was_taken_over_finds_out_and_leaves_it_alone(world: World, bucket: str) -> None:
    with deploy_lock(world.clients.s3, bucket=bucket, app_name=APP, what="slow", lease=QUICK) as lock:
        somebody = {"who": "ci@elsewhere", "what": "a takeover", "version": "", "since": "then", "pid": 1}
        body = json.dumps({**somebody, "started": 0.0, "machine": "m", "nonce": "n"})
        world.clients.s3.put_object(Bucket=bucket, Key=f"{APP}/deploy.lock", Body=body)
        assert eventually(lambda: is_lost(lock))
        with pytest.raises(LockLostError, match=r"now ci@elsewhere.*a takeover.*Users reach what they"):
            lock.check()
    assert written(world, bucket)["what"] == "a takeover"


def test_a_holder_that_cannot_renew_finds_out_when_its_lease_is_over(world: World, bucket: str) -> None:
    with deploy_lock(world.clients.s3, bucket=bucket, app_name=APP, what="cut off", lease=QUICK) as lock:
        lock._s3 = unreachable(world)
        assert eventually(lambda: is_lost(lock))
        with pytest.raises(LockLostError, match="could not be renewed for"):
            lock.check()


def test_a_lock_is_taken_and_renewed_although_the_answers_are_lost(world: World, bucket: str) -> None:
    with lossy_way(world) as way:
        way.lose = 1
        with deploy_lock(way.clients.s3, bucket=bucket, app_name=APP, what="on and on", lease=QUICK) as lock:
            way.lose = 1
            assert eventually(lambda: way.lose == 0)
            assert is_renewed_again(world, bucket)
            lock.check()
    refuse_if_held(world.clients.s3, bucket=bucket, app_name=APP)


def test_a_renewal_that_was_never_heard_of_is_found_by_the_next(world: World, bucket: str) -> None:
    with lossy_way(world) as way:
        once = way.clients.client("s3", total_max_attempts=1)
        with deploy_lock(once, bucket=bucket, app_name=APP, what="on and on", lease=QUICK) as lock:
            way.lose = 1
            assert eventually(lambda: way.lose == 0)
            assert is_renewed_again(world, bucket)
            lock.check()
    refuse_if_held(world.clients.s3, bucket=bucket, app_name=APP)


def unreachable(world: World) -> Any:
    from ops.clients import Clients

    environment = {**environment_of(world), "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    return Clients(region="eu-west-3", environment=environment).client("s3", total_max_attempts=1)


def environment_of(world: World) -> dict[str, str]:
    from ops.embedded import account

    return account.environment(world.account, "eu-west-3")


def take(world: World, bucket: str, lease: Lease = LASTING) -> None:
    with deploy_lock(world.clients.s3, bucket=bucket, app_name=APP, what="another", lease=lease):
        pass


def can_be_taken(world: World, bucket: str) -> bool:
    try:
        take(world, bucket, QUICK)
    except LockedError:
        return False
    return True


def is_renewed_again(world: World, bucket: str) -> bool:
    seen = {written(world, bucket)["nonce"]}

    def twice() -> bool:
        seen.add(written(world, bucket)["nonce"])
        return len(seen) > 2

    return eventually(twice)


def is_lost(lock: locks.Lock) -> bool:
    try:
        lock.check()
    except LockLostError:
        return True
    return False


def written(world: World, bucket: str) -> dict[str, Any]:
    answer = world.clients.s3.get_object(Bucket=bucket, Key=f"{APP}/deploy.lock")
    return dict(json.loads(answer["Body"].read()))


def s3_time(world: World, bucket: str) -> datetime:
    return world.clients.s3.head_object(Bucket=bucket, Key=f"{APP}/deploy.lock")["LastModified"]
