"""What commands that work on styles share: which models have them, and which layers are meant."""

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
    """``model``, if it has styles. Raises :class:`UserError`, saying which installed models have."""
    if isinstance(model, StyleModel):
        return model
    able = models_with_styles()
    advice = f"{' and '.join(able)} {'has' if len(able) == 1 else 'have'}" if able else "no installed model has"
    raise UserError(
        f"{run.name} has no styles: its model, {run.details.config.model}, makes images of latents in one step. "
        f"Of the models, {advice} styles{f': `artgan train --model {able[0]}`' if able else ''}."
    )


def models_with_styles() -> list[str]:
    """Names of the installed models that have styles; of those that can't be imported nothing is known."""
    found = []
    for name, spec in registry().of(ModelSpec).items():
        with suppress(ArtganError):
            if issubclass(load_class(spec, Model), StyleModel):
                found.append(name)
    return found


def parse_layers(text: str, count: int) -> list[int]:
    """Numbers of the layers meant, from 0, of ``count``: a third by its name, or numbers and ranges (``0-2,5``).

    Karras et al. 2019 (section 3.1) call the layers up to 8 pixels coarse and those from 64 on fine; of networks of any
    depth the first third is coarse here, and the last fine.

    Raises:
        UserError: if it can't be read, or names layers that aren't there.
    """
    word = text.strip().casefold()
    if word == "all":
        return list(range(count))
    if word in PARTS:
        bounds = [round(count * part / 3) for part in range(4)]
        # Of two layers none would be in the middle.
        begin = min(bounds[PARTS.index(word)], count - 1)
        return list(range(begin, max(bounds[PARTS.index(word) + 1], begin + 1)))
    word = word.replace(" ", "")
    if not _RANGES.fullmatch(word):
        raise UserError(f"--layers {text} should be {', '.join(PARTS)}, all, or numbers such as 0-2 or 0,1,5.")
    found: set[int] = set()
    for part in word.split(","):
        low, high = (int(number) for number in (part.split("-") * 2)[:2])
        if low > high or high >= count:
            raise UserError(f"--layers {text}: there is no {part}; this model's layers are 0 (coarse) to {count - 1}.")
        found.update(range(low, high + 1))
    return sorted(found)
