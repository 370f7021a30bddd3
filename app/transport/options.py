"""Streamlit's options as `streamlit run` finds them: in `.streamlit/config.toml` and STREAMLIT_* variables.

Under another server than its own Streamlit reads the files and, of the variables, only the sensitive ones:
its command line reads the others. So they are read here with the options that `streamlit run` has, by the
library that it uses. What anybody set goes above the transport's own defaults, but not above `FIXED`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click
from streamlit import config
from streamlit.config_option import ConfigOption

# Options that a variable or a file can't change, and why.
FIXED: dict[str, Any] = {
    # A watcher costs 0.3 s for each session that is restored, and files do not change in an image.
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    # Nobody sits at the machine that serves.
    "server.headless": True,
    # Encryption ends before the instance: at the API, at CloudFront.
    "server.sslCertFile": None,
    "server.sslKeyFile": None,
}


class UnusableOptionError(ValueError):
    """A STREAMLIT_* variable holds what its option does not take."""


def found(page: str) -> dict[str, Any]:
    """The options that somebody set for `page`, by dotted name, and those of `FIXED`.

    Args:
        page: absolute path; the files that count are those in its directory, the working directory and the
            user's home.

    Raises:
        UnusableOptionError: a variable can't be used; names it, its option and what is wrong.
    """
    config._main_script_path = page
    in_files = {
        name: option.value
        for name, option in config.get_config_options(force_reparse=True).items()
        # Themes inherit from each other: that is for Streamlit to work out, from its files.
        if option.where_defined != ConfigOption.DEFAULT_DEFINITION and not name.startswith("theme.")
    }
    # Or the second reading, which takes the result of this one, would warn that options have changed.
    config._config_options = None
    return {**in_files, **_from_variables(), **FIXED}


def _from_variables() -> dict[str, Any]:
    command = click.Command("run", params=[_flag(option) for option in _options_in(os.environ)])
    try:
        values = command.make_context("run", []).params
    except click.UsageError as error:
        raise UnusableOptionError(error.format_message()) from error
    # "Not given" is None for an option of one value and () for one of several.
    return {name.replace("_", "."): value for name, value in values.items() if value not in (None, ())}


def _options_in(environment: Mapping[str, str]) -> list[Any]:
    return [option for option in config._config_options_template.values() if option.env_var in environment]


def _flag(option: Any) -> click.Option:
    """The command-line option that `streamlit run` makes of a configuration option.

    Source: streamlit.web.cli, configurator_options.
    """
    return click.Option(
        [f"--{option.key}", option.key.replace(".", "_")],
        type=option.type,
        multiple=option.multiple,
        envvar=option.env_var,
        show_envvar=True,
    )
