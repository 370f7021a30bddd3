import json

import hypothesis
import hypothesis.strategies as st
import pytest

from ops.logs.masking import MASK, masked

SECRETS = [
    "sk-proj-T3BlbkFJ0123456789abcdefghijKLMNOP",
    "sk-0123456789abcdefghij",
    "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6",  # 32, as Mistral's
    "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6",  # by chance of one case
    "A1B2C3D4E5F6G7H8I9J0K1L2M3N4O5P6",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "11AB" * 12,
    "AKIAIOSFODNN7EXAMPLE",
    "ASIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc_def-ghi",
    "IQoJb3JpZ2luX2VjEPr" + "aA0/" * 30,
]
HARMLESS = [
    "task-management-of-something-long",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "d41d8cd98f00b204e9800998ecf8427e",
    "D41D8CD98F00B204E9800998ECF8427E",
    "x" * 250_000,
    "awordofexactlythirtytwoletterslo",
    "01j5z0000000000000000000000000000000000zzz",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "2026/11/26/[$LATEST]00000000000000000000000000000001",
    "/aws/lambda/patient-insight/2026/11/26/and/so/on/and/so/forth",
    "a bearer authentication is needed",
    "Authorization: missing",
    "Basic understanding, high above",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("around", ["{}", "key={}", "'{}'", "(x {})", "é{}é", "a,{},b"])
def test_a_secret_is_masked_wherever_it_stands(secret: str, around: str) -> None:
    text = around.format(secret)
    assert masked(text.encode()) == around.encode().replace(b"{}", MASK)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("before", ["\n", "\t", '"', "\x1b", "\\"])
def test_a_secret_is_masked_behind_an_escape_of_json(secret: str, before: str) -> None:
    line = json.dumps({"message": f"key:{before}{secret}{before}"})
    assert secret not in masked(line.encode()).decode()
    assert json.loads(masked(line.encode()))["message"] == f"key:{before}[masked]{before}"


@pytest.mark.parametrize("before", ["api_key%3D", "%20", "\x1b[31m", "\x1b[m"])
def test_a_key_is_masked_behind_an_escape_of_a_url_or_a_colour(before: str) -> None:
    assert masked(f"{before}{SECRETS[0]}".encode()) == before.encode() + MASK


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text.encode()).decode() == text


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", 'bearer":"', "Bearer="])
def test_a_bearer_token_is_masked_and_its_word_stays(scheme: str) -> None:
    assert masked(f"{scheme}opaque-T0ken.123".encode()) == f"{scheme}[masked]".encode()


@pytest.mark.parametrize(
    "header", ["Authorization: Basic ", '{"authorization": "basic ', '"Authorization\\": \\"Basic ']
)
def test_a_password_of_a_header_is_masked(header: str) -> None:
    assert masked(f"{header}dXNlcjpwYXNzdw==".encode()).decode() == f"{header}[masked]"


@hypothesis.given(st.lists(st.sampled_from([*SECRETS, *HARMLESS, "\n", " ", '"', ": ", "日本"]), max_size=12))
def test_masking_leaves_no_secret_and_all_else(parts: list[str]) -> None:
    shown = masked(" ".join(parts).encode()).decode()
    assert shown == " ".join("[masked]" if part in SECRETS else part for part in parts)
