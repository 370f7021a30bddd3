"""What the environment says about the engines: provider, models, servers, and which keys are present."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.insights.engines import KEY_NAMES, LOCAL, MISTRAL, OPENAI, EngineChoice

ROOT = Path(__file__).resolve().parent.parent

# Behind a key's name: the variable that says which parameter holds it (keys.py).
PARAMETER = "_PARAMETER"

_MODEL_NAMES = {OPENAI: "OPENAI_MODEL", MISTRAL: "MISTRAL_MODEL"}
_URL_NAMES = {OPENAI: "OPENAI_BASE_URL", MISTRAL: "MISTRAL_SERVER_URL"}


@dataclass(frozen=True)
class Settings:
    """The configuration of the page. Keys are looked at for presence only and never kept here.

    `model_name` is None when the provider's own default applies; `models` holds the models of providers
    whichever is the default, `urls` servers other than theirs; `region` is where their own servers must
    stand. `read_key` reads a key by the name of its variable, each time anew.
    """

    provider: str = LOCAL
    model_name: str | None = None
    keys_present: frozenset[str] = field(default_factory=frozenset)
    models: dict[str, str] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    region: str | None = None
    # Not shown: it holds the environment.
    read_key: Callable[[str], str | None] = field(default=os.environ.get, repr=False, compare=False)

    @property
    def engine_choice(self) -> EngineChoice:
        """What `engines.engine` and `engines.available` need to know."""
        return EngineChoice(**vars(self))


def load(
    environ: Mapping[str, str] | None = None,
    *,
    directories: tuple[Path, ...] = (Path(), ROOT),
    read_key: Callable[[Mapping[str, str], str], str | None] = Mapping.get,
) -> Settings:
    """Read the settings from `environ` (default: the process), then from the first `.env` of `directories`.

    The environment always wins over the file, which is for `streamlit run` on a laptop. `read_key` finds the
    value of a key in both, by the name of its variable; `keys.read` also looks where a variable points.
    """
    environ = os.environ if environ is None else environ
    values = {**_dotenv(directories), **environ}
    return Settings(
        provider=_value(values, "MODEL_PROVIDER").lower() or LOCAL,
        model_name=_value(values, "MODEL_NAME") or None,
        keys_present=frozenset(
            who for who, name in KEY_NAMES.items() if _value(values, name) or _value(values, name + PARAMETER)
        ),
        models=_present(values, _MODEL_NAMES),
        urls=_present(values, _URL_NAMES),
        region=_value(values, "MODEL_REGION").lower() or None,
        read_key=lambda name: read_key({**_dotenv(directories), **environ}, name),
    )


def _value(values: Mapping[str, str], name: str) -> str:
    return values.get(name, "").strip()


def _present(values: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Return by provider the variables that are set to something."""
    return {provider: value for provider, name in names.items() if (value := _value(values, name))}


def _dotenv(directories: tuple[Path, ...]) -> dict[str, str]:
    path = next((file for folder in directories if (file := folder / ".env").is_file()), None)
    if path is None:
        return {}
    # The image has no .env; its first page shouldn't pay for the parser.
    from dotenv import dotenv_values

    return {name: value for name, value in dotenv_values(path).items() if value is not None}
