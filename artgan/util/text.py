"""Format numbers in sentences."""


def pluralize(count: int, one: str, many: str = "") -> str:
    """Return ``1 picture`` or ``1,332 pictures``.

    Args:
        count: how many.
        one: the singular.
        many: the plural, if it isn't the singular with an s.
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
