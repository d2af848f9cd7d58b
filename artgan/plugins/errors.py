"""Attribute unexpected exceptions to the plugin that raised them."""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from artgan.errors import ArtganError
from artgan.plugins.loading import cause, describe
from artgan.plugins.specs import Spec
from artgan.util.memory import is_out_of_memory


class PluginFailed(ArtganError):
    """An unexpected exception from a plugin."""


@contextmanager
def plugin_errors(specs: Sequence[Spec], when: Callable[[], str] = str, within: Sequence[str] = ()) -> Iterator[None]:
    """Turn unexpected exceptions from plugins into :class:`PluginFailed`, which names the plugin.

    Errors with a message of their own (:class:`ArtganError`, a full disk, out of memory) pass unchanged.

    Args:
        specs: specs of the plugins at work.
        when: returns what the plugin was doing, in words: ``"in step 12"``.
        within: names of functions that call plugins. An exception from other code is attributed to the first of
            ``specs`` if it came through one of these functions, and passes unchanged if not. If ``within`` is empty,
            it is always attributed to the first.
    """
    try:
        yield
    except ArtganError:
        raise
    except (Exception, SystemExit) as error:
        frames = list(_frames(error))
        spec = _owner(frames, specs)
        if spec is None and specs and (not within or any(frame.f_code.co_name in within for frame in frames)):
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
