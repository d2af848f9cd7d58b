"""Print the lists of models and data sets, which look the same."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from artgan.cli import output

if TYPE_CHECKING:
    from artgan.plugins.specs import Spec

COLUMNS = ("name", "summary", "distribution")


def show(key: str, specs: "Mapping[str, Spec]", json: bool, quiet: bool) -> None:
    """Print specs as a table, as names only, or as one object with the list under ``key``."""
    found = [summary(name, spec) for name, spec in sorted(specs.items())]
    if json:
        output.print_json({key: found})
    elif quiet:
        print("\n".join(entry["name"] for entry in found))
    else:
        output.print_table(COLUMNS, [[entry[c] for c in COLUMNS] for entry in found], wrap=("summary",))


def summary(name: str, spec: "Spec") -> dict[str, Any]:
    """Return what lists and detail pages show of a spec."""
    from artgan.plugins.loading import registry

    plugin = registry().provider(spec)
    return {
        "name": name,
        "summary": spec.summary,
        "plugin": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
    }
