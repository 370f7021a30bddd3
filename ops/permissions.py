"""What each role has to be allowed: policies that follow from what the commands asked of an account.

`nox -s permissions` runs the commands and writes two things into terraform/permissions: `asked.json`, what
each command asked, and a policy for each of `ROLES`. A policy allows what the commands of its role asked, on
the resources of one stage, and nothing else. Written here is only what no request shows: the names of
resources, and what AWS demands on top of an action.

Placeholders stand for the stage: ${partition}, ${account_id}, ${region}, ${app_name}, and ${domain_name} and
${hosted_zone_id}, which are "none" where a stage has no name of its own.
"""

import fnmatch
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from string import Template
from typing import TYPE_CHECKING, Any, Final

from ops import backend, github
from ops.errors import OpsError
from ops.settings import TERRAFORM

if TYPE_CHECKING:
    from ops.stack import Stack

DIRECTORY: Final = TERRAFORM / "permissions"
RECORDING: Final = DIRECTORY / "asked.json"

# Command => action => where: resources, or the names that `_RESOURCES` has for them.
Asked = Mapping[str, Mapping[str, Iterable[str]]]

# What the plan of a pull request is: it takes no lock, and neither writes nor saves anything.
READ_ONLY_PLAN: Final = "plan --read-only"

# What takes back an option deletes what the option had made: no workflow does.
SWITCHING_OFF: Final = "deploy --allow-destroy"

_DEPLOYING = (
    *("init", "deploy", "plan", "apply", "rollback"),
    *("status", "doctor", "releases", "output", "drift"),
)
_HANDLING = ("logs", "access", "access.set-secret")
_KEYS = ("list", "set", "show", "history", "check", "restore", "delete", "restore-backup")

# Roles for GitHub Actions, as `invoke bootstrap` makes them.
GITHUB_ROLES: Final = ("plan", "build", "keys", "deploy")

# Who does what: those roles, and people.
ROLES: Final[dict[str, tuple[str, ...]]] = {
    "plan": (READ_ONLY_PLAN,),
    "build": ("push", "scan"),
    "keys": ("keys.check",),
    "deploy": _DEPLOYING,
    "deployer": (
        *(*_DEPLOYING, *_HANDLING, "rotate-key", *(f"keys.{verb}" for verb in _KEYS)),
        *(SWITCHING_OFF, "destroy"),
    ),
    "bootstrap": ("bootstrap",),
}

# Whoever may read a parameter's version may read its value: the action is the same, and the key policy of
# aws/ssm lets everybody of the account decrypt through Systems Manager. Only this keeps the two apart.
# Source: AWS Systems Manager User Guide, "Restricting decryption of SecureString parameter values".
_DENIED: Final[dict[str, tuple[str, ...]]] = {"plan": ("kms:Decrypt",)}


def _arns(service: str, *names: str, where: str = "${region}:${account_id}") -> tuple[str, ...]:
    return tuple(f"arn:${{partition}}:{service}:{where}:{name}" for name in names)


_BUCKET = backend.bucket_name(app_name="${app_name}", account_id="${account_id}", region="${region}")
_GROUPS = ("/aws/lambda/${app_name}", "/aws/apigateway/${app_name}")
_ROLE = "role/${app_name}-${region}"

# By the name of the statement that is about them.
_RESOURCES: Final[dict[str, tuple[str, ...]]] = {
    "StateBucket": _arns("s3", _BUCKET, where=":"),
    "StateAndLedger": _arns("s3", f"{_BUCKET}/*", where=":"),
    "Images": _arns("ecr", "repository/${app_name}"),
    "Function": _arns("lambda", "function:${app_name}", "function:${app_name}:*"),
    "Api": _arns("apigateway", "/apis", "/apis/*", where="${region}:"),
    "ApiDomain": _arns(
        "apigateway",
        *("/domainnames", "/domainnames/${domain_name}", "/domainnames/${domain_name}/*"),
        where="${region}:",
    ),
    # Distributions and certificates are named by AWS: their tags say whose they are.
    "Distribution": _arns("cloudfront", "distribution/*", where=":${account_id}"),
    "NewDistribution": _arns("cloudfront", "distribution/*", where=":${account_id}"),
    "OriginAccess": _arns("cloudfront", "origin-access-control/*", where=":${account_id}"),
    "Firewall": _arns(
        "wafv2",
        *("global/webacl/${app_name}-${region}/*", "global/managedruleset/*"),
        where="us-east-1:${account_id}",
    ),
    "Certificate": _arns("acm", "certificate/*", where="*:${account_id}"),
    "NewCertificate": _arns("acm", "certificate/*", where="*:${account_id}"),
    "Zone": _arns("route53", "hostedzone/${hosted_zone_id}", "change/*", where=":"),
    "Sessions": _arns("dynamodb", "table/${app_name}-sessions"),
    "Logs": _arns("logs", *(f"log-group:{name}{streams}" for name in _GROUPS for streams in ("", ":*"))),
    "KeyNames": _arns("ssm", "parameter/${app_name}"),
    "Keys": _arns("ssm", "parameter/${app_name}/*-api-key"),
    # Told apart from the secrets beside it: the address of the page, which a plan reads.
    "PublicUrl": _arns("ssm", "parameter/${app_name}/runtime/public-url"),
    "RuntimeSecrets": _arns("ssm", "parameter/${app_name}/runtime/*"),
    "FunctionRole": _arns("iam", _ROLE, where=":${account_id}"),
    "GitHubRoles": _arns("iam", *(f"{_ROLE}-{name}" for name in GITHUB_ROLES), where=":${account_id}"),
    "IdentityProvider": _arns("iam", f"oidc-provider/{github.ISSUER}", where=":${account_id}"),
    "Alarms": _arns("cloudwatch", "alarm:${app_name}-*"),
    "AlarmTopic": _arns("sns", "${app_name}-alarms"),
    "Budget": _arns("budgets", "budget/${app_name}-${region}", where=":${account_id}"),
    # Of a key nobody knows the name before it is there: its tag says whose it is.
    "Key": _arns("kms", "key/*"),
    # The same one, through Systems Manager alone.
    "KeyOfKeys": _arns("kms", "key/*"),
    "KeyAlias": _arns("kms", "alias/${app_name}"),
    "NewKey": ("*",),
    "PassFunctionRole": _arns("iam", _ROLE, where=":${account_id}"),
    "Account": ("*",),
}

_CONDITIONS: Final[dict[str, Any]] = {
    "Key": {"StringEquals": {"aws:ResourceTag/Application": "${app_name}"}},
    "KeyOfKeys": {
        "StringEquals": {
            "aws:ResourceTag/Application": "${app_name}",
            "kms:ViaService": "ssm.${region}.amazonaws.com",
        }
    },
    "NewKey": {"StringEquals": {"aws:RequestTag/Application": "${app_name}"}},
    "Distribution": {"StringEquals": {"aws:ResourceTag/Application": "${app_name}"}},
    "NewDistribution": {"StringEquals": {"aws:RequestTag/Application": "${app_name}"}},
    "Certificate": {"StringEquals": {"aws:ResourceTag/Application": "${app_name}"}},
    "NewCertificate": {"StringEquals": {"aws:RequestTag/Application": "${app_name}"}},
    # Asked recursively, a path tells what lies below it too, whatever is denied there: the runtime secrets.
    # Source: Systems Manager User Guide, "Restricting access to Parameter Store parameters".
    "KeyNames": {"StringEquals": {"ssm:Recursive": "false"}},
    "PassFunctionRole": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
}

# What makes something that AWS names: the tag that it is to have says whose it will be.
_MAKING = {
    "acm:RequestCertificate": "NewCertificate",
    "cloudfront:CreateDistribution": "NewDistribution",
    "kms:CreateKey": "NewKey",
}

# What IAM knows no resource for. Source: Service Authorization Reference.
_WITHOUT_RESOURCE = (
    *("cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics"),
    *("ecr:GetAuthorizationToken", "ecr:GetRegistryScanningConfiguration"),
    *("kms:DescribeKey", "kms:ListAliases", "lambda:GetAccountSettings"),
    *("logs:DescribeLogGroups", "s3:ListAllMyBuckets", "sns:GetSubscriptionAttributes", "sns:Unsubscribe"),
    *("ssm:DescribeParameters", "sts:GetCallerIdentity"),
)

# What AWS demands on top of an action, which no request shows.
# Sources: Lambda developer guide, "Create a function using a container image", Amazon ECR permissions; API
# Gateway developer guide, "Configure logging for HTTP APIs"; Amazon ECR user guide, "IAM permissions for
# pushing an image"; Service Authorization Reference, dependent actions. Tags come from default_tags.
_Demands = dict[str, tuple[str, ...]]
_READ_IMAGE: Final[_Demands] = {"Images": ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")}
_PASS_ROLE: Final[_Demands] = {"PassFunctionRole": ("iam:PassRole",)}
# AWS's own key asks for nothing; one of the stage's, or of the team's, leaves it to IAM.
_DECRYPT_KEY: Final[_Demands] = {"KeyOfKeys": ("kms:Decrypt",)}
_DEMANDED: Final[dict[tuple[str, str], _Demands]] = {
    ("lambda:CreateFunction", "Function"): {
        "Function": ("lambda:TagResource",),
        "Images": (*_READ_IMAGE["Images"], "ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy"),
        **_PASS_ROLE,
    },
    ("lambda:UpdateFunctionCode", "Function"): _READ_IMAGE,
    ("lambda:UpdateFunctionConfiguration", "Function"): _PASS_ROLE,
    ("apigateway:POST", "Api"): {
        "Api": ("apigateway:TagResource",),
        "Account": (
            *("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeResourcePolicies"),
            *("logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy"),
            "logs:UpdateLogDelivery",
        ),
    },
    # What others do with the key in the name of whoever asks them.
    # Sources: DynamoDB developer guide, "Encryption at rest: how to use a customer managed key"; Lambda
    # developer guide, "Securing environment variables"; Systems Manager user guide, "How Parameter Store
    # uses AWS KMS".
    ("kms:CreateKey", "NewKey"): {
        "NewKey": ("kms:TagResource",),
        "Key": ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
    },
    ("acm:RequestCertificate", "NewCertificate"): {"NewCertificate": ("acm:AddTagsToCertificate",)},
    # Source: CloudFront developer guide, "CloudFront API permissions", CreateDistributionWithTags.
    ("cloudfront:CreateDistribution", "NewDistribution"): {"NewDistribution": ("cloudfront:TagResource",)},
    ("wafv2:CreateWebACL", "Firewall"): {"Firewall": ("wafv2:TagResource",)},
    # Source: Systems Manager user guide, "Restricting decryption of SecureString parameter values".
    ("ssm:GetParameter", "Keys"): _DECRYPT_KEY,
    ("ssm:GetParameters", "Keys"): _DECRYPT_KEY,
    ("kms:CreateAlias", "KeyAlias"): {"Key": ("kms:CreateAlias",)},
    ("kms:DeleteAlias", "KeyAlias"): {"Key": ("kms:DeleteAlias",)},
    ("sns:CreateTopic", "AlarmTopic"): {"AlarmTopic": ("sns:TagResource",)},
    ("cloudwatch:PutMetricAlarm", "Alarms"): {"Alarms": ("cloudwatch:TagResource",)},
    ("budgets:ModifyBudget", "Budget"): {"Budget": ("budgets:TagResource",)},
    # Another certificate is a change of the name that is there.
    ("apigateway:POST", "ApiDomain"): {"ApiDomain": ("apigateway:PATCH", "apigateway:TagResource")},
    ("ssm:PutParameter", "PublicUrl"): {"PublicUrl": ("ssm:AddTagsToResource",)},
    ("dynamodb:CreateTable", "Sessions"): {"Sessions": ("dynamodb:TagResource",)},
    # A container engine shows a token, and looks first whether the image is there.
    ("ecr:PutImage", "Images"): {"Images": ("ecr:BatchGetImage",), "Account": ("ecr:GetAuthorizationToken",)},
    ("iam:CreateRole", "FunctionRole"): {"FunctionRole": ("iam:TagRole",)},
    ("logs:CreateLogGroup", "Logs"): {"Logs": ("logs:TagResource",)},
    # A stage that leaves its KMS key again.
    ("logs:AssociateKmsKey", "Logs"): {"Logs": ("logs:DisassociateKmsKey",)},
}


class UnknownResourceError(OpsError):
    """A command asked for something on a resource that no statement is about; nothing was written."""


def place(stack: "Stack") -> dict[str, str]:
    """Return what the placeholders stand for in a stage."""
    from botocore.session import Session

    settings = stack.target.settings
    return {
        "partition": Session().get_partition_for_region(stack.region),
        "account_id": stack.target.account_id,
        "region": stack.region,
        "app_name": stack.app_name,
        **{name: settings.variable(name) or "none" for name in ("domain_name", "hosted_zone_id")},
    }


def policy(role: str, of: Mapping[str, str]) -> dict[str, Any]:
    """Return a role's policy for the stage that `place` described."""
    text = (DIRECTORY / f"{role}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(Template(text).substitute(of))
    return found


def named(asked: Asked, of: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    """Return what was asked in a stage with names for resources, which are the same in each stage and run.

    Raises:
        UnknownResourceError: A resource has none.
    """
    return {
        command: {
            action: sorted({_name(action, resource, of) for resource in resources})
            for action, resources in sorted(actions.items())
        }
        for command, actions in sorted(asked.items())
    }


def _name(action: str, resource: str, of: Mapping[str, str]) -> str:
    if action in _WITHOUT_RESOURCE:
        return "Account"
    if new := _MAKING.get(action):
        return new
    for name, patterns in _RESOURCES.items():
        if name not in ("Account", *_MAKING.values()) and any(
            fnmatch.fnmatchcase(resource, Template(one).substitute(of)) for one in patterns
        ):
            return name
    raise UnknownResourceError(
        f"{action} was asked on {resource}, which ops/permissions.py has no name for. Nothing was written. "
        f"Name it there; for an action that has no resource in IAM, in _WITHOUT_RESOURCE."
    )


def document(role: str, asked: Asked) -> dict[str, Any]:
    """Return the policy of a role from what its commands asked, with names for resources."""
    allowed: dict[str, set[str]] = defaultdict(set)
    denied = _DENIED.get(role, ())
    for command in ROLES[role]:
        for action, names in asked[command].items():
            for name in names:
                allowed[name].add(action)
                for other, demanded in _DEMANDED.get((action, name), {}).items():
                    allowed[other].update(set(demanded).difference(denied))
    return {"Version": "2012-10-17", "Statement": [*_statements(allowed), *_denials(role)]}


def _statements(allowed: Mapping[str, Iterable[str]]) -> Iterator[dict[str, Any]]:
    for name, resources in _RESOURCES.items():
        if actions := sorted(allowed.get(name, ())):
            statement = {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": list(resources)}
            condition = {"Condition": _CONDITIONS[name]} if name in _CONDITIONS else {}
            yield {**statement, **condition}


def _denials(role: str) -> Iterator[dict[str, Any]]:
    if denied := _DENIED.get(role):
        yield {"Sid": "ReadNoSecret", "Effect": "Deny", "Action": list(denied), "Resource": ["*"]}
