"""Where the plugins of a run come from, as its record keeps it, and whether they are still the same.

A record's ``plugins`` has an entry for each part that a plugin plays: ``model``, ``data``, an option that names one
(``loss``), ``tracker wandb``.
"""

import hashlib
import inspect
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from artgan.errors import ArtganError, UserError
from artgan.plugins.loading import load, registry
from artgan.plugins.plugin_registry import same_distribution
from artgan.plugins.specs import KINDS, DatasetSpec, ModelSpec, Spec, TrackerSpec

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

Origin = dict[str, Any]
# Records of before name no kinds.
KIND: dict[str, type[Spec]] = {"model": ModelSpec, "data": DatasetSpec}


def origin(spec: Spec) -> Origin:
    """Which package brought ``spec``, and what its class reads like."""
    plugin = registry().provider(spec)
    return {
        "kind": spec.kind,
        "name": spec.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "entry_point": plugin.name,
        "source": source_hash(spec),
    }


def source_hash(spec: Spec) -> str | None:
    """The first 16 digits of the SHA-256 of the class's source; None if it has none, as in a notebook's cell."""
    try:
        return hashlib.sha256(inspect.getsource(load(spec)).encode()).hexdigest()[:16]
    except (OSError, TypeError, ArtganError):
        return None


def recorded(record: Mapping[str, Any]) -> dict[str, Origin]:
    """The plugins of a run as its last session had them."""
    sessions = [record, *record.get("sessions", [])]
    return next((dict(one["plugins"]) for one in reversed(sessions) if one.get("plugins")), {})


def needed(record: Mapping[str, Any], to_train: bool) -> list[str]:
    """The parts that a run can't be opened without: to sample from it, or to train it."""
    options = record.get("model", {}).get("options", {})
    named = [part for part in recorded(record) if part in options]
    return ["model", *(["data"] if to_train else []), *named]


def locate(run: "RunFolder", parts: Iterable[str]) -> dict[str, str]:
    """By what names the plugins of ``run`` are found now: those of the same packages, if they are there.

    Raises:
        UserError: if one is missing; it says which, why, and what to do.
    """
    found = {}
    for part in parts:
        try:
            found[part] = registry().name_of(find(run.record, part))
        except UserError as error:
            raise UserError(
                f"{run.name} needs the {_what(run.record, part)}: {error} {_advice(run.record, part)}"
            ) from None
    return found


def missing(record: Mapping[str, Any]) -> list[str]:
    """Which plugins of a run can't be found, and what to do; a line each."""
    lines = []
    for part in recorded(record):
        try:
            find(record, part)
        except UserError:
            lines.append(f"{_what(record, part)}. {_advice(record, part)}")
    return lines


def changes(run: "RunFolder", parts: Iterable[str]) -> str:
    """What is no longer as it was when ``run`` was trained, in a sentence; empty if nothing."""
    found = []
    for part in parts:
        known = recorded(run.record).get(part)
        if known is None:
            continue
        spec = find(run.record, part)
        now = registry().provider(spec)
        if not same_distribution(now.distribution, known["distribution"]):
            found.append(f"the {_what(run.record, part)} is now of {now.distribution} {now.version}")
        elif now.version != known["version"]:
            found.append(f"the {_what(run.record, part)} is now of version {now.version}")
        elif known.get("source") not in (None, source_hash(spec)):
            found.append(f"the source of the {_what(run.record, part)} has changed")
    return f"Since {run.name} was trained, {', and '.join(found)}: results may differ." if found else ""


def find(record: Mapping[str, Any], part: str) -> Spec:
    """What plays a part in a run: of the package that brought it, or else of any. Raises :class:`UserError`."""
    known, name = recorded(record).get(part, {}), _name(record, part)
    kind = _kind(part, known)
    bare = name.rpartition(":")[2]
    try:
        return registry().find(kind, f"{known.get('distribution')}:{bare}")
    except UserError:
        return registry().find(kind, bare)


def maker(record: Mapping[str, Any]) -> list[Spec]:
    """The model that a run is of, to be blamed for what it raises; nobody for what only quacks like a run."""
    return [find(record, "model")] if record.get("plugins") else []


def _name(record: Mapping[str, Any], part: str) -> str:
    given = record.get("config", {}).get(part) if part in KIND else record["model"]["options"].get(part)
    return str(given or recorded(record)[part].get("name"))


def _kind(part: str, known: Mapping[str, Any]) -> type[Spec]:
    named = next((kind for kind in KINDS if kind.kind == known.get("kind")), TrackerSpec)
    return KIND.get(part, named)


def _what(record: Mapping[str, Any], part: str) -> str:
    known = recorded(record).get(part, {})
    owner = f" of {known['distribution']} {known['version']}" if known else ""
    return f"{_kind(part, known).title} '{_name(record, part).rpartition(':')[2]}'{owner}"


def _advice(record: Mapping[str, Any], part: str) -> str:
    known = recorded(record).get(part, {})
    if not known or known["distribution"] == "unknown":
        return ""
    off = registry().why_not(_kind(part, known), f"{known['distribution']}:{known['entry_point']}")
    return off or f"Install it: artgan plugins install {known['distribution']}=={known['version']}"
