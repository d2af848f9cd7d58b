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
    parts = help_pages.page().split("\n## ")
    entry = "".join(part for part in parts if part.startswith((f"artgan {name}\n", f"artgan {name} ")))
    assert f"Usage: artgan {name}" in entry
    assert "- `--json`: " in entry
    assert f"$ artgan {name}" in entry
