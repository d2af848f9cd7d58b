"""Check the shape of JSON that came from a file, without pydantic, whose import takes time."""

from typing import Any

NUMBER = (int, float)
NOTHING = type(None)


def has_shape(value: Any, shape: Any) -> bool:
    """Return whether ``value`` has ``shape``.

    Args:
        value: parsed JSON.
        shape: a type or a tuple of types; ``[shape]`` for a list; ``{str: shape}`` for a dict with any keys; or a dict
            of the keys that matter, where a key that ends in ``!`` is required. Booleans don't count as numbers.
    """
    if isinstance(shape, list):
        return isinstance(value, list) and all(has_shape(entry, shape[0]) for entry in value)
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return False
        if str in shape:
            return all(has_shape(entry, shape[str]) for entry in value.values())
        return all(
            has_shape(value[key.rstrip("!")], wanted) if key.rstrip("!") in value else not key.endswith("!")
            for key, wanted in shape.items()
        )
    if isinstance(shape, tuple) and any(isinstance(one, (list, dict)) for one in shape):
        return any(has_shape(value, one) for one in shape)
    kinds = shape if isinstance(shape, tuple) else (shape,)
    return isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)
