"""Takes what looks like a secret out of what is shown: provider keys, AWS keys, tokens, passwords.

Works on whole chunks of output, since most hold no secret: a megabyte is looked through in about 3 ms.
What is masked is known by its shape alone; values are never needed.
"""

import re
from collections.abc import Iterator

MASK = b"[masked]"


def _beginning(word: bytes) -> bytes:
    """Return a pattern of a word where one may begin, also after an escape of JSON, a URL or a colour.

    The word comes first, since only what begins with plain letters is searched for fast.
    """
    before = (rb"\\[nrtbf]", rb"\\u[0-9a-fA-F]{4}", rb"%[0-9a-fA-F]{2}", rb"[\[0-9]m")
    escapes = b"".join(b"|(?<=%b%b)" % (escape, word) for escape in before)
    return word + rb"(?:(?<![A-Za-z0-9]%b)%b)" % (word, escapes)


# OpenAI, and others who copied it: sk-…, sk-proj-…, sk-svcacct-….
_OPENAI = re.compile(_beginning(b"sk-") + rb"[A-Za-z0-9_-]{16,}")
# A JSON Web Token.
_JWT = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?")
# "Authorization: Bearer …", also as JSON says it. A word such as "authentication" is none.
_BEARER = re.compile(rb"(earer|EARER)([ :=\"'\\]{1,4})(?=[a-z._~+/=-]{0,200}[A-Z0-9])[A-Za-z0-9._~+/=-]{8,}")

# "Authorization: Basic …", also as JSON says it.
_BASIC = re.compile(rb"(uthorization[\"'\\ :=]{1,8}[Bb]asic )[A-Za-z0-9+/=]+")
# Source: GitHub docs, "GitHub's token formats".
_GITHUB = re.compile(rb"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{36,}")

# All that is below lies in an unbroken run of these characters, of at least this length; a JWT's head too.
_LONG = b"a" * 20
_OUTLINE = bytes(ord("a" if byte in b"+/" or bytes([byte]).isalnum() else " ") for byte in range(256))
_ACCESS_KEY = re.compile(rb"(?:AKIA|ASIA)[A-Z2-7]{16}")
_HEX = b"0123456789abcdef"
_PIECES = re.compile(rb"[A-Za-z0-9]+")
# Hashes and ids are hexadecimal, and words have no digits.
_MORE_THAN_HEX = re.compile(rb"(?=[A-Za-z]*[0-9])(?=[0-9A-Fa-f]*[G-Zg-z])[A-Za-z0-9]{32}")
_MISTRAL_LENGTH, _AWS_SECRET_LENGTH, _TOKEN_LENGTH = 32, 40, 100


def masked(text: bytes) -> bytes:
    """Return a text with [masked] in the place of each secret."""
    if b"sk-" in text:
        text = _OPENAI.sub(MASK, text)
    if b"earer" in text or b"EARER" in text:
        text = _BEARER.sub(rb"\1\2" + MASK, text)
    if b"uthorization" in text:
        text = _BASIC.sub(rb"\1" + MASK, text)
    outline = text.translate(_OUTLINE)
    if _LONG not in outline:
        return text
    if (b"gh" in text or b"github_pat_" in text) and _GITHUB.search(text):
        text = _GITHUB.sub(MASK, text)
        outline = text.translate(_OUTLINE)
    if b"eyJ" in text:
        text = _JWT.sub(MASK, text)
        outline = text.translate(_OUTLINE)
    return _without(text, list(_keys(text, outline)))


def _without(text: bytes, spans: list[tuple[int, int]]) -> bytes:
    """Return a text with [masked] in the place of each of the spans, which are in order."""
    parts, last = [], 0
    for begin, end in spans:
        parts += [text[last:begin], MASK]
        last = end
    return b"".join([*parts, text[last:]])


def _keys(text: bytes, outline: bytes) -> Iterator[tuple[int, int]]:
    """Yield where keys are that begin with nothing in particular."""
    end = 0
    while (begin := outline.find(_LONG, end)) >= 0:
        end = outline.find(b" ", begin)
        end = len(text) if end < 0 else end
        run = text[begin:end]
        if not run.translate(None, _HEX):  # a hash or an id, as most are
            continue
        # What follows a backslash belongs to it in JSON, and to the word in text.
        starts = dict.fromkeys((begin + _escape_length(text, begin), begin))
        yield from next(filter(None, (list(_keys_of(text, start, end)) for start in starts)), ())


def _keys_of(text: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where keys are in an unbroken run."""
    if _is_token(text[begin:end]):
        yield begin, end
        return
    for piece in _PIECES.finditer(text, begin, end):
        if _is_key(piece[0]):
            yield piece.span()


def _escape_length(text: bytes, begin: int) -> int:
    r"""Return how many characters an escape of JSON before a run would take of it, such as the n of \n."""
    before = text[max(0, begin - 20) : begin]
    backslashes = len(before) - len(before.rstrip(b"\\"))
    if backslashes % 2 == 0:  # each second one is a backslash of the text's own
        return 0
    return 5 if text[begin : begin + 1] == b"u" else 1


def _is_token(run: bytes) -> bool:
    """Whether it is an AWS secret access key or session token: base64 of that length, of all sorts."""
    is_as_long = len(run) == _AWS_SECRET_LENGTH or len(run) >= _TOKEN_LENGTH
    return is_as_long and _is_mixed(run, digits=True)


def _is_key(piece: bytes) -> bool:
    """Whether it is an AWS access key id, or as long as Mistral's keys and neither a hash nor a word."""
    if len(piece) == _MISTRAL_LENGTH:
        return _is_mixed(piece, digits=False) or _MORE_THAN_HEX.fullmatch(piece) is not None
    return _ACCESS_KEY.fullmatch(piece) is not None


def _is_mixed(word: bytes, *, digits: bool) -> bool:
    has_digit = not digits or any(48 <= byte <= 57 for byte in word)
    return has_digit and word.upper() != word and word.lower() != word
