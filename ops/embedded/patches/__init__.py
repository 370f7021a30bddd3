"""What AWS does and moto 5.2.5 does not, as far as this project relies on it.

Each function of these modules changes one behaviour of moto in this process and says why. Each has a test in
tests/ops/embedded/test_patches.py that also runs against plain moto and fails once moto no longer needs it.
"""

import os
from collections.abc import Callable
from pathlib import Path

# Read by moto at import: Lambda then looks up the image in ECR and refuses one that is not there.
os.environ.setdefault("MOTO_LAMBDA_STUB_ECR", "false")

from ops.embedded import budgets, lifetimes, log_events, provisioned
from ops.embedded.patches import fronts, functions, images, logs, others
from ops.images import Login


def apply_all(
    *,
    layers: Path,
    api_endpoint: Callable[[str], str],
    url_endpoint: Callable[[str], str],
    distribution_endpoint: Callable[[str], str],
    registry: Callable[[str], tuple[str, Login]],
) -> None:
    """Change moto, once, before its first request.

    Args:
        layers: Directory for the bytes of image layers, one file per sha256 digest.
        api_endpoint: Returns the URL at which an HTTP API with this id answers.
        url_endpoint: Returns the URL at which a function URL with this id answers.
        distribution_endpoint: Returns the URL at which a distribution with this id answers.
        registry: Returns the host and port at which a region's registry answers, and what opens it.
    """
    lifetimes.forget_what_is_deleted()
    log_events.log_streams_pack_their_events()
    functions.lambda_revisions()
    functions.lambda_configuration()
    functions.lambda_versions_are_frozen()
    functions.lambda_version_numbers_are_used_once()
    functions.alias_revisions()
    functions.alias_takes_its_permissions_along()
    functions.permissions_have_names_of_their_own()
    functions.image_is_looked_up_by_its_whole_name()
    functions.function_that_is_stopped_says_so()
    images.layers_keep_their_bytes(layers)
    images.images_have_all_their_blobs()
    images.image_size_is_that_of_its_blobs()
    images.repositories_are_on_this_machine(registry)
    images.registry_has_a_password(registry)
    fronts.apis_answer_on_this_machine(api_endpoint)
    fronts.stages_can_be_changed()
    fronts.domain_names_are_available()
    fronts.function_urls_answer_on_this_machine(url_endpoint)
    fronts.distributions_answer_on_this_machine(distribution_endpoint)
    fronts.distributions_say_what_they_were_told()
    others.secure_strings_stay_sealed()
    others.parameters_name_their_writer()
    others.metrics_are_those_asked_for()
    logs.log_streams_are_found_by_their_prefix()
    logs.filter_patterns_are_evaluated_or_refused()
    logs.log_groups_take_another_key()
    others.tables_take_another_key()
    logs.live_tails_are_of_their_own_groups()
    others.identity_providers_take_more_audiences()
    budgets.budgets_are_read_back()
    budgets.budgets_can_be_changed()
    provisioned.aliases_keep_instances_ready()
