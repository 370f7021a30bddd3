"""The page in English: nothing is left untranslated, and no value is taken for a sentence."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import worklists
from app.insights import words
from app.insights.differences import Aspect
from app.insights.documents import UnreadableReportError, read_file, read_report
from app.insights.documents.archives import DAMAGED_MEMBER, TOO_LARGE
from app.insights.documents.failures import megabytes
from app.insights.dossier import Discrepancy
from app.insights.engines import EngineError, EngineUnavailableError, card
from app.insights.engines.choice import LOCAL_CARD, EngineChoice
from app.insights.engines.failures import FailureKind
from app.insights.models import Drug
from app.insights.reconcile import Status, compare
from app.ui import correcting, inputs, progress, reading, reconciling, sending, source
from app.ui.english import ENGLISH, OURS, RECOGNISED
from app.ui.language import english

APP = Path(__file__).parents[3] / "app"
TABLES = {
    "kinds of marks": source.LABELS,
    "lists": correcting.LISTS,
    "bases": reconciling.BASES,
    "prescriptions": reconciling.ORDERED,
    "sections": progress.SECTIONS,
    "statuses of reports": progress.STATUSES,
    "sexes": words.SEXES,
    "tests": words.TESTS,
    "laboratory lists": reading._LABS,
    "statuses of medicines": {status: status.value for status in Status},
    "aspects": {aspect: aspect.value for aspect in Aspect},
    "discrepancies": {discrepancy: discrepancy.value for discrepancy in Discrepancy},
}
PLAIN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._", min_size=1).filter(
    lambda words: words not in ENGLISH
)


def fields(template: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", template))


def skeleton(template: str) -> str:
    """A template whatever its values are called."""
    return re.sub(r"\{\w+\}", "{}", template)


def trees() -> Iterator[ast.Module]:
    for file in sorted(APP.rglob("*.py")):
        if not {"transport", "english"} & set(file.relative_to(APP).parts):
            yield ast.parse(file.read_text(encoding="utf-8"))


def written(node: ast.AST) -> str | None:
    """What a literal says; an f-string as a template."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(written(part) or "{}" for part in node.values)
    return None


def constants(tree: ast.Module) -> dict[str, str]:
    return {
        node.targets[0].id: text
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and (text := written(node.value))
    }


def said_by_the_page() -> Iterator[tuple[str, list[str]]]:
    """What `t` is called with where it is called: each sentence with the names of its values."""
    for tree in trees():
        named = constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t":
                values = sorted(keyword.arg for keyword in node.keywords if keyword.arg)
                for part in ast.walk(node.args[0]):
                    if text := written(part):
                        yield text, values
                    elif isinstance(part, ast.Name) and part.id in named:
                        yield named[part.id], values


def raised() -> Iterator[str]:
    """The sentences that errors for readers are raised with."""
    errors = {"UnreadableReportError", "EmptyReportError", "EngineUnavailableError", "WorkError"}
    for tree in trees():
        named = constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in errors:
                for part in (part for argument in node.args for part in ast.walk(argument)):
                    if isinstance(part, ast.Name) and part.id in named:
                        yield named[part.id]
                yield from (text for argument in node.args if (text := written(argument)))


def drug(name: str, dose: str = "5 mg", frequency: str | None = "le matin") -> Drug:
    words = f"{name} {dose} {frequency or ''}"
    return Drug(name=name, dci=name, dose=dose, frequency=frequency, citation=words, span=None)


def test_every_sentence_of_the_page_has_an_english_one_with_the_same_values():
    for french, values in said_by_the_page():
        assert french in ENGLISH, french
        assert fields(french) == values, french


def test_a_translation_has_the_values_of_its_sentence():
    for french, translated in ENGLISH.items():
        assert fields(french) == fields(translated), french


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_label_has_an_english_one_of_its_own(table):
    translated = [ENGLISH[label] for label in table.values()]
    assert len(set(translated)) == len(set(table.values()))


def test_every_error_for_readers_has_an_english_sentence():
    known = {skeleton(french) for french in ENGLISH}
    assert [sentence for sentence in raised() if skeleton(sentence) not in known] == []


def test_every_kind_of_file_that_is_refused_has_an_english_name():
    tree = ast.parse((APP / "insights" / "documents" / "kinds.py").read_text(encoding="utf-8"))
    said = [text for node in ast.walk(tree) if re.match("une? ", text := written(node) or "")]
    assert len(said) > 10
    assert [text for text in said if text not in ENGLISH] == []


def test_no_translation_is_of_a_sentence_that_nothing_says():
    said = {
        skeleton(text) for tree in trees() for node in ast.walk(tree) if (text := written(node)) is not None
    }
    assert [french for french in ENGLISH if skeleton(french) not in said] == []


@given(st.data())
def test_a_finished_sentence_is_recognised_with_its_values(data):
    french = data.draw(st.sampled_from([french for french in RECOGNISED if fields(french)]))
    values = {name: data.draw(PLAIN) for name in fields(french)}
    assert english(french.format(**values)) == RECOGNISED[french].format(**values)


@given(st.text())
def test_what_nobody_here_has_written_does_no_harm(words):
    assert isinstance(english(words), str)


@pytest.mark.parametrize(
    "hostile",
    [
        "{count}",
        "{0.__class__}",
        "{",
        "Identique",
        "a » est demandé, mais X n'est pas définie : définissez-la.",
    ],
)
def test_a_value_stays_as_it_is_written(hostile):
    french = next(french for french in RECOGNISED if french.startswith("MODEL_REGION"))
    shown = english(french.replace("{region}", hostile).replace("{eu}", "eu"))
    assert shown == RECOGNISED[french].replace("{region}", hostile).replace("{eu}", "eu")


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_of_an_engine_is_said_in_english(kind):
    shown = english(str(EngineError(kind, "moteur OpenAI (gpt-4o)")))
    assert shown.startswith("OpenAI engine (gpt-4o): ")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (EngineChoice(provider="autre"), "MODEL_PROVIDER is “autre”"),
        (EngineChoice(provider="openai"), "OPENAI_API_KEY is not set"),
        (EngineChoice(provider="openai", region="us"), "MODEL_REGION is “us”"),
        (EngineChoice(provider="openai", urls={"openai": "x"}), "OPENAI_BASE_URL is not an address"),
        (EngineChoice(provider="mistral", keys_present=["mistral"], model_name="gpt-4o"), "“gpt-4o”"),
    ],
)
def test_what_is_wrong_with_a_configuration_is_said_in_english(choice, expected):
    with pytest.raises(EngineUnavailableError) as reason:
        card(choice, choice.provider)
    shown = english(str(reason.value))
    assert expected in shown
    assert shown.endswith(". Otherwise, set MODEL_PROVIDER=local.")


@pytest.mark.parametrize(
    "choice",
    [
        EngineChoice(provider="openai", keys_present=["openai"]),
        EngineChoice(provider="openai", keys_present=["openai"], region="eu"),
        EngineChoice(provider="mistral", urls={"mistral": "http://127.0.0.1:1"}),
        EngineChoice(),
    ],
)
def test_what_an_engine_says_of_itself_is_said_in_english(choice):
    chosen = card(choice, choice.provider)
    assert "engine" in english(chosen.label)
    assert english(f"{chosen.label}, identifiants réduits").endswith(", identifiers reduced")
    assert english(chosen.region) != chosen.region
    assert chosen.provider == "OpenAI" or english(chosen.provider) != chosen.provider


@pytest.mark.parametrize("text", ["", "x" * 100_001, "\x00\x01\x02\x03\x04\x05"])
def test_why_a_text_is_refused_is_said_in_english(text):
    with pytest.raises(UnreadableReportError) as reason:
        read_report(text)
    assert english(str(reason.value)) != str(reason.value)


def test_numbers_are_grouped_as_english_does():
    with pytest.raises(UnreadableReportError) as reason:
        read_report("x" * 120_000)
    assert "120,000 characters; 100,000" in english(str(reason.value))


def test_why_a_file_is_refused_is_said_in_english():
    with pytest.raises(UnreadableReportError) as reason:
        read_file("scan.png", b"\x89PNG\r\n")
    assert english(str(reason.value)).startswith("This file is a PNG picture: ")


def test_sizes_are_in_megabytes():
    assert english(TOO_LARGE.format(max_size=megabytes(20_000_000))).startswith(
        "This file is larger than 20 MB."
    )


@pytest.mark.parametrize("name", ["{what}", "une image", "a » est abîmé. Rien", "20 Mo"])
def test_the_name_of_a_file_stays_as_it_is(name):
    assert f"“{name}” is damaged" in english(DAMAGED_MEMBER.format(member=name))


@pytest.mark.parametrize(
    ("before", "ordered", "stopped", "expected"),
    [
        ([drug("eliquis")], [], [], "ELIQUIS: not in the new prescription. Is this intended?"),
        ([drug("eliquis")], [], [drug("eliquis")], "ELIQUIS: the new prescription writes it as stopped."),
        ([], [drug("eliquis")], [], "ELIQUIS: added by the new prescription"),
        (
            [drug("eliquis")],
            [drug("eliquis", "10 mg", "le soir")],
            [],
            "ELIQUIS: differs from one list to the other (dose and frequency).",
        ),
        (
            [drug("eliquis")],
            [drug("eliquis", frequency=None)],
            [],
            "ELIQUIS: told on one side only (frequency)",
        ),
    ],
)
def test_questions_are_asked_in_english(before, ordered, stopped, expected):
    (line,) = compare(before, ordered, stopped)
    assert expected in english(line.question)


@pytest.mark.parametrize("sentence", [worklists.LOST, worklists.GONE, sending.NOTHING_SENT, inputs.PASTED])
def test_what_becomes_of_a_report_is_said_in_english(sentence):
    assert english(sentence) != sentence


def test_only_values_of_our_own_are_translated():
    assert {name for french in RECOGNISED for name in fields(french)} >= OURS
    assert english(LOCAL_CARD.label) == "built-in engine (demonstration)"
