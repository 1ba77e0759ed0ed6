"""Words for numbers of things."""


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it is one: ``1 env``, ``4,096 envs``, ``2 minibatches``.

    Args:
        number: How many.
        noun: The regular noun for one, which may have other words before it, as ``env step``.
    """
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun}{'es' if noun.endswith(('s', 'x', 'tch', 'sh')) else 's'}"
