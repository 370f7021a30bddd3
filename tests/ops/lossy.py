"""A way to an account on which answers get lost: AWS did what it was asked, and nobody hears of it."""

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from ops.clients import Clients
from ops.embedded import account
from tests.ops.passing import Request, passing
from tests.ops.worlds import REGION, World


class LossyWay:
    """A way on which the answers to the next `lose` writes are lost."""

    clients: Clients

    def __init__(self) -> None:
        self.lose = 0

    def is_heard(self, request: Request) -> bool:
        """Whether an answer arrives."""
        if request.method == "PUT" and self.lose:
            self.lose -= 1
            return False
        return True


@contextlib.contextmanager
def lossy_way(world: World) -> Iterator[LossyWay]:
    """Open such a way to a world's account."""
    way = LossyWay()
    with passing(urlsplit(world.account.endpoint).netloc, is_heard=way.is_heard) as endpoint:
        environment = {**account.environment(world.account, REGION), "AWS_ENDPOINT_URL": endpoint}
        way.clients = Clients(region=REGION, environment=environment)
        yield way
