"""From an exception to one or two lines for the person at the keyboard, and an exit code."""

import difflib
import errno
import json
import os
import sys
from typing import Any

import typer

from artgan.errors import ArtganError, Terminated, nearest
from artgan.processes import is_main_process
from artgan.shortage import is_shortage

INTERRUPTED = 130
"""What typer makes of every KeyboardInterrupt."""

ClickException: Any = typer.BadParameter.__mro__[2]
"""What typer raises for arguments that can't be; its home differs between typer's versions."""


def run(command: Any) -> int:
    """Run the program and return its exit code. Nothing but a ``--debug`` traceback escapes."""
    try:
        return _exit_code(command(prog_name="artgan", standalone_mode=False))
    except ClickException as error:
        return _fail(_usage_message(error), error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return _interrupted()
    except ArtganError as error:
        _show_traceback()
        return _fail(str(error), error.exit_code)
    except Exception as error:
        _show_traceback()
        return _fail(_unexpected_message(error), 1)


def debugging() -> bool:
    """Whether ``--debug`` or ``ARTGAN_DEBUG`` asks for tracebacks."""
    return os.environ.get("ARTGAN_DEBUG", "") not in ("", "0")


def _exit_code(returned: Any) -> int:
    if returned == INTERRUPTED:  # typer has caught a KeyboardInterrupt
        return _interrupted()
    return returned if isinstance(returned, int) else 0


def _interrupted() -> int:
    code = 128 + Terminated.latest
    _print_object("Interrupted.", code)
    print("Interrupted.", file=sys.stderr)
    return code


def _print_object(message: str, code: int) -> None:
    # Of several processes that fail alike, one answers.
    if "--json" in sys.argv and is_main_process():
        print(json.dumps({"error": message, "exit_code": code}, ensure_ascii=False))


def _fail(message: str, code: int) -> int:
    _print_object(message, code)
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    prefix = "\033[1;31mError:\033[0m" if coloured else "Error:"
    print(prefix, message, file=sys.stderr)
    return code


def _show_traceback() -> None:
    if debugging():
        import traceback

        traceback.print_exc()


def _usage_message(error: Any) -> str:
    context = getattr(error, "ctx", None)
    # An option without its value is reported without a context, but the command comes first on the line.
    named = [word for word in sys.argv[1:2] if word.isalpha()]
    program = context.command_path if context else " ".join(["artgan", *named])
    advice = f"`{program} --help` shows what there is."
    if type(error).__name__ == "NoSuchOption":
        return f"There is no option {error.option_name}.{_nearest_option(error, context)} {advice}"
    message = " ".join(error.format_message().split())
    if message.startswith("No such command") and context:
        asked = message.partition("'")[2].partition("'")[0]
        guess = nearest(asked, context.command.list_commands(context))
        return f"There is no command '{asked}'.{f' Did you mean `artgan {guess}`?' if guess else ''} {advice}"
    return f"{message.rstrip('.')}. {advice}"


def _nearest_option(error: Any, context: Any) -> str:
    # Compared without their dashes, which would make any two options look alike.
    known = [name for p in context.command.params for name in (*p.opts, *p.secondary_opts)] if context else []
    words = {name.removeprefix("--"): name for name in known if name.startswith("--")}
    guesses = difflib.get_close_matches(error.option_name.lstrip("-"), words, n=1, cutoff=0.6)
    return f" Did you mean {words[guesses[0]]}?" if guesses else ""


def _unexpected_message(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        where = f" ({error.filename})" if error.filename else ""
        return f"The disk is full{where}. Free some space, then go on with `artgan resume`."
    if is_shortage(error):
        return "There is not enough memory. Try a smaller --batch-size, --size or a narrower model."
    text = " ".join(str(error).split())
    if len(text) > 300:
        text = text[:300] + "…"
    hint = "" if debugging() else " Run it again with --debug to see where."
    return f"Unexpected {type(error).__name__}{f': {text}' if text else ''}.{hint}".replace("..", ".")
