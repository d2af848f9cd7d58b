"""Helpers for commands that work on styles: which models have styles, and parsing ``--layers``."""

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from artgan.errors import ArtganError, UserError
from artgan.models.model import Model
from artgan.models.styles import StyleModel
from artgan.plugins.loading import load_class, registry
from artgan.plugins.specs import ModelSpec

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

PARTS = ("coarse", "middle", "fine")
_RANGES = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")


def require_styles(run: "RunFolder", model: Model) -> StyleModel:
    """Return ``model`` if it has styles. Raises :class:`UserError` if not, naming the installed models that do."""
    if isinstance(model, StyleModel):
        return model
    able = models_with_styles()
    advice = (
        f"{' and '.join(able)} {'has' if len(able) == 1 else 'have'} them: `artgan train --model {able[0]}`."
        if able
        else "No installed model has them."
    )
    raise UserError(f"{run.name} has no styles, since its model is {run.details.config.model}. {advice}")


def models_with_styles() -> list[str]:
    """Return the names of installed models that have styles; ignore models that can't be imported."""
    found = []
    for name, spec in registry().of(ModelSpec).items():
        with suppress(ArtganError):
            if issubclass(load_class(spec, Model), StyleModel):
                found.append(name)
    return found


def parse_layers(text: str, count: int) -> list[int]:
    """Parse layers of a model with ``count`` layers: the name of a third, ``all``, or numbers and ranges (``0-2,5``).

    Karras et al. 2019 (section 3.1) call layers up to 8 pixels coarse and those from 64 pixels on fine; here, for
    networks of any depth, the first third is coarse and the last third fine.

    Returns:
        Indices of the layers, from 0, ascending.

    Raises:
        UserError: if ``text`` is malformed, or names layers that don't exist.
    """
    word = text.strip().casefold()
    if word == "all":
        return list(range(count))
    if word in PARTS:
        bounds = [round(count * part / 3) for part in range(4)]
        # With two layers, the middle third would be empty.
        begin = min(bounds[PARTS.index(word)], count - 1)
        return list(range(begin, max(bounds[PARTS.index(word) + 1], begin + 1)))
    word = word.replace(" ", "")
    if not _RANGES.fullmatch(word):
        raise UserError(f"--layers must be {', '.join(PARTS)}, all, or numbers such as 0-2 or 0,1,5, not {text}.")
    found: set[int] = set()
    for part in word.split(","):
        low, high = (int(number) for number in (part.split("-") * 2)[:2])
        if low > high or high >= count:
            raise UserError(
                f"--layers {text}: no layer {part}; this model has layers 0 (coarse) to {count - 1} (fine)."
            )
        found.update(range(low, high + 1))
    return sorted(found)
