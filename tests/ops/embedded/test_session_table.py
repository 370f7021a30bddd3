"""The session table that a served page has, asked over HTTP."""

import asyncio
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

from ops.clients import Clients
from ops.embedded import session_table
from ops.settings import ROOT
from tests.ops.embedded.test_patches import items_in_memory
from tests.ops.worlds import REGION

# moto's memory is of the whole process, and other tests of this one may have filled it.
ALONE = """
    import asyncio, pathlib, sys
    from tests.ops.embedded.test_session_table import items_left

    print(asyncio.run(items_left(pathlib.Path(sys.argv[1]))))
"""


def test_a_session_that_is_replaced_leaves_the_memory(tmp_path: Path) -> None:
    script = [sys.executable, "-c", textwrap.dedent(ALONE), str(tmp_path)]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


async def items_left(home: Path) -> list[object]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with session_table.serving(listener, home=home, region=REGION, access_key="EMBDKEY"):
            return await asyncio.to_thread(_replace_and_look, endpoint)


def _replace_and_look(endpoint: str) -> list[object]:
    keys = {"AWS_ACCESS_KEY_ID": "EMBDKEY", "AWS_SECRET_ACCESS_KEY": "x"}
    clients = Clients(region=REGION, environment={"AWS_ENDPOINT_URL": endpoint, **keys})
    for version in ("1", "2"):
        item = {"id": {"S": "session"}, "part": {"S": "0"}, "version": {"N": version}}
        clients.dynamodb.put_item(TableName=session_table.TABLE, Item=item)
    return items_in_memory(clients, access_key="EMBDKEY")
