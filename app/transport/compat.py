"""The private names of Streamlit that the transport stands on, and a check that they are where they were.

Streamlit promises nothing about them, so the version is pinned to one minor release, and what a release
moved is named at start-up instead of at a user's first click.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from types import FunctionType
from typing import Final

from . import xsrf
from .assets import bundle

SUPPORTED: Final = "1.67"

# Module, attribute of the module ("" for the module itself), names that it must have.
_NAMES: Final = (
    ("streamlit.web.server.starlette.starlette_app", "App", "_create_runtime _resolve_script_path"),
    (
        "streamlit.web.server.starlette.starlette_websocket",
        "",
        "is_host_allowed _get_signed_cookie_with_chunks _parse_decoded_user_cookie gather_user_info",
    ),
    (
        "streamlit.web.server.starlette.starlette_app_utils",
        "",
        "parse_range_header validate_xsrf_token decode_xsrf_token_string create_signed_value "
        "decode_signed_value",
    ),
    ("streamlit.config", "", "_config_options_template _main_script_path"),
    (
        "streamlit.web.server.starlette.starlette_server_config",
        "",
        "SESSION_COOKIE_NAME TOKENS_COOKIE_NAME USER_COOKIE_NAME XSRF_COOKIE_NAME",
    ),
    ("streamlit.web.server.server_util", "", "allowlisted_origins get_cookie_secret is_xsrf_enabled"),
    ("streamlit.web.server.starlette.starlette_routes", "", "_set_cors_headers"),
    ("streamlit.auth_util", "", "get_expose_tokens_config"),
    ("streamlit.util", "", "ReadOnlyAttributeDictionary"),
    ("streamlit.runtime.scriptrunner_utils.script_requests", "", "_coalesce_widget_states"),
    (
        "streamlit.runtime",
        "Runtime",
        "connect_session handle_backmsg close_session get_app_session is_active_session "
        "get_client media_file_mgr dataframe_source_mgr uploaded_file_mgr",
    ),
    (
        "streamlit.runtime.app_session",
        "AppSession",
        "track_settling wait_until_settled is_settled _unsettle _settle_once_delivered request_rerun "
        "request_script_stop has_fragment matches_user_info session_state",
    ),
    ("streamlit.runtime.state.session_state", "SessionState", "_compact_state _reset_triggers"),
    ("streamlit.runtime.state.session_state", "KeyIdMapper", "set_key_id_mapping"),
    ("streamlit.runtime.pages_manager", "PagesManager", "set_current_page_script_hash"),
    ("streamlit.runtime.memory_media_file_storage", "MemoryMediaFileStorage", "load_and_get_id get_file"),
    (
        "streamlit.components.lib.local_component_registry",
        "LocalComponentRegistry",
        "register_component get_component get_component_path",
    ),
    (
        "streamlit.runtime.memory_uploaded_file_manager",
        "MemoryUploadedFileManager",
        "add_file get_files remove_file",
    ),
    ("streamlit.runtime.caching.cache_data_api", "", "_data_caches CACHE_DATA_MESSAGE_REPLAY_CTX"),
    (
        "streamlit.runtime.caching.cache_resource_api",
        "",
        "_resource_caches _no_op_release CACHE_RESOURCE_MESSAGE_REPLAY_CTX",
    ),
    ("streamlit.runtime.caching.cache_resource_api", "ResourceCaches", "get_cache clear_all"),
    (
        "streamlit.runtime.caching.cache_resource_api",
        "ResourceCache",
        "read_result write_result write_result_if_current write_background_refresh_result _clear is_active",
    ),
    (
        "streamlit.runtime.caching.cached_message_replay",
        "CachedMessageReplayContext",
        "_most_recent_messages",
    ),
    ("streamlit.runtime.caching.ttl_cleanup_cache", "TTLCleanupCache", "safe_del"),
    ("streamlit.runtime.caching.storage.dummy_cache_storage", "", "DummyCacheStorage"),
    (
        "streamlit.runtime.caching.storage.local_disk_cache_storage",
        "LocalDiskCacheStorageManager",
        "create clear_all check_context",
    ),
    (
        "streamlit.runtime.caching.storage.in_memory_cache_storage_wrapper",
        "InMemoryCacheStorageWrapper",
        "has get set delete clear close stats_families get_stats",
    ),
    ("streamlit.runtime.caching.cache_utils", "", "TTLCACHE_TIMER"),
    ("streamlit.runtime.caching.cache_background_refresh", "", "_background_refresh_manager"),
    ("streamlit.runtime.caching.cache_background_refresh", "_BackgroundRefreshManager", "submit"),
)
_FIELDS: Final = (
    (
        "streamlit.runtime.state.session_state",
        "SessionState",
        "_old_state _new_session_state _new_widget_state _key_id_mapper _query_param_bound_widget_ids "
        "_persist_tracker query_params",
    ),
    ("streamlit.runtime.state.session_state", "WStates", "states widget_metadata"),
    ("streamlit.runtime.state.session_state", "KeyIdMapper", "_key_id_mapping"),
    (
        "streamlit.runtime.scriptrunner_utils.script_run_context",
        "ScriptRunContext",
        "session_id cached_message_hashes",
    ),
    (
        "streamlit.runtime.state.common",
        "WidgetMetadata",
        "id deserializer serializer value_type callback callbacks disabled",
    ),
    (
        "streamlit.runtime.caching.cached_message_replay",
        "CachedResult",
        "value messages main_id sidebar_id stored_at",
    ),
)
# Attributes that only instances have: looked for in the code of __init__.
_ATTRIBUTES: Final = (
    (
        "streamlit.runtime.app_session",
        "AppSession",
        "_client_state _fragment_storage _background_tasks _user_info _pages_manager",
    ),
    (
        "streamlit.runtime.media_file_manager",
        "MediaFileManager",
        "_storage _lock _deferred_callables",
    ),
    (
        "streamlit.runtime.dataframe_source_manager",
        "DataframeSourceManager",
        "_lock _sources_by_session_and_coord",
    ),
    ("streamlit.runtime.memory_media_file_storage", "MemoryMediaFileStorage", "_files_by_id"),
    ("streamlit.runtime.fragment", "MemoryFragmentStorage", "_fragments"),
    ("streamlit.runtime.pages_manager", "PagesManager", "_pages"),
    ("streamlit.runtime.caching.cache_data_api", "DataCaches", "_caches_lock _function_caches"),
    ("streamlit.runtime.caching.cache_resource_api", "ResourceCaches", "_caches_lock _function_caches"),
    (
        "streamlit.runtime.caching.cache_resource_api",
        "ResourceCache",
        "_mem_cache _mem_cache_lock _user_on_release",
    ),
    ("streamlit.web.server.starlette.starlette_app", "App", "_runtime _on_script_error"),
)


class IncompatibleStreamlitError(RuntimeError):
    """The installed Streamlit is not the one this transport was written for. Nothing was started."""


def check_version() -> None:
    """Make sure that Streamlit is of the minor release we know, without importing it.

    Raises:
        IncompatibleStreamlitError: it is another.
    """
    version = metadata.version("streamlit")
    if not version.startswith(f"{SUPPORTED}."):
        raise IncompatibleStreamlitError(
            f"The transport was not tried with Streamlit {version}. Install streamlit=={SUPPORTED}.*"
        )


def check(known: Mapping[str, str] | None = None) -> None:
    """Make sure that Streamlit has every name we use. Imports Streamlit.

    Args:
        known: a fingerprint that was found good when the image was built. If it is that of the Streamlit
            installed here, there is nothing left to check.

    Raises:
        IncompatibleStreamlitError: says what moved.
    """
    if known is not None and known == fingerprint():
        return
    missing = list(missing_names())
    if missing:
        raise IncompatibleStreamlitError(
            f"Streamlit {metadata.version('streamlit')} lacks {', '.join(missing)}. "
            f"Install streamlit=={SUPPORTED}.*"
        )


def fingerprint() -> dict[str, str]:
    """SHA-256 of each file that the check looks at, and of the check itself. Does not import Streamlit."""
    modules = sorted({module for module, _, _ in (*_NAMES, *_FIELDS, *_ATTRIBUTES)})
    files = [*map(_file_of, modules), *_entry_scripts(), Path(__file__)]
    return {"/".join(file.parts[-3:]): _digest(file) for file in files}


def missing_names() -> Iterator[str]:
    """Dotted names that we use and the installed Streamlit does not have."""
    for module, owner, names in _NAMES:
        yield from _missing(module, owner, names, _attributes)
    for module, owner, names in _FIELDS:
        yield from _missing(module, owner, names, _fields)
    for module, owner, names in _ATTRIBUTES:
        yield from _missing(module, owner, names, _assigned)
    if not any(b"new WebSocket(" in script.read_bytes() for script in _entry_scripts()):
        yield 'static/js: "new WebSocket("'
    yield from _unreadable_token()


def _missing(module: str, owner: str, names: str, have: object) -> Iterator[str]:
    found: object = None
    try:
        found = importlib.import_module(module)
        if owner:
            found = getattr(found, owner)
    except (ImportError, AttributeError):
        yield f"{module}.{owner}".rstrip(".")
        return
    assert callable(have)  # noqa: S101 - one of the three functions below
    known = have(found)
    yield from (f"{module}.{owner}.{name}".replace("..", ".") for name in names.split() if name not in known)


def _attributes(owner: object) -> set[str]:
    return set(dir(owner))


def _fields(owner: type) -> set[str]:
    return {field.name for field in dataclasses.fields(owner)}


def _assigned(owner: type) -> set[str]:
    # With its bases: once an app was made here, `owner` may be a class of ours on top of Streamlit's.
    inits = [vars(each).get("__init__") for each in owner.__mro__]
    codes = [init.__code__ for init in inits if isinstance(init, FunctionType)]
    return {name for code in codes for name in code.co_names}


def _unreadable_token() -> Iterator[str]:
    """The XSRF token that we make without Streamlit must be one that it reads."""
    from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
    from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

    if XSRF_COOKIE_NAME != xsrf.COOKIE_NAME or decode_xsrf_token_string(xsrf.new_token())[0] is None:
        yield "its XSRF cookie in format 2"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "absent"


def _file_of(module: str) -> Path:
    """The file of a module of Streamlit, found without importing it; it may not exist."""
    path = bundle.package().joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _entry_scripts() -> list[Path]:
    return sorted((bundle.static() / "static" / "js").glob("index.*.js"))
