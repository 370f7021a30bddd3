import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from app.logs import JsonFormatter, OnlyRootPrints, RequestIds, request_id

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lines():
    """What a logger wrote, as objects; the logger is in `lines.logger`."""

    class Lines:
        stream = io.StringIO()
        logger = OnlyRootPrints("page")

        def __call__(self):
            return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    lines = Lines()

    class Handler(logging.StreamHandler):
        pass

    handler = Handler(lines.stream)
    handler.setFormatter(JsonFormatter())
    lines.logger.addHandler(handler)
    return lines


def test_a_line_is_an_object_with_time_level_logger_and_message(lines):
    lines.logger.warning("%s\nwas done", "it")
    (line,) = lines()
    assert (line["level"], line["logger"], line["message"]) == ("WARNING", "page", "it\nwas done")
    assert line["time"].endswith("+00:00")


def test_an_exception_of_the_page_is_placed_but_not_quoted(lines):
    try:
        int("Mme Durand, 84 ans")
    except ValueError:
        lines.logger.exception("failed")
    assert "Durand" not in lines.stream.getvalue()
    described = lines()[0]["exception"]
    assert described["type"] == "builtins.ValueError"
    assert "test_logs.py" in described["at"][-1]


def test_the_request_id_is_read_from_the_adapters_header():
    assert request_id({b"x-amzn-lambda-context": b'{"request_id": "r-1"}'}) == "r-1"


@pytest.mark.parametrize("header", [b"", b"junk", b"null", b"[1]", b"{}"])
def test_a_context_without_a_request_id_gives_none(header):
    assert request_id({b"x-amzn-lambda-context": header}) == ""


def test_a_line_carries_the_id_of_the_request_being_handled(lines):
    RequestIds.current = "r-2"
    try:
        lines.logger.error("x")
    finally:
        RequestIds.current = ""
    assert lines()[0]["requestId"] == "r-2"


def test_the_letters_of_an_exported_sheet_are_not_logged():
    script = (
        "from app import logs; logs.configure()\n"
        "from fpdf import FPDF\n"
        "pdf = FPDF(); pdf.add_page()\n"
        "pdf.add_font('DejaVu', fname='app/insights/export/fonts/DejaVuSans.ttf'); pdf.set_font('DejaVu')\n"
        "pdf.cell(text='Mme Durand'); pdf.output()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_streamlits_own_loggers_print_json_too():
    script = (
        "from app import logs; logs.configure()\n"
        "from streamlit.logger import get_logger\n"
        "get_logger('streamlit.some').warning('hello')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (line,) = done.stdout.splitlines()
    assert (json.loads(line)["message"], done.stderr) == ("hello", "")


@pytest.mark.parametrize(
    ("raised", "logger"),
    [
        pytest.param(
            "from streamlit.logger import init_uvicorn_logs; init_uvicorn_logs()\n"
            "try: fail()\n"
            "except ValueError: logging.getLogger('uvicorn.error').exception('failed')\n",
            "uvicorn.error",
            id="below-what-streamlit-cuts-off",
        ),
        pytest.param(
            "import threading; thread = threading.Thread(target=fail); thread.start(); thread.join()\n",
            "threading",
            id="in-a-thread",
        ),
        pytest.param(
            "class Fails:\n    def __del__(self): fail()\nFails()\n", "sys", id="where-nobody-can-catch-it"
        ),
        pytest.param(
            "import asyncio, gc\n"
            "async def main():\n"
            "    async def failing(): fail()\n"
            "    task = asyncio.create_task(failing()); await asyncio.sleep(0); del task; gc.collect()\n"
            "asyncio.run(main())\n",
            "asyncio",
            id="in-a-task",
        ),
    ],
)
def test_what_nobody_catches_is_an_object_too_and_quotes_nothing(raised, logger):
    script = (
        f"import logging; from app import logs; logs.configure()\ndef fail(): int('Mme Durand')\n{raised}"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (line,) = map(json.loads, done.stdout.splitlines())
    assert (line["logger"], line["level"], line["exception"]["type"]) == (
        logger,
        "ERROR",
        "builtins.ValueError",
    )
    assert "Durand" not in done.stdout + done.stderr
    assert done.stderr == ""
