import json

import pytest

from ops.embedded.filter_patterns import PatternError, compiled

EVENT = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "status": "503",
        "ms": 75,
        "ok": True,
        "nothing": None,
        "user": {"id": 1, "a.b": "dotted"},
        "users": [{"email": "John.Doe@example.com"}, {"email": "x"}],
        "negative": -1.5e3,
        "quoted": 'say "hi"',
    }
)


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ("ERROR", "[ERROR 400] BAD REQUEST", True),
        ("ERROR", "an error", False),
        ("ERROR ARGUMENTS", "ERROR with ARGUMENTS", True),
        ("ERROR ARGUMENTS", "ERROR alone", False),
        ('"INTERNAL SERVER ERROR"', "[500] INTERNAL SERVER ERROR", True),
        ('"INTERNAL SERVER ERROR"', "INTERNAL ERROR of a SERVER", False),
        ('"say \\"hi\\""', 'they say "hi"', True),
        ("?ERROR ?WARN", "a WARN", True),
        ("?ERROR ?WARN", "fine", False),
        ('?"a b" ?c', "a b", True),
        ("ERROR -EXITING", "ERROR and on", True),
        ("ERROR -EXITING", "ERROR, EXITING", False),
        ('-"a b"', "c", True),
        ("%AUTHORI[ZS]ED%", "UNAUTHORIZED", True),
        ("%^AUTH%", "UNAUTHORIZED", False),
        ("", "anything", True),
    ],
)
def test_text_matches_as_the_user_guide_says(pattern: str, message: str, matches: bool) -> None:
    assert compiled(pattern)(message) is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{ $.eventType = UpdateTrail }", True),
        ('{$.eventType="Update*"}', True),
        ('{ $.eventType != "UpdateTrail" }', False),
        ('{ $.absent != "x" }', False),
        ('{ $.absent = "x" }', False),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = %111\\.111% }", True),
        ("{ $.status = 503 }", True),
        ("{ $.status = 5* }", True),
        ("{ $.status > 400 }", False),
        ("{ $.ms > 74.5 }", True),
        ("{ $.ms >= 75 && $.ms <= 75 }", True),
        ("{ $.ms < 75 }", False),
        ("{ $.ms = 75 }", True),
        ("{ $.ms != 75 }", False),
        ("{ $.negative = -1.5e3 }", True),
        ("{ $.ok IS TRUE }", True),
        ("{ $.ok IS FALSE }", False),
        ("{ $.nothing IS NULL }", True),
        ("{ $.absent IS NULL }", False),
        ("{ $.absent NOT EXISTS }", True),
        ("{ $.nothing NOT EXISTS }", False),
        ('{ $.user = "*" }', True),
        ('{ $.absent = "*" }', False),
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        ("{ $.users[2].email = x }", False),
        ("{ $.user['a.b'] = dotted }", True),
        ("{ $.['user'].['a.b'] = dotted }", True),
        ("{ $.ms = 1 && $.ms = 2 || $.ms = 75 }", True),
        ("{ $.ms = 1 && ($.ms = 2 || $.ms = 75) }", False),
        ('{ $.quoted = "say \\"hi\\"" }', True),
    ],
)
def test_json_matches_as_the_user_guide_says(pattern: str, matches: bool) -> None:
    assert compiled(pattern)(EVENT) is matches


def test_a_json_pattern_matches_no_text() -> None:
    assert not compiled("{ $.a NOT EXISTS }")("text")
    assert not compiled("{ $.a NOT EXISTS }")("7")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("[ip, user]", "space-delimited"),
        ("?ERROR WARN", "?ERROR beside terms without ?"),
        ("a@b", "Invalid character(s) in term 'a@b'"),
        ('"open', "No term can be read at"),
        ("%open", "ends with %"),
        ("%a(b)%", "takes in no regular expression"),
        ("%[%", "is no regular expression"),
        ("{ $.a = 1", "ends with }"),
        ("{ }", "ends too early"),
        ("{ $.a }", "ends too early"),
        ("{ a = 1 }", "A field such as $.level is expected, not 'a'"),
        ("{ $.a = 1 $.b = 2 }", "Nothing can follow before '$.b'"),
        ("{ ($.a = 1 }", "A ) is missing"),
        ("{ $.a > x }", "> compares with a number, not with 'x'"),
        ("{ $.a EXISTS }", "ends too early"),
        ("{ $.a IS EMPTY }", "IS EMPTY is not evaluated here"),
        ("{ $.a[*] = 1 }", "is not evaluated here"),
        ("{ $.a && 1 }", "A comparison is expected, not '&&'"),
        ("{ " + "(" * 3000 + "$.a = 1" + ")" * 3000 + " }", "this deep"),
        ("{ $.a = ( }", "A value is expected, not '('"),
    ],
)
def test_what_is_not_evaluated_is_named(pattern: str, said: str) -> None:
    with pytest.raises(PatternError) as raised:
        compiled(pattern)
    assert said in str(raised.value)
