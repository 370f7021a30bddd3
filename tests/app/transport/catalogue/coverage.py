"""What of Streamlit's public interface no page of the catalogue uses.

`python -m tests.app.transport.catalogue.coverage` fails when there is any. What is asked for is read off the
installed Streamlit: its commands, the methods of its containers and namespaces, and every option with which
a page lets the browser talk back. What is used is read off the pages' source.
"""

import ast
import inspect
import sys
from collections.abc import Iterator

import streamlit
from streamlit.delta_generator import DeltaGenerator

from tests.app.transport.catalogue.cases import PAGES

# Options that say how a thing looks, or give it its content: a message to the browser and no more. All other
# options are asked for, so a new one that Streamlit adds is missing until somebody has looked at it.
SHOWN = frozenset(
    """
    _cache accept_audio alt altair_chart anchor anchors audio_sample_rate autocomplete autoplay autoscroll
    avatar body border caption captions channels chart_data chart_type clamp clear_figure code_location color
    column_config column_order columns config data default delta delta_arrow delta_color delta_description
    dense disabled dismissible divider duration end_time exception expanded fig figure_or_data figure_or_dot
    file_name file_type filter_mode format format_func func gap hash_funcs height help hide_header hide_index
    horizontal horizontal_alignment icon icon_image icon_position image index initial_sidebar_state key label
    label_visibility language latitude layout line_numbers link longitude loop max_chars max_entries
    max_selections max_size max_value max_visible_pages menu_items mime min_column_width min_value muted name
    num_pages num_rows obj on_release options output_format page page_icon page_title pages persist
    placeholder position provider pydeck_obj refresh_mode renderer required resolution row_height sample_rate
    select_all shortcut show_spinner show_time size sort spec src stack start_time state step stream subtitles
    tab_index tabs text text_alignment theme title ttl type unsafe_allow_html unsafe_allow_javascript url
    use_column_width use_container_width value vertical_alignment visibility width wrap wrap_lines x x_label
    y y_label zoom
    """.split()  # noqa: SIM905 - 150 quoted words read worse
)

NAMESPACES = ("query_params", "context", "session_state", "column_config", "secrets", "user")

# Why nothing of these is in the catalogue; docs/transport.md says so of all that cannot be carried.
EXCLUDED = {
    "App": "an ASGI app of the page's own: the transport is one itself, and `create_app` stands for it",
    "plotly_chart": "plotly is not among the locked packages; its selections are widget values like others",
    "pyplot": "matplotlib is not among the locked packages; its output is an image",
    "pdf": "streamlit-pdf is not among the locked packages; it is a component",
}


def missing() -> list[str]:
    """What is public, talks to the server or is shown by it, and is on no page; sorted."""
    asked, used = set(commands()) | set(options()) | set(members()), set(uses())
    return sorted(name for name in asked - used if name not in EXCLUDED)


def commands() -> Iterator[str]:
    """Every public callable of `st` and method of a container."""
    for name in dir(streamlit):
        thing = getattr(streamlit, name)
        if (
            not name.startswith("_")
            and (callable(thing) or name in NAMESPACES)
            and not inspect.ismodule(thing)
        ):
            yield name
    for name in dir(DeltaGenerator):
        if not name.startswith("_") and name != "dg":
            yield name


def options() -> Iterator[str]:
    """`command.option` of every option that talks."""
    for name in commands():
        thing = getattr(streamlit, name, None)
        if callable(thing) and not inspect.isclass(thing):
            for option in _parameters(thing):
                if option not in SHOWN and name not in EXCLUDED:
                    yield f"{name}.{option}"


def members() -> Iterator[str]:
    """`namespace.member` of what a page reads about its session, its browser and its settings."""
    for namespace in NAMESPACES:
        thing = getattr(streamlit, namespace)
        for name in dir(thing if inspect.ismodule(thing) else type(thing)):
            if name[0].isupper() or (namespace == "context" and not name.startswith("_")):
                yield f"{namespace}.{name}"


def _parameters(thing: object) -> list[str]:
    try:
        parameters = inspect.signature(thing).parameters.values()  # type: ignore[arg-type]  # it is callable
        return [one.name for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    except (TypeError, ValueError):
        return []


def uses() -> Iterator[str]:
    """The same names, as the pages' source has them."""
    for page in sorted(PAGES.rglob("*.py")):
        for node in ast.walk(ast.parse(page.read_text())):
            if isinstance(node, ast.Attribute):
                yield node.attr
                if isinstance(node.value, ast.Attribute | ast.Name):
                    yield f"{_last_name(node.value)}.{node.attr}"
            if isinstance(node, ast.Call):
                yield from (f"{_last_name(node.func)}.{word.arg}" for word in node.keywords if word.arg)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


if __name__ == "__main__":
    lines = missing()
    print("\n".join(f"No page of the catalogue uses {name}." for name in lines))
    sys.exit(1 if lines else 0)
