"""What the comparison with other tools reads out of them, and what it does not let them do."""

import http.client
import json
import urllib.error
import urllib.request

import pytest

from benchmarks.logs import DELAYS, Followed
from benchmarks.peers.logs import PREFIX, Tail, project, tail
from benchmarks.peers.looks import asks_before, has
from benchmarks.peers.markdown import table
from benchmarks.peers.outside import Outside
from benchmarks.peers.tools import listed

INVOKE = """Available tasks:

  deploy                 Deploy the working tree, prove it, send users to it,
                         and print the URL.
  rotate-key             Replace a language model's key.
  keys.list (keys)       Show the keys.
"""

CLICK = """Usage: chalice [OPTIONS] COMMAND [ARGS]...

Options:
  --debug / --no-debug  Print debug logs to stderr.

Commands:
  delete
  dev           Development and debugging commands
                for chalice.
  new-project
"""

SAM = """Commands:

  Learn:
    docs

  Develop your App:
    build           Build your function code.

Options:
    --version                       Show the version and exit.
"""

ARGPARSE = """usage: zappa [-h] [--color {auto,never,always}]
             {deploy,rollback}
             ...

subcommands:
  {deploy,rollback}
    deploy              Deploy application.
    rollback            Rollback deployed code to a previous version.
"""

AWS = """aws: error: argument command: Invalid choice, valid choices are:

ec2                                      | ecr
lambda                                   | help


Invalid choice: 'lambd', maybe you meant:

  * lambda
"""

TERRAFORM = """Usage: terraform [global options] <subcommand> [args]

Main commands:
  plan          Show changes required by the current configuration

All other commands:
  console       Try Terraform expressions

Global options (use these before the subcommand, if any):
  -chdir=DIR    Switch to a different working directory
"""


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        (INVOKE, {"deploy", "rotate-key", "keys.list"}),
        (CLICK, {"delete", "dev", "new-project"}),
        (SAM, {"docs", "build"}),
        (ARGPARSE, {"deploy", "rollback"}),
        (AWS, {"ec2", "ecr", "lambda", "help"}),
        (TERRAFORM, {"plan", "console"}),
    ],
    ids=["invoke", "click", "sam", "argparse", "aws", "terraform"],
)
def test_a_listing_yields_the_commands_and_nothing_else(text, commands):
    assert listed(text) == commands


def test_the_order_of_what_a_method_calls_is_read_from_its_source():
    after = "class Cli:\n    def update(self):\n        self.change()\n        self.ask()\n"

    assert not asks_before(["", after], "update", "ask", "change")
    assert asks_before([after], "update", "change", "ask")
    with pytest.raises(LookupError):
        asks_before([after], "deploy", "ask", "change")


def test_a_pattern_is_looked_for_in_each_module():
    assert has(["", "import streamlit"], "streamlit")
    assert not has(["", ""], "streamlit")


def test_a_table_has_the_shape_of_those_in_the_readme():
    assert (
        table("T", ["", "ours"], [["time", "1 s"]]) == "**T**\n\n|  | ours |\n| --- | --- |\n| time | 1 s |\n"
    )


def test_events_that_were_not_printed_are_lost_and_not_late():
    found = Followed()
    found.put = {"begin": 0.0, **{f"each-{number:03d}": 1.0 for number in range(DELAYS)}, "late-0": 1.0}
    found.printed = {"begin": [0.5], "each-000": [1.5, 1.6], "each-001": [3.0]}

    assert tail(found) == Tail(
        1.25, 2.0, {"each": DELAYS - 2, "late": 1, "same millisecond": 0, "burst": 0}, doubled=1
    )


def test_a_command_that_never_followed_has_no_numbers():
    assert tail(Followed()) == "not run: it printed nothing"


def test_the_projects_name_a_function_whose_group_is_the_stage_s(tmp_path):
    project(tmp_path / "any", "one")

    zappa = json.loads((tmp_path / "any/zappa_settings.json").read_text())
    chalice = json.loads((tmp_path / "any/.chalice/deployed/one.json").read_text())

    assert f"/aws/lambda/{zappa['one']['project_name']}-one" == f"{PREFIX}one"
    assert chalice["resources"][0]["lambda_arn"].endswith(":function:peers-one")


def test_the_world_outside_refuses_and_notes_who_was_asked():
    with Outside() as outside:
        url = outside.variables["HTTP_PROXY"]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": url}))
        with pytest.raises(urllib.error.HTTPError, match="403"):
            opener.open("http://one.invalid/page")
        connection = http.client.HTTPConnection(url.removeprefix("http://"))
        connection.set_tunnel("two.invalid", 443)
        with pytest.raises(OSError, match="403"):
            connection.connect()

    assert outside.asked == ["one.invalid", "two.invalid:443"]
