"""What comes with artgan."""

from artgan.plugins.loading import registry
from artgan.plugins.specs import Spec


def names(kind: type[Spec]) -> list[str]:
    """Names of the first-party plugins of a kind."""
    known = registry()
    return [name for name, spec in known.of(kind).items() if known.provider(spec).distribution == "artgan"]
