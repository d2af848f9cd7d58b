"""The plugins that a run depends on: where they came from, and whether they are still the same.

A record's ``plugins`` has an entry for each part that a plugin plays: ``model``, ``data``, an option that names one
(``loss``), ``tracker wandb``.
"""

import hashlib
import inspect
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from artgan.errors import ArtganError, UserError
from artgan.plugins.loading import load, registry
from artgan.plugins.plugin_registry import same_distribution
from artgan.plugins.specs import KINDS, DatasetSpec, ModelSpec, Spec, TrackerSpec
from artgan.runs.entries import Origin
from artgan.runs.record import RunRecord

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

# Records of older versions name no kinds.
KIND: dict[str, type[Spec]] = {"model": ModelSpec, "data": DatasetSpec}


def origin(spec: Spec) -> Origin:
    """Return which package brought ``spec``, and a hash of the source of its class."""
    plugin = registry().provider(spec)
    return Origin(
        kind=spec.kind,
        name=spec.name,
        distribution=plugin.distribution,
        version=plugin.version,
        entry_point=plugin.name,
        source=source_hash(spec),
    )


def source_hash(spec: Spec) -> str | None:
    """Return 16 digits of the SHA-256 of the class's source; None if it has none, as in a notebook's cell."""
    try:
        return hashlib.sha256(inspect.getsource(load(spec)).encode()).hexdigest()[:16]
    except (OSError, TypeError, ArtganError):
        return None


def recorded(record: RunRecord) -> Mapping[str, Origin]:
    """Return the plugins of a run as its last session had them."""
    return next((one.plugins for one in reversed(record.sessions) if one.plugins), record.plugins)


def needed(record: RunRecord, to_train: bool) -> list[str]:
    """Return the parts that a run can't be opened without: to sample from it, or to train it."""
    named = [part for part in recorded(record) if part in record.model.options]
    return ["model", *(["data"] if to_train else []), *named]


def locate(run: "RunFolder", parts: Iterable[str]) -> dict[str, str]:
    """Return the names under which the plugins of ``run`` are found now, preferably those of the same packages.

    Raises:
        UserError: if one is missing; it says which one, why, and what to do.
    """
    found = {}
    for part in parts:
        try:
            found[part] = registry().name_of(find(run.details, part))
        except UserError as error:
            raise UserError(
                f"{run.name} needs the {_what(run.details, part)}: {error} {_advice(run.details, part)}"
            ) from None
    return found


def missing(record: RunRecord) -> list[str]:
    """Return which plugins of a run can't be found, and what to do, one per line."""
    lines = []
    for part in recorded(record):
        try:
            find(record, part)
        except UserError:
            lines.append(f"{_what(record, part)}. {_advice(record, part)}")
    return lines


def changes(run: "RunFolder", parts: Iterable[str]) -> str:
    """Return what has changed since ``run`` was trained, in a sentence; empty if nothing has."""
    found = []
    for part in parts:
        known = recorded(run.details).get(part)
        if known is None:
            continue
        spec = find(run.details, part)
        now = registry().provider(spec)
        if not same_distribution(now.distribution, known.distribution):
            found.append(f"the {_what(run.details, part)} is now of {now.distribution} {now.version}")
        elif now.version != known.version:
            found.append(f"the {_what(run.details, part)} is now of version {now.version}")
        elif known.source not in (None, source_hash(spec)):
            found.append(f"the source of the {_what(run.details, part)} has changed")
    return f"Since {run.name} was trained, {', and '.join(found)}: results may differ." if found else ""


def find(record: RunRecord, part: str) -> Spec:
    """Return what plays a part in a run: of the package that brought it, or else of any. Raises :class:`UserError`."""
    known, bare = recorded(record).get(part), _name(record, part).rpartition(":")[2]
    kind = _kind(part, known)
    if known is not None:
        try:
            return registry().find(kind, f"{known.distribution}:{bare}")
        except UserError:
            pass
    return registry().find(kind, bare)


def maker(record: RunRecord) -> list[Spec]:
    """Return the model of a run, to attribute errors to; none for runs that don't say where it came from."""
    return [find(record, "model")] if record.plugins else []


def _name(record: RunRecord, part: str) -> str:
    asked = {"model": record.config.model, "data": record.config.data}
    known = recorded(record).get(part)
    return str((asked[part] if part in asked else record.model.options.get(part)) or (known.name if known else ""))


def _kind(part: str, known: Origin | None) -> type[Spec]:
    named = next((kind for kind in KINDS if known and kind.kind == known.kind), TrackerSpec)
    return KIND.get(part, named)


def _what(record: RunRecord, part: str) -> str:
    known = recorded(record).get(part)
    owner = f" of {known.distribution} {known.version}" if known else ""
    return f"{_kind(part, known).title} '{_name(record, part).rpartition(':')[2]}'{owner}"


def _advice(record: RunRecord, part: str) -> str:
    known = recorded(record).get(part)
    if known is None or known.distribution == "unknown":
        return ""
    off = registry().why_not(_kind(part, known), f"{known.distribution}:{known.entry_point}")
    return off or f"Install it: artgan plugins install {known.distribution}=={known.version}"
