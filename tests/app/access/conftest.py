"""The app with a sign-in, on two instances behind a gateway, and a provider that knows four people."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.app.transport.gateway import Gateway, Instance, free_port, start_instance, wait_healthy
from tests.fakes.oidc import CLIENT_ID, CLIENT_SECRET, Provider

USERS = {
    "Ada": {"email": "ada@chu.example", "email_verified": True},
    "Bob": {"email": "bob@elsewhere.example", "email_verified": True},
    "Eve": {"email": "eve@chu.example", "email_verified": False},
    "Cleo": {"groups": ["pharmacie"]},
}


@dataclass
class Restricted:
    """A page with a sign-in.

    Attributes:
        path: where its secrets lie.
        environment: what its instances are told.
    """

    path: str
    url: str
    environment: dict[str, str]
    gateway: Gateway
    instances: list[Instance] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where the page is asked."""
        return int(self.url.rpartition(":")[2])

    @property
    def output(self) -> str:
        """What the instances wrote."""
        return "".join(instance.output.read_text() for instance in self.instances)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider(USERS) as provider:
        yield provider


@pytest.fixture(scope="module")
def serve(
    aws, ssm, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Restricted]]:
    """Starts the page as `environment` says; stops it at the end."""
    served: list[Restricted] = []

    def serve(*, has_client_secret: bool = True, count: int = 2, **environment: str) -> Restricted:
        port = free_port()
        url, path = f"http://127.0.0.1:{port}", f"/page-{port}/runtime"
        provider.redirect_uris.add(f"{url}/oauth2callback")
        secrets = {"session-key": base64.b64encode(b"k" * 32).decode(), "login-cookie-secret": "c" * 44}
        if has_client_secret:
            secrets["oidc-client-secret"] = CLIENT_SECRET
        for name, value in secrets.items():
            ssm.put_parameter(Name=f"{path}/{name}", Value=value, Type="SecureString")
        directory = tmp_path_factory.mktemp("sessions")
        told = {
            **aws,
            "ACCESS": "oidc",
            "OIDC_METADATA_URL": provider.metadata_url,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_ALLOWED_DOMAINS": "chu.example",
            "OIDC_ALLOWED_CLAIMS": "groups=pharmacie",
            "PUBLIC_URL": url,
            "RUNTIME_PARAMETERS_PATH": path,
            "SESSIONS_DIRECTORY": str(directory / "store"),
            "MODEL_PROVIDER": "local",
            **environment,
        }
        instances = [
            start_instance(["-m", "app"], told, tmp_path_factory.mktemp("instance") / "output")
            for _ in range(count)
        ]
        for instance in instances:
            wait_healthy(instance)
        one = Restricted(path, url, told, Gateway(instances, seed=1, port=port), instances)
        served.append(one)
        return one

    yield serve
    for one in served:
        one.gateway.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser's window, without cookies of other tests."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, locale="fr-FR")
    yield context.new_page()
    context.close()


@pytest.fixture
def pictures() -> Path:
    """Where what people see is kept to be looked at."""
    directory = Path(__file__).parents[3] / "artifacts" / "access"
    directory.mkdir(parents=True, exist_ok=True)
    return directory
