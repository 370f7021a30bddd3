import threading
from pathlib import Path

import pytest

from tests.app.transport.gateway import Gateway, start_instance, wait_healthy

PAGES = Path(__file__).parent / "pages"


@pytest.fixture
def clock():
    return Clock()


class Clock:
    """Epoch seconds that pass when told to."""

    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture(scope="session")
def start(tmp_path_factory):
    """Starts instances of a page that share one store; stops them all at the end."""
    started = []

    def start(page, count, store=None, health="/_stcore/health", **environment):
        directory = store or tmp_path_factory.mktemp("store")
        arguments = ["-m", "tests.app.transport.serve", str(PAGES / page), str(directory)]
        outputs = [tmp_path_factory.mktemp("instance") / "output" for _ in range(count)]
        instances = [start_instance(arguments, environment, output) for output in outputs]
        started.extend(instances)
        for instance in instances:
            wait_healthy(instance, health)
        return instances

    yield start
    for instance in started:
        instance.thaw()
        instance.kill()


@pytest.fixture(scope="session")
def dynamodb():
    """A client of a real local server that speaks DynamoDB, with the session table in it."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    client = boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="eu-west-3",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_table(
        TableName="sessions",
        KeySchema=[
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "part", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "part", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    yield client
    server.stop()


@pytest.fixture
def gateway():
    """Makes gateways in front of instances, and closes them."""
    made = []

    def make(instances, **options):
        made.append(Gateway(instances, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def together():
    """Runs a function in several threads that start at the same time, and returns what each gave."""

    def together(function, count):
        barrier, results = threading.Barrier(count), [None] * count

        def work(index):
            barrier.wait()
            results[index] = function(index)

        threads = [threading.Thread(target=work, args=(index,)) for index in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    return together
