"""The program: its own commands, and those of plugins.

Commands of plugins are listed from their specs, under the plugin's name, and imported only when they run. They never
replace the program's own commands.
"""

from collections.abc import Iterable
from typing import Any

import typer

from artgan.cli.command import Command, Group
from artgan.cli.errors import ClickException
from artgan.plugins.specs import CommandSpec


class Program(Group):
    """``artgan`` itself."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the program's own commands, then those of plugins, in the order of plugins."""
        own = super().list_commands(ctx)
        return [*own, *(name for name in _brought() if name not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; for a plugin's, a stand-in that isn't imported yet."""
        return super().get_command(ctx, cmd_name) or _listed(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Return the command that ``args`` start with; import it now if it is a plugin's."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, Listed) else command, rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; attribute unexpected errors of a plugin's command to the plugin."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            from artgan.errors import ArtganError

            # BrokenPipeError: stdout was closed, as by `head`, and Typer ends the program silently.
            expected = isinstance(error, (ClickException, typer.Abort, typer.Exit, ArtganError, BrokenPipeError))
            listed = None if expected or ctx.invoked_subcommand in self.commands else _listed(ctx.invoked_subcommand)
            if listed is None:
                raise
            from artgan.plugins.loading import cause, describe

            raise ArtganError(f"The {describe(listed.spec)} failed: {cause(error)}") from error


class Listed(Command):
    """A plugin's command in a list, not imported yet."""

    def __init__(self, name: str, spec: CommandSpec, panel: str) -> None:
        super().__init__(name, help=spec.summary, rich_help_panel=panel)
        self.spec = spec

    def load(self) -> Any:
        """Import the command. Raises :class:`ArtganError` if it can't be imported, or isn't a command."""
        from artgan.errors import ArtganError
        from artgan.plugins.loading import cause, describe, load

        target = load(self.spec)
        try:
            app = target
            if not isinstance(target, typer.Typer):
                app = typer.Typer()
                app.command(help=target.__doc__ or self.spec.summary)(target)
            app._add_completion = False
            command = typer.main.get_command(app)
        except Exception as error:
            raise ArtganError(f"The {describe(self.spec)} isn't a command: {cause(error)}") from error
        command.name = self.name
        return command


def shadowed(own: Iterable[str]) -> list[CommandSpec]:
    """Return the commands of plugins whose names the program's own commands already use."""
    found = _brought()
    return [found[name] for name in own if name in found]


def _brought() -> dict[str, CommandSpec]:
    from artgan.plugins.loading import registry

    return registry().of(CommandSpec)


def _listed(name: str) -> Listed | None:
    """Return a plugin's command; None if there is none. Raises :class:`UserError` if it is ambiguous or disabled."""
    from artgan.errors import UserError
    from artgan.plugins.loading import registry

    known = registry()
    try:
        spec = known.find(CommandSpec, name)
    except UserError:
        if known.why_not(CommandSpec, name):
            raise
        return None
    return Listed(name, spec, f"Plugin {known.provider(spec).name}")
