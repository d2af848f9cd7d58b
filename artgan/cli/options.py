"""From the options that requests declare to the command line, and back."""

import functools
import inspect
import os
import shlex
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, is_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import typer

from artgan.cli import completion
from artgan.cli.command import OUTPUT, Command
from artgan.requests import blend, explore, gallery, interpolate, project, shared
from artgan.requests.declare import Declared, Option, Request, declared
from artgan.requests.shared import FILES, RUN_ARGUMENT

__all__ = ["FILES", "DataDir", "Debug", "Json", "Quiet", "RunArgument", "RunsDir", "add_command"]
__all__ += ["command_line", "examples", "request_of"]

Q = TypeVar("Q", bound=Request)

PANELS = [shared.MODEL, shared.RUN_PANEL, shared.DATA, shared.DURATION, shared.TRAINING, shared.IMAGES]
PANELS += [explore.STRIPS, interpolate.VIDEO, project.SEARCH, blend.SHARES, shared.EVALUATION, gallery.EXHIBIT]
PANELS += [shared.HARDWARE, shared.FILES, shared.SIGNING, OUTPUT]
"""Headings of help pages, in the order in which they appear."""


def examples(*lines: tuple[str, str]) -> str:
    """Return the examples at the end of a help page: a command, and what it is for."""
    width = max(len(command) for command, _ in lines)
    shown = [f"[bold cyan]{command}[/]{' ' * (width - len(command) + 2)}[dim]{aim}[/]" for command, aim in lines]
    return "[bold]Examples[/]\n" + "\n".join(shown)


def _set_debug(wanted: bool) -> None:
    # In the environment, so that processes that a training launches know it, too.
    if wanted:
        os.environ["ARTGAN_DEBUG"] = "1"


Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print one JSON object on stdout; everything else goes to stderr.", rich_help_panel=OUTPUT
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print only the essential: a path or names.", rich_help_panel=OUTPUT),
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="Show the traceback of errors (or set ARTGAN_DEBUG=1).",
        callback=_set_debug,
        rich_help_panel=OUTPUT,
    ),
]


def info(option: Option, name: str) -> Any:
    """Return what Typer needs to know of an option called ``name``."""
    return _info(Declared(name, str, True, None, option))


def add_command(app: typer.Typer, name: str, function: Callable[..., None], panel: str | None, epilog: str) -> None:
    """Add a command whose first parameter may be a request.

    The fields of the request become options, made of the way they are declared; the other parameters stay as they are.
    The request is made of what is given, so that defaults are the fields' own.
    """
    kind = _request_of(function)
    command = _with_options(function, kind) if kind else function
    bare = {field.flag: field.option.bare for field in declared(kind) if field.option.bare is not None} if kind else {}
    cls = type("RequestCommand", (Command,), {"optional_values": bare})
    app.command(name, cls=cls, rich_help_panel=panel, epilog=epilog)(command)


def command_line(command: str, request: Request, **changed: object) -> str:
    """Return the command that makes the same request, with some fields ``changed``; None leaves one out."""
    words = ["artgan", command]
    kind: Any = type(request)
    for field in declared(kind):
        value = changed[field.name] if field.name in changed else getattr(request, field.name)
        if value is None or not (field.name in changed or field.name in request.given):
            continue
        for one in value if isinstance(value, (list, tuple)) else [value]:
            bare = isinstance(one, bool) or one == ""
            flag = field.flag.replace("--", "--no-", 1) if one is False else field.flag
            words += [*([] if field.option.argument else [flag]), *([] if bare else [str(one)])]
    return shlex.join(words)


def _request_of(function: Callable[..., None]) -> Any:
    first = next(iter(inspect.signature(function, eval_str=True).parameters.values()), None)
    kind = first.annotation if first else None
    return kind if is_dataclass(kind) else None


def _with_options(function: Callable[..., None], kind: Any) -> Callable[..., None]:
    parameters = inspect.signature(function, eval_str=True).parameters
    name = next(iter(parameters))
    fields = declared(kind)
    made = [_parameter(field) for field in sorted(fields, key=lambda field: field.option.rank)]
    own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for key, p in parameters.items() if key != name]

    @functools.wraps(function)
    def command(**typed: Any) -> None:
        request = request_of(kind, {field.name: typed.pop(field.name) for field in fields})
        function(request, **typed)

    command.__signature__ = inspect.Signature(sorted([*made, *own], key=_place))  # type: ignore[attr-defined]
    command.__annotations__ = {}
    return command


def request_of(kind: Callable[..., Q], typed: Mapping[str, Any]) -> Q:
    """Make a request of what was typed; None stands for the default."""
    values = {}
    for field in declared(kind):
        value = typed[field.name]
        if value is not None:
            # Fields that take text as it was typed are parsed when they are validated, with what a file has.
            parse = None if isinstance(value, str) and _takes_text(field.kind) else field.option.parse
            values[field.name] = parse(value, field.flag) if parse else value
        elif field.default is MISSING:
            values[field.name] = None
    return kind(**values)


def _takes_text(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType) and str in get_args(kind)


def _parameter(field: Declared) -> inspect.Parameter:
    required = field.default is MISSING and not field.optional
    typed = field.option.typed or (str if get_origin(field.kind) in (Union, types.UnionType) else field.kind)
    info = _info(field, ... if required else None)
    return inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=typed)


def _info(field: Declared, *default: Any) -> Any:
    option = field.option
    shown: dict[str, Any] = {"help": _help(field), "metavar": option.metavar}
    shown |= {"rich_help_panel": option.panel or None, "is_eager": option.eager}
    if option.complete:
        shown["autocompletion"] = getattr(completion, option.complete)
    if option.argument:
        return typer.Argument(*default, **shown)
    long = f"--{field.name.replace('_', '-')}"
    flags = option.flags or ((f"{long}/--no-{long[2:]}",) if field.kind is bool else (long,))
    return typer.Option(*default, *flags, **shown)


def _help(field: Declared) -> str:
    default = field.option.default_help or _default(field.default)
    return f"{field.option.help}{f' (default: {default})' if default else ''}."


def _default(value: Any) -> str:
    if value is True:
        return "yes"
    if value is MISSING or value is None or value is False:
        return ""
    if isinstance(value, (list, tuple, dict)):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _place(parameter: inspect.Parameter) -> int:
    """Return the position of a parameter on the help page: arguments, then options by panel."""
    info = parameter.default
    if not hasattr(info, "rich_help_panel"):
        (info,) = parameter.annotation.__metadata__
    panel = info.rich_help_panel
    return -1 if panel is None else PANELS.index(panel) if panel in PANELS else len(PANELS) - 1


RunArgument = Annotated[str | None, info(RUN_ARGUMENT, "run")]
RunsDir = Annotated[Path | None, info(shared.RUNS_DIR, "runs_dir")]
DataDir = Annotated[Path | None, info(shared.DATA_DIR, "data_dir")]
