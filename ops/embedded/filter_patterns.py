"""CloudWatch Logs' filter patterns, as far as the embedded account evaluates them; the rest it refuses.

Evaluated: terms (`ERROR`, `"exact phrase"`, `-absent`), `?one ?of`, `%regular expression%`, and JSON patterns
`{ $.field = "value" && ($.n > 3 || $.x IS NULL) }`. A field that is not there fulfils no comparison.
Source: Amazon CloudWatch Logs user guide, "Filter pattern syntax for metric filters, subscription filters,
filter log events, and Live Tail".
"""

import json
import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

# Whether a message, or a document parsed from one, matches.
Matches = Callable[[Any], bool]

_TERM = re.compile(r'\s*(?P<sign>[?-]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>[^\s"]+))(?=\s|$)')
_REGULAR = re.compile(r"[A-Za-z0-9_:#=@/;,\-^$?\[\]{}|\\*+.]+")
_TOKEN = re.compile(
    r"\s*(?:(?P<selector>\$(?:\.[\w@:-]+|\.?\[\d+\]|\.?\['[^']+'\])+)"
    r"|(?P<sign>&&|\|\||[()]|>=|<=|!=|=|>|<)"
    r'|"(?P<text>(?:[^"\\]|\\.)*)"'
    r"|%(?P<regular>[^%]+)%"
    r"|(?P<word>[^\s()&|=<>!\"%$]+))"
)
_STEP = re.compile(r"\.([\w@:-]+)|\[(\d+)\]|\['([^']+)'\]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_ORDERS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}
_ABSENT = object()


class PatternError(ValueError):
    """A pattern is none, or one that is not evaluated here."""


@lru_cache(maxsize=64)
def compiled(pattern: str) -> Matches:
    """Return what tells whether a message matches.

    Raises:
        PatternError: It is no pattern, or one that is not evaluated here; the message names the part.
    """
    stripped = pattern.strip()
    if stripped.startswith("{"):
        return _json(stripped)
    if stripped.startswith("["):
        raise PatternError("Patterns of space-delimited fields, such as [a, b], are not evaluated here")
    if stripped.startswith("%"):
        if len(stripped) < 3 or not stripped.endswith("%"):
            raise PatternError(f"A regular expression ends with %, and {stripped!r} does not")
        return _searches(stripped[1:-1])
    return _terms(stripped)


def _terms(pattern: str) -> Matches:
    wanted: dict[str, list[str]] = {"": [], "?": [], "-": []}
    position = 0
    while position < len(pattern):
        found = _TERM.match(pattern, position)
        if found is None:
            raise PatternError(f"No term can be read at {pattern[position:].strip()!r}")
        word, phrase = found["word"], found["phrase"]
        if word is not None and not word.replace("_", "").isalnum():
            raise PatternError(f"Invalid character(s) in term {word!r}")
        wanted[found["sign"]].append(word if phrase is None else _unescaped(phrase))
        position = found.end()
    every, some, none = wanted.values()
    if some and (every or none):
        raise PatternError(f"?{some[0]} beside terms without ? is not evaluated here")
    if some:
        return lambda message: any(term in message for term in some)
    return lambda message: (
        all(term in message for term in every) and not any(term in message for term in none)
    )


def _searches(expression: str) -> Matches:
    """Return what searches for a regular expression, of those that CloudWatch takes."""
    if not _REGULAR.fullmatch(expression):
        raise PatternError(f"%{expression}% has a character that CloudWatch takes in no regular expression")
    try:
        found = re.compile(expression)
    except re.error as error:
        raise PatternError(f"%{expression}% is no regular expression: {error}") from error
    return lambda text: found.search(text) is not None


def _json(pattern: str) -> Matches:
    try:
        matches = _Parser(pattern).parse()
    except RecursionError:
        raise PatternError("Parentheses this deep are not evaluated here") from None

    def of_message(message: str) -> bool:
        try:
            document = json.loads(message)
        except ValueError:
            return False
        return isinstance(document, dict | list) and matches(document)

    return of_message


class _Parser:
    """Reads a JSON pattern from left to right; && binds more tightly than ||."""

    def __init__(self, pattern: str) -> None:
        if not pattern.endswith("}"):
            raise PatternError("A JSON pattern ends with }")
        self._left = _tokens(pattern[1:-1])

    def parse(self) -> Matches:
        matches = self._any()
        if self._left:
            raise PatternError(f"Nothing can follow before {self._left[0][1]!r}")
        return matches

    def _any(self) -> Matches:
        parts = [self._all()]
        while self._takes("||"):
            parts.append(self._all())
        return lambda document: any(part(document) for part in parts)

    def _all(self) -> Matches:
        parts = [self._one()]
        while self._takes("&&"):
            parts.append(self._one())
        return lambda document: all(part(document) for part in parts)

    def _one(self) -> Matches:
        if self._takes("("):
            inner = self._any()
            if not self._takes(")"):
                raise PatternError("A ) is missing")
            return inner
        kind, selector = self._next()
        if kind != "selector":
            raise PatternError(f"A field such as $.level is expected, not {selector!r}")
        steps = _steps(selector)
        holds = self._condition()
        return lambda document: holds(_value(document, steps))

    def _condition(self) -> Matches:
        kind, said = self._next()
        if kind == "word":
            return self._state(said.upper())
        if kind != "sign" or said in ("&&", "||", "(", ")"):
            raise PatternError(f"A comparison is expected, not {said!r}")
        value_kind, value = self._next()
        if value_kind not in ("text", "regular", "word"):
            raise PatternError(f"A value is expected, not {value!r}")
        return _comparison(said, value_kind, value)

    def _state(self, word: str) -> Matches:
        other = self._next()[1].upper()
        if (word, other) == ("NOT", "EXISTS"):
            return lambda value: value is _ABSENT
        known = {"NULL": None, "TRUE": True, "FALSE": False}
        if word != "IS" or other not in known:
            raise PatternError(f"{word} {other} is not evaluated here")
        return lambda value: value is known[other]

    def _takes(self, sign: str) -> bool:
        if self._left and self._left[0] == ("sign", sign):
            self._left.pop(0)
            return True
        return False

    def _next(self) -> tuple[str, str]:
        if not self._left:
            raise PatternError("The pattern ends too early")
        return self._left.pop(0)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    text = text.rstrip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None or token.lastgroup is None:
            raise PatternError(f"{text[position:].strip()!r} is not evaluated here")
        found.append((token.lastgroup, token[token.lastgroup]))
        position = token.end()
    return found


def _steps(selector: str) -> list[str | int]:
    return [int(index) if index else name or quoted for name, index, quoted in _STEP.findall(selector)]


def _value(document: Any, steps: list[str | int]) -> Any:
    for step in steps:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return document


def _comparison(sign: str, kind: str, literal: str) -> Matches:
    if sign in _ORDERS:
        if kind != "word" or not _NUMBER.fullmatch(literal):
            raise PatternError(f"{sign} compares with a number, not with {literal!r}")
        order, number = _ORDERS[sign], float(literal)
        # A text is no number, also when it looks like one.
        return lambda value: _is_number(value) and order(value, number)
    equal = _equality(kind, literal)
    if sign == "=":
        return equal
    return lambda value: value is not _ABSENT and not equal(value)


def _equality(kind: str, literal: str) -> Matches:
    if kind == "regular":
        found = _searches(literal)
        return lambda value: isinstance(value, str) and found(value)
    if kind == "word" and _NUMBER.fullmatch(literal):
        number = float(literal)
        return lambda value: value == number if _is_number(value) else value == literal
    if literal == "*":
        return lambda value: value is not _ABSENT
    pieces = (_unescaped(literal) if kind == "text" else literal).split("*")
    whole = re.compile(".*".join(map(re.escape, pieces)), re.DOTALL)
    return lambda value: (isinstance(value, str) or _is_number(value)) and bool(whole.fullmatch(str(value)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
