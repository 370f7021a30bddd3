"""What the environment says about the engines: provider, model, and which keys are present."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.insights.engines import KEY_NAMES, LOCAL, EngineChoice

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """The configuration of the page. Keys are looked at for presence only and never kept here.

    `model_name` is None when the provider's own default applies.
    """

    provider: str = LOCAL
    model_name: str | None = None
    keys_present: frozenset[str] = field(default_factory=frozenset)

    @property
    def engine_choice(self) -> EngineChoice:
        """What `engines.engine` needs to know."""
        return EngineChoice(self.provider, self.keys_present)


def load(
    environ: Mapping[str, str] | None = None, *, directories: tuple[Path, ...] = (Path(), ROOT)
) -> Settings:
    """Read the settings from `environ` (default: the process), then from the first `.env` of `directories`.

    The environment always wins over the file, which is for `streamlit run` on a laptop.
    """
    environ = os.environ if environ is None else environ
    values = {**_dotenv(directories), **environ}
    return Settings(
        provider=values.get("MODEL_PROVIDER", "").strip().lower() or LOCAL,
        model_name=values.get("MODEL_NAME", "").strip() or None,
        keys_present=frozenset(
            provider for provider, name in KEY_NAMES.items() if values.get(name, "").strip()
        ),
    )


def _dotenv(directories: tuple[Path, ...]) -> dict[str, str]:
    path = next((file for folder in directories if (file := folder / ".env").is_file()), None)
    if path is None:
        return {}
    # The image has no .env; its first page shouldn't pay for the parser.
    from dotenv import dotenv_values

    return {name: value for name, value in dotenv_values(path).items() if value is not None}
