"""What the transport uses of Streamlit, read off its source: so that no name is missing from `compat`.

Types are not known here, so this finds what an import, a private name, a keyword or an overridden method
gives away. A public method of a Streamlit object that the transport only calls is for its author to list.
"""

import ast
import importlib
import importlib.util
from pathlib import Path

TRANSPORT = Path(__file__).parents[3] / "app" / "transport"


def uses(file):
    """Triples of module, class or "", and name that `file` needs; module and class "" where unknown."""
    return _Reader(ast.parse(file.read_text(encoding="utf-8"))).found


def files():
    return sorted(TRANSPORT.rglob("*.py"))


class _Reader(ast.NodeVisitor):
    def __init__(self, tree):
        self.found = set()
        self._modules = {}  # names of this file that stand for modules of Streamlit
        self._names = {}  # and those that stand for something in one, as (module, name)
        self._own = set(_defined(tree))
        self.visit(tree)

    def visit_If(self, node):
        # What only a type checker imports is not there to be missed.
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def visit_Import(self, node):
        for alias in node.names:
            if alias.name.split(".")[0] == "streamlit":
                self._modules[alias.asname or alias.name] = alias.name

    def visit_ImportFrom(self, node):
        if node.level or node.module.split(".")[0] != "streamlit":
            return
        for alias in node.names:
            bound, module = alias.asname or alias.name, f"{node.module}.{alias.name}"
            if _is_module(module):
                self._modules[bound] = module
            else:
                self._names[bound] = node.module, alias.name
                self.found.add((node.module, "", alias.name))

    def visit_Attribute(self, node):
        self.generic_visit(node)
        module = self._modules.get(ast.unparse(node.value))
        if module:
            self.found.add((module, "", node.attr))
        elif _is_private(node.attr) and node.attr not in self._own:
            self.found.add(("", "", node.attr))

    def visit_Call(self, node):
        self.generic_visit(node)
        callee = ast.unparse(node.func)
        if callee in self._names or callee.rpartition(".")[0] in self._modules:
            self.found.update(("", "", keyword.arg) for keyword in node.keywords if keyword.arg)
        if callee in {"config.get_option", "config.set_option"}:
            self.found.add(("", "", ast.literal_eval(node.args[0])))

    def visit_ClassDef(self, node):
        self.generic_visit(node)
        for base in node.bases:
            name = base.value if isinstance(base, ast.Subscript) else base
            module, owner = self._names.get(ast.unparse(name), ("", ""))
            if module:
                theirs = dir(getattr(importlib.import_module(module), owner))
                methods = [item.name for item in node.body if isinstance(item, ast.FunctionDef)]
                self.found.update((module, owner, name) for name in methods if _overrides(name, theirs))
                self.found.update(("", "", name) for name in _inherited(node))


def _defined(tree):
    """The private names that a file gives a meaning itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
            yield node.attr


def _inherited(class_):
    """What a class asks of itself and does not define."""
    defined = {
        *_defined(class_),
        *(node.target.id for node in class_.body if isinstance(node, ast.AnnAssign)),
    }
    for node in ast.walk(class_):
        if isinstance(node, ast.Attribute) and _is_self(node.value) and node.attr not in defined:
            yield node.attr


def _is_self(node):
    return isinstance(node, ast.Name) and node.id == "self"


def _is_private(name):
    return name.startswith("_") and not name.endswith("_")


def _overrides(name, theirs):
    return name in theirs and not name.startswith("__")


def _is_module(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
