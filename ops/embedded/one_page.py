"""An account in which one function is deployed, behind one HTTP API: what `invoke serve` runs."""

import random
from typing import Final

from ops.embedded.code import Code
from ops.embedded.deployed import FunctionVersion, HttpApi, UnknownFunctionError, latest_arn, split_function

REGION: Final = "eu-west-3"
FUNCTION: Final = "page"
API_ID: Final = "page"
LOG_GROUP: Final = f"/aws/lambda/{FUNCTION}"

# The defaults of terraform/variables.tf.
MEMORY_MB = 2048
STORAGE_MB = 512
TIMEOUT_S = 300
API_TIMEOUT_S = 30.0

_INTEGRATION = (
    f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{latest_arn(REGION, FUNCTION)}/invocations"
)


class OnePage:
    """Knows the one function, which never changes (a `Deployments`)."""

    revision = 0

    def __init__(self, code: Code, environment: dict[str, str]) -> None:
        """Deploy `code` with the variables in `environment`."""
        self._code = code
        self._function = FunctionVersion(
            name=FUNCTION,
            region=REGION,
            version="$LATEST",
            arn=latest_arn(REGION, FUNCTION),
            revision="",
            image_uri="",
            memory_mb=MEMORY_MB,
            storage_mb=STORAGE_MB,
            timeout_s=TIMEOUT_S,
            log_group=LOG_GROUP,
            log_format="JSON",
            environment=environment,
        )

    def function_version(
        self,
        region: str,
        function: str,
        qualifier: str | None,  # noqa: ARG002 - it has one version
        choice: random.Random,  # noqa: ARG002 - and no alias
    ) -> FunctionVersion:
        """Return the one there is."""
        if (region, split_function(function)[0]) != (REGION, FUNCTION):
            raise UnknownFunctionError(f"Function not found: {latest_arn(region, function)}")
        return self._function

    def aliased_versions(self, region: str, function: str) -> set[str]:  # noqa: ARG002 - there are none
        """Return no version: there is no alias."""
        return set()

    def reserved_concurrency(self, region: str, function: str) -> int | None:  # noqa: ARG002 - for each alike
        """Return None: requests wait for an instance."""
        return None

    def event_retries(self, region: str, function: str) -> int:  # noqa: ARG002 - for each alike
        """Return 0: nobody sends it events."""
        return 0

    def code(self, function: FunctionVersion) -> Code:  # noqa: ARG002 - the only one
        """Return the page's."""
        return self._code

    def http_apis(self) -> list[HttpApi]:
        """Return the one API, which passes every request on."""
        return [
            HttpApi(
                id=API_ID,
                region=REGION,
                endpoint="",
                stage="$default",
                routes={"$default": _INTEGRATION},
                access_log_group=None,
                access_log_format="",
                throttling_rate=None,
                throttling_burst=None,
                cors={},
                timeouts_s={"$default": API_TIMEOUT_S},
            )
        ]

    def check_api_may_invoke(self, api: HttpApi, integration_uri: str) -> None:
        """Allow it: both were made for each other."""
