"""Numbers in sentences."""


def pluralize(count: int, one: str, many: str = "") -> str:
    """``1 picture``, ``1,332 pictures``; ``many`` is for words that don't just get an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
