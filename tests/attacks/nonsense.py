"""Values of all kinds, and records that are right but for a few places."""

import json
from typing import Any

from hypothesis import strategies as some

words = ["../../x", "/etc/passwd", "images/00000.png", "1e999", "\0", "\ud800", "fid", "auto", 2**63, -1]
scalars = (
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20) | some.sampled_from(words)
)
values = some.recursive(
    scalars,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@some.composite
def nearly(draw: Any, whole: dict[str, Any]) -> Any:
    """``whole`` with some values replaced, added or missing, at any depth."""
    found = json.loads(json.dumps(whole))
    for _ in range(draw(some.integers(1, 3))):
        place = found
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(some.sampled_from(keys))
            if isinstance(place[key], (dict, list)) and place[key] and draw(some.booleans()):
                place = place[key]
                continue
            if isinstance(place, dict) and draw(some.booleans()):
                del place[key]
            else:
                place[key] = draw(values)
            break
    return found
