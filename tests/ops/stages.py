"""A stage for tests that look at one: a small function with an alias, an address and a ledger."""

from dataclasses import dataclass
from pathlib import Path

from ops import backend, inputs, versions
from ops.embedded import account
from ops.releases import Inputs, Release
from ops.settings import Embedded, Settings, Stage
from ops.stack import Stack
from ops.target import Target
from tests.ops.worlds import REGION, Function, World, make_api, make_function

TFVARS = Path("terraform/stages/local.tfvars")


@dataclass(frozen=True)
class Deployed:
    """A stage as a deployment leaves it."""

    stack: Stack
    function: Function

    @property
    def name(self) -> str:
        return self.function.name

    def release(self, result: str = "good") -> Release:
        """Write a release of what is live into the ledger, with what it was made from."""
        live = self.stack.live
        assert live is not None
        entry = self.stack.ledger.begin("code", image=live.image, tag="content-1")
        if result != "good":
            if result == "failed":
                self.stack.ledger.end(entry, "failed", reason="no luck")
            return entry.release
        found = Inputs(
            image="i",
            infrastructure="t",
            parameters=inputs.parameters(self.stack.clients.ssm, app_name=self.name),
            live=live.version,
            latest=str(inputs.latest_revision(self.stack.clients.lambda_, function=self.name)),
        )
        self.stack.ledger.end(entry, "good", version=live.version, url=self.function.url, inputs=found)
        return entry.release

    def publish(self, value: str) -> str:
        """Publish another version that users do not reach yet; return it."""
        lambda_ = self.stack.clients.lambda_
        lambda_.update_function_configuration(
            FunctionName=self.name, Environment={"Variables": {"MODEL_PROVIDER": "local", "V": value}}
        )
        return lambda_.publish_version(FunctionName=self.name)["Version"]

    def try_on(self, version: str, share: float) -> None:
        """Send a part of the users to another version."""
        live = self.stack.live
        assert live is not None
        lambda_ = self.stack.clients.lambda_
        versions.move(lambda_, function=self.name, to=live.version, since=live, weights={version: share})

    def put_key(self, name: str, value: str = "very-secret") -> None:
        """Write a key, such as "runtime/session-key"."""
        ssm = self.stack.clients.ssm
        ssm.put_parameter(Name=f"/{self.name}/{name}", Value=value, Type="SecureString", Overwrite=True)


def stack_of(world: World, app_name: str) -> Stack:
    """The stack of an application, whether there is one or not, in the embedded account."""
    settings = Settings(
        stage_name="local",
        stage=Stage(embedded=True, tfvars=TFVARS),
        app_name=app_name,
        region=REGION,
        embedded=Embedded(),
    )
    environment = account.environment(world.account, REGION)
    return Stack(Target(settings, "123456789012", world.clients, environment, world.account))


def deploy(world: World, image: str) -> Deployed:
    """Make a function, its alias, its API, its table, its session key, its log groups and its bucket."""
    clients = world.clients
    function = make_function(clients, image, Environment={"Variables": {"MODEL_PROVIDER": "local"}})
    clients.logs.create_log_group(logGroupName=f"/aws/apigateway/{function.name}")
    version = clients.lambda_.publish_version(FunctionName=function.name)["Version"]
    clients.lambda_.create_alias(FunctionName=function.name, Name="live", FunctionVersion=version)
    clients.dynamodb.create_table(
        TableName=f"{function.name}-sessions",
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    limits = {"ThrottlingRateLimit": 200, "ThrottlingBurstLimit": 500}
    function = make_api(clients, function, qualifier="live", DefaultRouteSettings=limits)
    stack = stack_of(world, function.name)
    backend.ensure_bucket(clients.s3, name=stack.bucket)
    deployed = Deployed(stack, function)
    deployed.put_key("runtime/session-key")
    return deployed
