"""What only a look into the modules of a package can tell."""

import ast
import re
from collections.abc import Iterable, Iterator


def has(sources: Iterable[str], pattern: str) -> bool:
    """Return whether any module has a pattern."""
    return any(re.search(pattern, source) for source in sources)


def asks_before(sources: Iterable[str], method: str, question: str, act: str) -> bool:
    """Return whether a `method` calls its `question` before its `act`.

    Raises:
        LookupError: no module has such a method.
    """
    for source in sources:
        calls = list(_calls(source, method))
        if question in calls and act in calls:
            return calls.index(question) < calls.index(act)
    raise LookupError(f"no {method} with {question} and {act}")


def _calls(source: str, method: str) -> Iterator[str]:
    """Yield the names of the methods that a method calls, in the order of its lines."""
    for definition in ast.walk(ast.parse(source)):
        if isinstance(definition, ast.FunctionDef) and definition.name == method:
            found = [node for node in ast.walk(definition) if isinstance(node, ast.Call)]
            for call in sorted(found, key=lambda node: node.lineno):
                if isinstance(call.func, ast.Attribute):
                    yield call.func.attr
