"""Commands convert the values that need it, without pydantic where none does."""

import subprocess
import sys
from importlib.metadata import version
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from artgan.cli.command import Command

TRIED = ("0.26", "0.27", "0.28", "0.29")
"""Versions of Typer that this was seen to work with."""


def app_with(function):
    app = typer.Typer()
    app.command(cls=Command)(function)
    return app


def test_numbers_are_converted_text_stays_and_nothing_is_none():
    seen = []

    def command(
        count: Annotated[int | None, typer.Option()] = None,
        text: Annotated[str | None, typer.Option()] = None,
        many: Annotated[list[str] | None, typer.Option()] = None,
        flag: Annotated[bool, typer.Option("--flag")] = False,
    ) -> None:
        seen.append((count, text, many, flag))

    app = app_with(command)
    for words in ([], ["--count", "3", "--text", "4", "--many", "a", "--many", "b", "--flag"]):
        assert CliRunner().invoke(app, words).exit_code == 0
    assert seen == [(None, None, None, False), (3, "4", ["a", "b"], True)]


def test_wrong_values_and_missing_ones_are_refused():
    def command(path: Annotated[str, typer.Argument()], count: Annotated[int | None, typer.Option()] = None) -> None:
        raise AssertionError("it must not be called")

    app = app_with(command)
    assert CliRunner().invoke(app, []).exit_code == 2
    assert CliRunner().invoke(app, ["x", "--count", "many"]).exit_code == 2


@pytest.mark.parametrize(("option", "imported"), [([], False), (["--text", "x"], False), (["--count", "3"], True)])
def test_pydantic_is_imported_only_where_a_value_needs_it(option, imported):
    code = (
        "import sys, typer\n"
        "from typing import Annotated\n"
        "from artgan.cli.command import Command\n"
        "app = typer.Typer()\n"
        "@app.command(cls=Command)\n"
        "def command(count: Annotated[int | None, typer.Option()] = None,\n"
        "            text: Annotated[str | None, typer.Option()] = None):\n"
        "    print('pydantic' in sys.modules)\n"
        "app()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *option], capture_output=True, text=True)
    assert done.stdout == f"{imported}\n", done.stderr


def test_this_version_of_typer_was_tried():
    assert version("typer").rpartition(".")[0] in TRIED, "look whether artgan.compat.typer_values is still needed"
