"""The text of modules, made to run from anywhere; and which module needs which."""

import json

import pytest

from app.transport.assets.modules import Graph, Module, rewrite

BUNDLE = ("a.1.js", "b.2.js")


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ('import{t as e}from"./a.1.js";', 'import{t as e}from"streamlit/a.1.js";'),
        ('import"./a.1.js";', 'import"streamlit/a.1.js";'),
        ('export*from"./a.1.js";', 'export*from"streamlit/a.1.js";'),
        ("let x=()=>import(`./b.2.js`)", "let x=()=>import(`streamlit/b.2.js`)"),
        ("await import( './b.2.js' )", "await import( 'streamlit/b.2.js' )"),
        (
            "new URL(`../media/x.png`,import.meta.url)",
            'new URL(`../media/x.png`,__streamlitModule("own.js"))',
        ),
    ],
)
def test_what_a_module_imports_is_named_without_regard_to_where_it_lies(text, moved):
    assert rewrite(text, "own.js", BUNDLE) == moved


@pytest.mark.parametrize(
    "text",
    [
        'import("https://elsewhere/a.1.js")',
        'import("./unknown.js")',
        "import(url)",
        'm.f=["./a.1.js","./b.2.js"]',
        "Array.from(`./`)",
        "import.meta.resolve(e)",
    ],
)
def test_what_is_no_import_of_the_bundle_stays_as_it_is(text):
    assert rewrite(text, "own.js", BUNDLE) == text


def module(name, *imports, dynamic=()):
    return Module(f"src/{name}", name, imports, tuple(dynamic), ())


def test_a_closure_holds_what_must_be_there_first_and_cycles_end():
    graph = Graph([module("a", "b"), module("b", "c"), module("c", "a", dynamic=["d"]), module("d")], "a")
    assert graph.closure("a") == {"a", "b", "c"}
    assert graph.closure("d") == {"d"}


def test_the_bundlers_notes_are_read(tmp_path):
    notes = {
        "index.html": {
            "file": "static/js/index.1.js",
            "imports": ["_a.js"],
            "dynamicImports": ["src/b.tsx"],
            "css": ["static/css/index.2.css"],
        },
        "_a.js": {"file": "static/js/a.1.js"},
        "src/b.tsx": {"file": "static/js/b.1.js", "imports": ["_a.js", "index.html"]},
        "_x.css": {"file": "static/css/index.2.css"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(notes))
    graph = Graph.read(tmp_path)
    assert graph.entry == Module("index.html", "index.1.js", ("a.1.js",), ("b.1.js",), ("index.2.css",))
    assert graph.closure("b.1.js") == {"a.1.js", "b.1.js", "index.1.js"}
