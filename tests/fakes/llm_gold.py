"""Answers as a perfect reader would: fills exactly the schema that was asked for from annotations by hand."""

import json
import re
from collections import Counter

_SEX = {
    "F": r"\b(?:Mme|Madame|Mlle|patiente|née|Sexe : F|femme|enfant \w+)\b",
    "M": r"\b(?:Mr|Monsieur|M\.|patient|né|Sexe : M|homme)(?=\W)",
}
_BORN = r"[Nn][ée]+e?\(?e?\)? (?:le|LE)[ :]*\d\d?[ /.]\w+[ /.]\d{2,4}"


def answer(reports, question, schema):
    """Return the answer, in the order of the schema, to a question that holds a report or a part of one.

    Args:
        reports: Annotations, in the shape of data/reports, by the text of the report.
        question: The user's message.
        schema: What the answer must look like.
    """
    text = _report(reports, question)
    gold = reports.get(text, {})
    return _fill(schema, gold, _Source(text, question, schema.get("$defs", {})))


class _Source:
    """A report, the range of it that was sent, and the schema's definitions."""

    def __init__(self, text, question, definitions):
        self.text, self.question, self.definitions = text, question, definitions
        self._start, self._end = _sent(text, question)
        self._told = Counter()

    def resolve(self, schema):
        return self.definitions[schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else schema

    def holds(self, item):
        """Whether the item stands in what was sent; the same words again stand in the next place."""
        words = item if isinstance(item, str) else item["citation"]
        places = [match.start() for match in re.finditer(re.escape(words), self.text)]
        place = places[min(self._told[words], len(places) - 1)]
        self._told[words] += 1
        return self._start <= place and place + len(words) <= self._end

    def quote(self, name, value):
        patterns = (rf"\b{value}\s*ans", _BORN, rf"\b{value}\b") if name == "age" else (_SEX[value],)
        found = (re.search(pattern, self.question) for pattern in patterns)
        return next((match.group() for match in found if match), None)


def _report(reports, question):
    """Return the report of a question: the whole of it is there, else most of its lines."""
    for text in reports:
        if text in question:
            return text
    lines = {line for line in question.splitlines() if len(line) > 10}
    return max(reports, key=lambda text: len(lines & set(text.splitlines())), default="")


def _sent(text, question):
    """Return the range of the report that a question holds."""
    if text in question:
        return 0, len(text)
    begin = question.index("\n") + 1
    least, most = 0, len(question) - begin
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if question[begin : begin + middle] in text else (least, middle - 1)
    start = text.find(question[begin : begin + least])
    return start, start + least


def _fill(schema, value, source, name=""):
    schema = source.resolve(schema)
    if "anyOf" in schema:
        return _fill_optional(schema["anyOf"], value, source, name)
    if schema["type"] == "array":
        return [_fill(schema["items"], item, source) for item in value or () if source.holds(item)]
    if schema["type"] == "object":
        return _fill_object(schema, value, source, name)
    return value


def _fill_optional(choices, value, source, name):
    chosen = next(choice for choice in choices if choice.get("type") != "null")
    filled = None if value is None else _fill(chosen, value, source, name)
    return None if name == "raison_hospitalisation" and filled and not source.holds(filled) else filled


def _fill_object(schema, value, source, name):
    if not isinstance(value, dict):
        quoted = source.quote(name, value)
        if quoted is None:
            return None
        value = {"citation": quoted, "valeur": value}
    properties = schema["properties"].items()
    return {name: _fill(inner, value.get(name), source, name) for name, inner in properties}


def written(filled):
    """Return an answer as a model writes it."""
    return json.dumps(filled, ensure_ascii=False)
