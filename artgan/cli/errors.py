"""Turn exceptions into one or two lines for the user, and an exit code."""

import contextlib
import difflib
import errno
import json
import os
import re
import sys
from pathlib import Path
from typing import Any, get_args

import typer

from artgan.cli import streams, wrapping
from artgan.errors import ArtganError, Terminated, nearest
from artgan.util.memory import is_out_of_memory
from artgan.util.processes import is_main_process

INTERRUPTED = 130
"""The code that Typer returns for every KeyboardInterrupt."""

ClickException: Any = typer.BadParameter.__mro__[2]
"""The base class of Typer's errors for invalid arguments; its module differs between versions of Typer."""


def run(command: Any) -> int:
    """Run the program and return its exit code; only ``--debug`` shows a traceback."""
    try:
        return _exit_code(command(prog_name="artgan", standalone_mode=False))
    except ClickException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # the help has been printed, or is the message
            print(error.message, end="\n" if error.message else "")
            return 0
        return _fail(_usage_message(error), error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted()
    except ArtganError as error:
        _show_traceback()
        return _fail(str(error), error.exit_code)
    except Exception as error:
        _show_traceback()
        return _fail(_unexpected_message(error), 1)


def finish(code: Any) -> Any:
    """Return the exit code ``code``, or 1 in place of 0 if stdout can't take what was printed.

    A reader that has left, as ``head`` does, isn't told about it.
    """
    error = streams.flush()
    if error is None:
        return code
    if error.errno not in streams.NO_READER:
        _fail(_lost_output_message(error), 1)
    return code or 1


def debugging() -> bool:
    """Return whether ``--debug`` or ``ARTGAN_DEBUG`` asks for tracebacks."""
    return os.environ.get("ARTGAN_DEBUG", "") not in ("", "0")


def _exit_code(returned: Any) -> int:
    if returned == INTERRUPTED:  # Typer has caught a KeyboardInterrupt
        return _interrupted()
    return returned if isinstance(returned, int) else 0


def _interrupted() -> int:
    code = 128 + Terminated.latest
    _print_object("Interrupted.", code)
    streams.say("Interrupted.")
    return code


def _print_object(message: str, code: int) -> None:
    # If several processes fail in the same way, one answers.
    if "--json" in sys.argv and is_main_process():
        with contextlib.suppress(OSError):  # the exit code and stderr say the same
            print(json.dumps({"error": message, "exit_code": code}, ensure_ascii=False))


def _fail(message: str, code: int) -> int:
    _print_object(message, code)
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    prefix = "\033[1;31mError:\033[0m" if coloured else "Error:"
    lines = wrapping.lines(message, wrapping.columns(sys.stderr), len("Error: "))
    streams.say(f"{prefix} " + "\n".join(lines))
    return code


def _show_traceback() -> None:
    if debugging():
        import traceback

        streams.say(traceback.format_exc().rstrip())


def _usage_message(error: Any) -> str:
    context = getattr(error, "ctx", None)
    # An option without its value is reported without a context, but the command comes first on the line.
    named = [word for word in sys.argv[1:2] if word.isalpha()]
    program = context.command_path if context else " ".join(["artgan", *named])
    advice = f"See `{program} --help`."
    if type(error).__name__ == "NoSuchOption":
        return f"Unknown option {error.option_name}.{_nearest_option(error, context)} {advice}"
    message = " ".join(error.format_message().split())
    if message.startswith("No such command") and context:
        asked = message.partition("'")[2].partition("'")[0]
        guess = _nearest_command(asked, context)
        return f"Unknown command '{asked}'.{guess} {'' if guess.endswith('--help`?') else advice}".rstrip()
    extra = re.match(r"Got unexpected extra argument(?:s|\(s\))? \((\S+).*\)", message)
    if extra and context:
        return f"Unexpected extra argument '{extra[1]}'.{_meant_option(extra[1], context)} {advice}"
    return f"{_wrong_value(error) or message.rstrip('.')}. {advice}"


def _nearest_command(asked: str, context: Any) -> str:
    path = context.command_path
    if f"--{asked}" in _long_options(context):
        return f" Did you mean `{path} --{asked}`?"
    guess = nearest(asked, context.command.list_commands(context))
    return f" Did you mean `{path} {guess}`?" if guess else ""


def _meant_option(word: str, context: Any) -> str:
    """Return the option that a stray word may be meant for."""
    known = _long_options(context)
    name = next((name for name in ("run", "data") if f"--{name}" in known), None)
    if name == "data" and "--model" in known and not Path(word).exists():
        from artgan.plugins.loading import registry
        from artgan.plugins.specs import ModelSpec

        name = "model" if word in registry().of(ModelSpec) else name
    return f" Did you mean --{name} {word}?" if name and not context.params.get(name) else ""


def _wrong_value(error: Any) -> str:
    """Return ``--steps must be a whole number, not ten``; empty if something else is wrong."""
    cause: Any = error.__cause__
    parameter: Any = getattr(error, "param", None)
    descriptor = getattr(parameter, "type_descriptor", None)
    if descriptor is None or not hasattr(cause, "errors"):
        return ""
    wanted = _wanted(descriptor)
    named = max(parameter.opts, key=len) if parameter.param_type_name == "option" else parameter.make_metavar(error.ctx)
    return f"{named} must be {wanted}, not {cause.errors()[0]['input']}" if wanted else ""


def _wanted(descriptor: Any) -> str:
    if descriptor.choices:
        *most, last = map(str, descriptor.choices)
        return f"{', '.join(most)} or {last}" if most else last
    kinds = [kind for kind in (int, float) if kind in (descriptor.annotation, *get_args(descriptor.annotation))]
    return {int: "a whole number", float: "a number"}[kinds[0]] if kinds else ""


def _long_options(context: Any) -> list[str]:
    known = context.command.get_params(context)
    return [name for p in known for name in (*p.opts, *p.secondary_opts) if name.startswith("--")]


def _nearest_option(error: Any, context: Any) -> str:
    # Compared without dashes, which would make any two options look similar.
    words = {name.removeprefix("--"): name for name in _long_options(context)} if context else {}
    guesses = difflib.get_close_matches(error.option_name.lstrip("-"), words, n=1, cutoff=0.6)
    return f" Did you mean {words[guesses[0]]}?" if guesses else ""


def _lost_output_message(error: OSError) -> str:
    return f"The output can't be written: {error.strerror or error}. Send it somewhere else, or make room."


def _unexpected_message(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is None and (lost := streams.flush()):
        return _lost_output_message(lost)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        where = f" ({error.filename})" if error.filename else ""
        return f"The disk is full{where}. Free some space, then continue with `artgan resume`."
    if is_out_of_memory(error):
        return "Out of memory. Try a smaller --batch-size, --size or a narrower model."
    text = " ".join(str(error).split())
    if len(text) > 300:
        text = text[:300] + "…"
    hint = "" if debugging() else " Run it again with --debug for details."
    return f"Unexpected {type(error).__name__}{f': {text}' if text else ''}.{hint}".replace("..", ".")
