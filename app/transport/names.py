"""What the transport uses of Streamlit, beyond what Streamlit documents for pages.

`compat` looks for all of it in the Streamlit that is installed. A test reads the source of the transport and
says which names are missing here. Each row: a module, a class or function in it ("" for the module itself),
and what it must have.
"""

from __future__ import annotations

from typing import Final

Rows = tuple[tuple[str, str, str], ...]

# Of a module or class: what can be imported from it, or called on it.
ATTRIBUTES: Final[Rows] = (
    ("streamlit", "", "session_state"),
    (
        "streamlit.auth_util",
        "",
        "get_cookie_with_chunks get_expose_tokens_config get_origin_from_redirect_uri",
    ),
    (
        "streamlit.components.lib.local_component_registry",
        "LocalComponentRegistry",
        "register_component get_component get_component_path",
    ),
    ("streamlit.components.types.base_custom_component", "BaseCustomComponent", "abspath name"),
    (
        "streamlit.components.v2.component_manager",
        "BidiComponentManager",
        "discover_and_register_components",
    ),
    (
        "streamlit.config",
        "",
        "_config_options _config_options_template _main_script_path get_config_options get_option set_option",
    ),
    ("streamlit.config_option", "ConfigOption", "DEFAULT_DEFINITION env_var"),
    ("streamlit.delta_generator", "", "DeltaGenerator"),
    ("streamlit.runtime", "", "Runtime RuntimeConfig get_instance"),
    ("streamlit.runtime.runtime", "", "RuntimeConfig"),
    (
        "streamlit.runtime.runtime",
        "Runtime",
        "connect_session handle_backmsg close_session get_app_session is_active_session get_client "
        "media_file_mgr dataframe_source_mgr uploaded_file_mgr cache_storage_manager",
    ),
    ("streamlit.runtime.runtime_util", "", "serialize_forward_msg"),
    (
        "streamlit.runtime.app_session",
        "AppSession",
        "track_settling wait_until_settled is_settled _unsettle _settle_once_delivered request_rerun "
        "request_script_stop has_fragment matches_user_info session_state",
    ),
    ("streamlit.runtime.fragment", "MemoryFragmentStorage", "clear"),
    ("streamlit.runtime.session_manager", "ClientContext", "cookies headers remote_ip"),
    ("streamlit.runtime.session_manager", "SessionClient", "client_context write_forward_msg"),
    ("streamlit.runtime.scriptrunner", "", "get_script_run_ctx"),
    ("streamlit.runtime.secrets", "", "secrets_singleton"),
    ("streamlit.runtime.scriptrunner_utils.script_requests", "", "_coalesce_widget_states"),
    ("streamlit.runtime.scriptrunner_utils.script_run_context", "", "get_script_run_ctx"),
    ("streamlit.runtime.state.common", "", "WidgetMetadata"),
    ("streamlit.runtime.state.session_state", "KeyIdMapper", "set_key_id_mapping"),
    ("streamlit.runtime.state.session_state", "SessionState", "_compact_state _reset_triggers"),
    ("streamlit.runtime.state.session_state", "WStates", "get"),
    ("streamlit.runtime.pages_manager", "PagesManager", "main_script_path set_current_page_script_hash"),
    ("streamlit.runtime.media_file_storage", "MediaFileKind", "DOWNLOADABLE"),
    (
        "streamlit.runtime.memory_media_file_storage",
        "MemoryMediaFileStorage",
        "load_and_get_id get_file get_url delete_file",
    ),
    (
        "streamlit.runtime.memory_media_file_storage",
        "MemoryFile",
        "content mimetype kind filename content_size",
    ),
    ("streamlit.runtime.memory_media_file_storage", "", "get_extension_for_mimetype"),
    (
        "streamlit.runtime.memory_uploaded_file_manager",
        "MemoryUploadedFileManager",
        "add_file get_files remove_file remove_session_files",
    ),
    ("streamlit.runtime.uploaded_file_manager", "", "UploadedFile"),
    ("streamlit.elements.widgets.file_uploader", "", "UploadedFile"),
    ("streamlit.elements.widgets.chat", "", "UploadedFile"),
    ("streamlit.runtime.uploaded_file_manager", "UploadedFileRec", "file_id name type data"),
    ("streamlit.runtime.caching.cache_background_refresh", "", "_background_refresh_manager"),
    ("streamlit.runtime.caching.cache_background_refresh", "_BackgroundRefreshManager", "submit"),
    ("streamlit.runtime.caching.cache_data_api", "", "_data_caches CACHE_DATA_MESSAGE_REPLAY_CTX"),
    ("streamlit.runtime.caching.cache_data_api", "DataCache", "is_active"),
    ("streamlit.runtime.caching.cache_errors", "", "CacheKeyNotFoundError"),
    (
        "streamlit.runtime.caching.cache_resource_api",
        "",
        "_resource_caches _no_op_release CACHE_RESOURCE_MESSAGE_REPLAY_CTX",
    ),
    (
        "streamlit.runtime.caching.cache_resource_api",
        "ResourceCache",
        "read_result write_result write_result_if_current write_background_refresh_result _clear is_active "
        "ttl_seconds max_entries",
    ),
    ("streamlit.runtime.caching.cache_resource_api", "ResourceCaches", "get_cache clear_all"),
    ("streamlit.runtime.caching.cache_utils", "", "TTLCACHE_TIMER"),
    (
        "streamlit.runtime.caching.cached_message_replay",
        "CachedMessageReplayContext",
        "_most_recent_messages",
    ),
    ("streamlit.runtime.caching.ttl_cleanup_cache", "TTLCleanupCache", "safe_del"),
    ("streamlit.runtime.caching.storage", "CacheStorage", "has get set delete clear close"),
    ("streamlit.runtime.caching.storage", "", "CacheStorageContext CacheStorageKeyNotFoundError"),
    ("streamlit.runtime.caching.storage.dummy_cache_storage", "", "DummyCacheStorage"),
    (
        "streamlit.runtime.caching.storage.in_memory_cache_storage_wrapper",
        "InMemoryCacheStorageWrapper",
        "has get set delete clear close stats_families get_stats",
    ),
    (
        "streamlit.runtime.caching.storage.local_disk_cache_storage",
        "LocalDiskCacheStorageManager",
        "create clear_all check_context",
    ),
    ("streamlit.url_util", "", "get_hostname"),
    ("streamlit.util", "", "ReadOnlyAttributeDictionary calc_hash"),
    ("streamlit.web.server.app_discovery", "", "discover_asgi_app"),
    ("streamlit.web.server.server_util", "", "allowlisted_origins get_cookie_secret is_xsrf_enabled"),
    (
        "streamlit.web.server.starlette.starlette_app",
        "App",
        "_build_starlette_app _create_runtime _resolve_script_path lifespan",
    ),
    (
        "streamlit.web.server.starlette.starlette_app_utils",
        "",
        "parse_range_header validate_xsrf_token decode_xsrf_token_string create_signed_value "
        "decode_signed_value",
    ),
    ("streamlit.web.server.starlette.starlette_routes", "", "_set_cors_headers"),
    (
        "streamlit.web.server.starlette.starlette_server_config",
        "",
        "SESSION_COOKIE_NAME TOKENS_COOKIE_NAME USER_COOKIE_NAME XSRF_COOKIE_NAME",
    ),
    (
        "streamlit.web.server.starlette.starlette_websocket",
        "",
        "is_host_allowed _parse_decoded_user_cookie gather_user_info",
    ),
)

# Of a dataclass.
FIELDS: Final[Rows] = (
    (
        "streamlit.runtime.runtime",
        "RuntimeConfig",
        "script_path media_file_storage uploaded_file_manager cache_storage_manager component_registry "
        "bidi_component_registry on_script_error",
    ),
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
    ("streamlit.runtime.state.session_state", "KeyIdMapper", "_key_id_mapping"),
    (
        "streamlit.runtime.state.session_state",
        "SessionState",
        "_old_state _new_session_state _new_widget_state _key_id_mapper _query_param_bound_widget_ids "
        "_persist_tracker query_params",
    ),
    ("streamlit.runtime.state.session_state", "WStates", "states widget_metadata"),
    (
        "streamlit.runtime.caching.cached_message_replay",
        "CachedResult",
        "value messages main_id sidebar_id stored_at",
    ),
    (
        "streamlit.runtime.caching.storage",
        "CacheStorageContext",
        "function_key ttl_seconds max_entries persist",
    ),
)

# That only objects of a class have: looked for in the code of its __init__.
ASSIGNED: Final[Rows] = (
    (
        "streamlit.runtime.app_session",
        "AppSession",
        "id _client_state _fragment_storage _background_tasks _user_info _pages_manager",
    ),
    ("streamlit.config_option", "ConfigOption", "key type multiple where_defined"),
    ("streamlit.runtime.fragment", "MemoryFragmentStorage", "_fragments"),
    (
        "streamlit.runtime.dataframe_source_manager",
        "DataframeSourceManager",
        "_lock _sources_by_session_and_coord",
    ),
    ("streamlit.runtime.media_file_manager", "MediaFileManager", "_storage _lock _deferred_callables"),
    ("streamlit.runtime.memory_media_file_storage", "MemoryMediaFileStorage", "_files_by_id"),
    (
        "streamlit.runtime.memory_uploaded_file_manager",
        "MemoryUploadedFileManager",
        "file_storage _total_bytes",
    ),
    ("streamlit.runtime.pages_manager", "PagesManager", "_pages _main_script_hash"),
    ("streamlit.runtime.uploaded_file_manager", "UploadedFile", "file_id _file_urls size"),
    ("streamlit.runtime.caching.cache_data_api", "DataCaches", "_caches_lock _function_caches"),
    ("streamlit.runtime.caching.cache_data_api", "DataCache", "storage"),
    (
        "streamlit.runtime.caching.cache_resource_api",
        "ResourceCache",
        "key validate _mem_cache _mem_cache_lock _user_on_release",
    ),
    ("streamlit.runtime.caching.cache_resource_api", "ResourceCaches", "_caches_lock _function_caches"),
    ("streamlit.web.server.starlette.starlette_app", "App", "_runtime _on_script_error"),
)

# Of a function: parameters that are passed by name.
PARAMETERS: Final[Rows] = (
    ("streamlit.config", "get_config_options", "force_reparse options_from_flags"),
    ("streamlit.runtime.runtime", "Runtime.connect_session", "session_id_override"),
    ("streamlit.runtime.runtime", "Runtime.handle_backmsg", "client"),
    ("streamlit.runtime.scriptrunner_utils.script_run_context", "get_script_run_ctx", "suppress_warning"),
    (
        "streamlit.runtime.memory_media_file_storage",
        "MemoryMediaFileStorage.load_and_get_id",
        "path_or_data mimetype kind filename",
    ),
    (
        "streamlit.runtime.caching.cache_resource_api",
        "ResourceCache.write_result",
        "value_key value messages",
    ),
    (
        "streamlit.runtime.caching.cache_resource_api",
        "ResourceCache.write_result_if_current",
        "value_key value messages invalidation_token",
    ),
    ("streamlit.web.server.starlette.starlette_app", "App", "script_path middleware secrets"),
)

# Of a message in protobuf.
MESSAGES: Final[Rows] = (
    ("streamlit.proto.BackMsg_pb2", "BackMsg", "rerun_script stop_script backend_operation_request"),
    (
        "streamlit.proto.ClientState_pb2",
        "ClientState",
        "query_string widget_states page_script_hash fragment_id cached_message_hashes",
    ),
    ("streamlit.proto.Common_pb2", "FileURLs", ""),
    (
        "streamlit.proto.BackMsg_pb2",
        "BackendOperationRequest",
        "request_id deferred_file dataframe_chunk",
    ),
    ("streamlit.proto.ForwardMsg_pb2", "ForwardMsg", "metadata delta script_finished session_status_changed"),
    ("streamlit.proto.WidgetStates_pb2", "WidgetState", "id trigger_value"),
)

# Of the settings that a page's owner may change.
OPTIONS: Final = (
    "browser.gatherUsageStats client.allowedOrigins client.showErrorDetails client.toolbarMode "
    "global.e2eTest logger.enableRich logger.level server.baseUrlPath server.cookieSecret server.enableCORS "
    "server.enableXsrfProtection server.fileWatcherType server.headless server.maxMessageSize "
    "server.maxUploadSize server.runOnSave server.sslCertFile server.sslKeyFile server.xsrfCookieSameSite"
)
