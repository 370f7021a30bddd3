"""Checks of what is in the account: keys, function, alias, logs, locks."""

from ops import access, backend, vitals
from ops.checks.patient import Finding, Patient
from ops.keys.providers import PARAMETER, PROVIDERS
from ops.versions import ALIAS


def session_key(patient: Patient) -> Finding:
    """Is the key there that seals sessions, without which the function does not start?"""
    name = patient.settings.session_key_parameter
    if name in _parameters(patient):
        return Finding("ok", name)
    if _function(patient) is None:
        return Finding("not applicable", f"{name} is not there yet: `invoke deploy` makes it")
    return Finding("failed", f"{name} is missing", "Run `invoke deploy`: it makes one. Sessions begin anew.")


def sign_in(patient: Patient) -> Finding:
    """Is the secret there without which nobody can sign in, where the page asks for it?"""
    settings = patient.settings
    if not access.is_restricted(settings):
        return Finding("not applicable", "the page asks for no sign-in")
    if access.missing(settings, _parameters(patient)):
        name = settings.runtime_parameter(access.CLIENT_SECRET)
        return Finding("failed", f"{name} is missing: nobody can sign in", "Run `invoke access.set-secret`.")
    return Finding("ok", settings.runtime_parameter(access.CLIENT_SECRET))


def model_key(patient: Patient) -> Finding:
    """Is the key of the model provider in Systems Manager?"""
    model_provider = patient.settings.variable("model_provider")
    if model_provider not in PROVIDERS:
        return Finding("not applicable", f"model provider {model_provider} needs none")
    name = PROVIDERS[model_provider].parameter_of(patient.app_name)
    if name in _parameters(patient):
        return Finding("ok", name)
    return Finding(
        "failed",
        f"{name} is missing, and the model provider is {model_provider}",
        f"Run `invoke keys.set --provider {model_provider}`, and `invoke deploy` if nothing is deployed yet.",
    )


def function_key(patient: Patient) -> Finding:
    """Does what users reach have the key of its model provider? Names are looked at, never values."""
    variables = _live_variables(patient)
    if variables is None:
        return Finding("not applicable", "nothing is deployed")
    model_provider = variables.get("MODEL_PROVIDER", "")
    if model_provider not in PROVIDERS:
        return Finding("not applicable", f"the function's model provider {model_provider} needs none")
    variable = PROVIDERS[model_provider].variable
    if variables.get(variable):
        return Finding("ok", f"{variable} is set")
    if where := variables.get(variable + PARAMETER):
        return Finding("ok", f"{variable} is read from {where}")
    return Finding("failed", f"{variable} is not set in the live version", "Run `invoke deploy`: it sets it.")


def alias(patient: Patient) -> Finding:
    """Does the alias lead users to a version that runs?"""
    found, live = _function(patient), vitals.live(patient.clients.lambda_, patient.app_name)
    if found is None:
        return Finding("not applicable", "nothing is deployed")
    if live is None:
        return Finding("failed", "no alias leads users to a version", "Run `invoke deploy`: it makes it.")
    if found.state == "Failed" or found.update == "Failed":
        return Finding("failed", f"the function is {found.state}: {found.reason}", "Run `invoke deploy`.")
    if found.reserved == 0:
        opening = vitals.opening(patient.app_name, region=patient.settings.region)
        fix = f"To open it: {_environment(patient)}{opening}"
        return Finding("failed", "the page is closed: its function may run nothing", fix)
    shares = "".join(f", {share:.0%} of the users reach {v}" for v, share in live.weights.items())
    return Finding("ok", f"version {live.version}{shares}")


def log_groups(patient: Patient) -> Finding:
    """Do function and API have somewhere to write?"""
    if _function(patient) is None:
        return Finding("not applicable", "nothing is deployed")
    wanted = {f"/aws/lambda/{patient.app_name}", f"/aws/apigateway/{patient.app_name}"}
    describe = patient.clients.logs.describe_log_groups
    found = {
        group["logGroupName"] for name in wanted for group in describe(logGroupNamePrefix=name)["logGroups"]
    }
    if missing := wanted - found:
        fix = "Run `invoke deploy --plan`: Terraform makes them."
        return Finding("failed", f"{', '.join(sorted(missing))} is missing", fix)
    return Finding("ok", ", ".join(sorted(wanted)))


def deploy_lock(patient: Patient) -> Finding:
    """Does anybody deploy? A lock whose holder died expires by itself."""
    held = vitals.held_by(patient.clients.s3, bucket=patient.bucket, app_name=patient.app_name)
    return Finding("warning", held, "Wait until it is over.") if held else Finding("ok", "nobody deploys")


def state_lock(patient: Patient) -> Finding:
    """Did somebody leave Terraform's state locked?"""
    s3, name = patient.clients.s3, patient.app_name
    held = backend.state_lock(s3, bucket=patient.bucket, app_name=name)
    if held is None:
        return Finding("ok", "nobody has the state")
    seen = f"{held.get('Who')} locked the state at {held.get('Created')} ({held.get('Operation')})"
    if vitals.held_by(s3, bucket=patient.bucket, app_name=name):
        return Finding("warning", seen, "Wait until the deployment is over.")
    return Finding(
        "failed",
        seen,
        f"If that was you, `invoke deploy` removes it. If it is dead: {_environment(patient)}"
        f"{backend.unlock(held)}",
    )


def _environment(patient: Patient) -> str:
    """Return what a shell needs before it asks the embedded account."""
    return 'eval "$(invoke env)"; ' if patient.is_embedded else ""


def _parameters(patient: Patient) -> set[str]:
    return {key.name for key in vitals.keys(patient.clients.ssm, patient.app_name)}


def _function(patient: Patient) -> vitals.Function | None:
    return vitals.function(patient.clients.lambda_, patient.app_name)


def _live_variables(patient: Patient) -> dict[str, str] | None:
    lambda_ = patient.clients.lambda_
    try:
        live = lambda_.get_function_configuration(FunctionName=patient.app_name, Qualifier=ALIAS)
    except lambda_.exceptions.ResourceNotFoundException:
        return None
    return live.get("Environment", {}).get("Variables", {})
