"""Streamlit's options as `streamlit run` finds them: in STREAMLIT_* variables too.

Under another server than its own Streamlit reads `.streamlit/config.toml` and, of the variables, only the
sensitive ones: its command line reads the others. So they are read here with the options that
`streamlit run` has, by the library that it uses.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click
from streamlit import config

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


def from_environment() -> dict[str, Any]:
    """The options that STREAMLIT_* variables of this process set, by dotted name, and those of `FIXED`.

    Raises:
        UnusableOptionError: names the option, its variable and what is wrong.
    """
    command = click.Command("run", params=[_flag(option) for option in _options_in(os.environ)])
    try:
        found = command.make_context("run", []).params
    except click.UsageError as error:
        raise UnusableOptionError(error.format_message()) from error
    # "Not given" is None for an option of one value and () for one of several.
    given = {name.replace("_", "."): value for name, value in found.items() if value not in (None, ())}
    return {**given, **FIXED}


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
