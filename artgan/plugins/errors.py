"""Attribute unexpected exceptions to the plugin that raised them."""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType

from artgan.errors import ArtganError
from artgan.plugins.loading import cause, describe
from artgan.plugins.specs import Spec
from artgan.util.memory import is_out_of_memory

_FROM_PLUGIN = "_artgan_raised_by_plugin_call"


class PluginFailed(ArtganError):
    """An unexpected exception from a plugin."""


class plugin_call:
    """Mark what is raised inside as raised by a call of a plugin, for :func:`plugin_errors`.

    A plugin may fail in code that isn't its own: its networks are torch's, and its methods may be inherited from
    artgan. The traceback doesn't tell such a failure from one of artgan itself; whoever calls the plugin knows.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        if error is not None:
            vars(error)[_FROM_PLUGIN] = True


@contextmanager
def plugin_errors(specs: Sequence[Spec], when: Callable[[], str] = str, *, only_calls: bool = False) -> Iterator[None]:
    """Turn unexpected exceptions from plugins into :class:`PluginFailed`, which names the plugin.

    Errors with a message of their own (:class:`ArtganError`, a full disk, out of memory) pass unchanged.

    Args:
        specs: specs of the plugins at work.
        when: returns what the plugin was doing, in words: ``"in step 12"``.
        only_calls: let exceptions that no plugin's code raised pass unless they come from a :class:`plugin_call`;
            without it, all of them are attributed to the first of ``specs``.
    """
    try:
        yield
    except ArtganError:
        raise
    except (Exception, SystemExit) as error:
        frames = list(_frames(error))
        spec = _owner(frames, specs)
        if spec is None and specs and (not only_calls or _FROM_PLUGIN in vars(error)):
            spec = specs[0]
        if spec is None or _is_out_of_resources(error):
            raise
        place = f" {when()}" if when() else ""
        raise PluginFailed(
            f"The {describe(spec)} failed{place}: {cause(error)}. --debug shows the traceback."
        ) from error


def _owner(frames: Sequence[FrameType], specs: Sequence[Spec]) -> Spec | None:
    """Return the spec whose class, or else whose module or package, is deepest in the traceback."""
    for matches in (_in_its_class, _in_its_module, _in_its_package):
        for frame in reversed(frames):
            for spec in specs:
                if matches(frame, *_home(spec)):
                    return spec
    return None


def _home(spec: Spec) -> tuple[str, str]:
    if isinstance(spec.target, str):
        module, _, name = spec.target.partition(":")
        return module, name
    return spec.target.__module__, spec.target.__qualname__


def _in_its_class(frame: FrameType, module: str, name: str) -> bool:
    return _in_its_module(frame, module, name) and frame.f_code.co_qualname.startswith(f"{name}.")


def _in_its_module(frame: FrameType, module: str, name: str) -> bool:
    return bool(frame.f_globals.get("__name__") == module)


def _in_its_package(frame: FrameType, module: str, name: str) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] == module.partition(".")[0]


def _frames(error: BaseException) -> Iterator[FrameType]:
    step = error.__traceback__
    while step is not None:
        yield step.tb_frame
        step = step.tb_next


def _is_out_of_resources(error: BaseException) -> bool:
    return is_out_of_memory(error) or (isinstance(error, OSError) and error.errno == errno.ENOSPC)
