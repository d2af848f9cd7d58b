"""Whether JSON that came from a file has the shape that the program relies on; needs no pydantic, and so no time."""

from typing import Any

NUMBER = (int, float)
NOTHING = type(None)


def fits(value: Any, shape: Any) -> bool:
    """Whether ``value`` has ``shape``.

    A shape is a type or several, ``[shape]`` for a list of such, ``{str: shape}`` for any keys, or a dict of the keys
    that matter, of which those that end in ``!`` must be there. Truth values are no numbers.
    """
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(entry, shape[0]) for entry in value)
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return False
        if str in shape:
            return all(fits(entry, shape[str]) for entry in value.values())
        return all(
            fits(value[key.rstrip("!")], wanted) if key.rstrip("!") in value else not key.endswith("!")
            for key, wanted in shape.items()
        )
    if isinstance(shape, tuple) and any(isinstance(one, (list, dict)) for one in shape):
        return any(fits(value, one) for one in shape)
    kinds = shape if isinstance(shape, tuple) else (shape,)
    return isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)
