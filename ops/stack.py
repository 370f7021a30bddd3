"""The stack that Terraform describes, in one account: its bucket, its state, its variables, who is live."""

import json
from collections.abc import Mapping
from functools import cached_property

from ops import adoption, backend, versions, vitals
from ops.releases import Ledger
from ops.settings import TERRAFORM
from ops.target import Target, bucket_name
from ops.terraform import Terraform
from ops.versions import Live


class Stack:
    """The stack of a target; commands that change it hold the deploy lock."""

    def __init__(self, target: Target) -> None:
        """Work on the stack of `target`; nothing is asked or changed yet."""
        settings, clients = target.settings, target.clients
        self.target = target
        self.clients = clients
        self.app_name = settings.app_name
        self.region = settings.region
        self.bucket = bucket_name(settings, target.account_id)
        self.ledger = Ledger(clients.s3, bucket=self.bucket, app_name=self.app_name)

    @cached_property
    def terraform(self) -> Terraform:
        """The stack's commands in this account."""
        return self.target.terraform

    @property
    def live(self) -> Live | None:
        """What users reach, asked anew each time."""
        return versions.live(self.clients.lambda_, function=self.app_name)

    def address(self) -> str:
        """Return where users reach the page, as Terraform's state says, or the API itself; "" without either.

        Not as the last release says: a stack that was destroyed and applied anew has another one.
        """
        told = backend.outputs(self.clients.s3, bucket=self.bucket, app_name=self.app_name)
        if url := str(told.get("app_url") or ""):
            return url
        found = vitals.api(self.clients.apigatewayv2, self.app_name)
        return found.url if found else ""

    def connect(self) -> None:
        """Connect Terraform to the state in the bucket.

        Raises:
            TerraformError: It could not be initialised.
        """
        backend.link_configuration(TERRAFORM, self.terraform.directory)
        # The second one is for whoever uses plain Terraform there.
        for directory in (self.terraform.directory, TERRAFORM):
            backend.write_override(
                directory,
                bucket=self.bucket,
                app_name=self.app_name,
                account_id=self.target.account_id,
                region=self.region,
            )
        self.terraform.init()

    def prepare(self) -> str | None:
        """Connect Terraform to the state, to change it; return since when a dead run's lock lay on it.

        The caller holds the deploy lock.

        Raises:
            LockedError: Somebody else's Terraform has the state.
            TerraformError: It could not be initialised.
        """
        self.connect()
        return self.clear_stale_lock()

    def clear_stale_lock(self) -> str | None:
        """Remove the lock that a dead run left on the state; return since when it lay there, or None.

        Raises:
            LockedError: Somebody's Terraform has the state.
        """
        return backend.clear_stale_lock(self.clients.s3, bucket=self.bucket, app_name=self.app_name)

    def adoptable(self) -> dict[str, str]:
        """Return what a killed run created and no state knows, address => id."""
        recorded = backend.recorded(self.clients.s3, bucket=self.bucket, app_name=self.app_name)
        return adoption.adoptable(self.clients, app_name=self.app_name, region=self.region, recorded=recorded)

    def variables(
        self, image: str, live_version: str | None, adopted: Mapping[str, str] = {}
    ) -> dict[str, str]:
        """Return what Terraform is told beside the stage's file.

        Args:
            image: The image by digest.
            live_version: The version that users reach; the alias stays there.
            adopted: What a killed run created, address => id.
        """
        return {
            "aws_region": self.region,
            "app_name": self.app_name,
            "image_identifier": image,
            "image_repo_type": "ECR",  # an image from elsewhere is copied
            **({"live_version": live_version} if live_version else {}),
            **({"adopt": json.dumps(adopted)} if adopted else {}),
        }
