"""docs/reference/commands.md is what the program says of itself."""

import pytest
import typer

from artgan.cli import app
from tools import help_pages


def test_the_page_is_the_programs():
    written = help_pages.PAGE.read_text(encoding="utf-8")
    assert written == help_pages.page(), f"{help_pages.PAGE} is out of date: `{help_pages.RENEW}` writes it anew"


@pytest.mark.parametrize("name", sorted(typer.main.get_command(app).commands))
def test_every_command_has_an_entry_with_examples(name):
    _, heading, rest = help_pages.page().partition(f"\n## artgan {name}\n")
    entry = rest.partition("\n## ")[0]
    assert heading
    assert f"Usage: artgan {name}" in entry
    assert "- `--json`: " in entry
    assert f"$ artgan {name}" in entry
