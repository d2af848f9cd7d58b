"""Checks that a command fulfils the contract of :class:`artgan.CommandSpec`."""

from collections.abc import Callable, Iterator
from typing import Any

import typer
from typer.testing import CliRunner

from artgan.plugins.loading import load, registry
from artgan.plugins.specs import CommandSpec, Spec
from artgan.testing.expect import calling, expect
from artgan.testing.suite import Suite, check


def check_command(command: "str | typer.Typer | Callable[..., Any]") -> None:
    """Check that typer can make a command of it, and that it and all its subcommands have help.

    Only ``--help`` is run: testing what a command does is up to its author.

    Args:
        command: the function or the :class:`typer.Typer`, or the name of an installed command.

    Raises:
        AssertionError: if a check fails.
    """
    if isinstance(command, str):
        with calling(f"Loading the command '{command}'"):
            spec = registry().find(CommandSpec, command)
            command = load(spec)
        CommandSuite(command, spec).run()
    else:
        CommandSuite(command).run()


class CommandSuite(Suite):
    """The checks of a command."""

    kind = CommandSpec

    def __init__(self, command: Any, spec: Spec | None = None) -> None:
        """See :func:`check_command`."""
        self.name = spec.name if spec else getattr(command, "__name__", "command")
        super().__init__(self.name, spec)
        self.command = command

    def program(self) -> Any:
        """Return the command that typer makes of it."""
        return self.once("program", self._program)

    def _program(self) -> Any:
        expect(callable(self.command), f"{self.command!r} is neither a function nor a typer.Typer.")
        app = self.command
        with calling(f"Making a command of {self.name}"):
            if not isinstance(app, typer.Typer):
                app = typer.Typer(add_completion=False)
                app.command()(self.command)
            return typer.main.get_command(app)

    @check("Typer makes the command when it is first called, so mistakes show up late.", "artgan.CommandSpec")
    def is_one(self) -> None:
        """Check that typer can make a command of it."""
        self.program()

    @check("The help is the one page that everyone reads.", "artgan.CommandSpec")
    def help_pages(self) -> None:
        """Check that the command and each subcommand have help that describes them and each option."""
        for words, part in _parts(self.program(), ()):
            name = " ".join(("artgan", self.name, *words))
            with calling(f"`{name} --help`"):
                result = CliRunner().invoke(self.program_for_tests(), [*words, "--help"])
            expect(
                result.exit_code == 0, f"`{name} --help` exits with {result.exit_code}: {result.output.strip()[-300:]}"
            )
            about = part.help or (self.spec.summary if self.spec and not words else "")
            expect(about and about.strip(), f"`{name}` has no help: write a docstring.")
            for parameter in part.params:
                if getattr(parameter, "hidden", False) or parameter.name == "help":
                    continue
                expect(
                    getattr(parameter, "help", None),
                    f"`{name}` has a parameter '{parameter.name}' without help: add "
                    "Annotated[…, typer.Option(help=…)].",
                )

    def program_for_tests(self) -> typer.Typer:
        """Return it as an app for typer's test runner."""
        if isinstance(self.command, typer.Typer):
            return self.command
        app = typer.Typer(add_completion=False)
        app.command()(self.command)
        return app


def _parts(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield words, command
    for name, part in getattr(command, "commands", {}).items():
        yield from _parts(part, (*words, name))
