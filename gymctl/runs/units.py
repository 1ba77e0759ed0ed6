"""Formats numbers, sizes and times as people read them."""

_DAY, _HOUR, _MINUTE = 86400, 3600, 60


def short(number: float) -> str:
    """A number of three digits with its thousands as letters: ``1.5M``, ``250k``."""
    for factor, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= factor * 0.9995:
            return f"{_three_digits(number / factor)}{letter}"
    return _three_digits(number)


def decimal(number: float) -> str:
    """A number with two decimals, or of three digits where it is beyond all measure: ``12.50``, ``1e+300``."""
    return f"{number:.2f}" if abs(number) < 1e15 else f"{number:.3g}"


def megabytes(size: int) -> str:
    """A size in decimal units: ``7.6 MB``."""
    for factor, unit in ((1e9, "GB"), (1e6, "MB")):
        if size >= factor * 0.9995:
            return f"{size / factor:.1f} {unit}"
    return f"{size / 1e3:.0f} kB"


def duration(seconds: float) -> str:
    """A time by its two largest units: ``3 d 4 h``, ``1 h 5 min``, ``12 s``."""
    whole = round(max(seconds, 0.0))
    for unit, letters, smaller, smaller_letters in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {letters}" + (f" {rest} {smaller_letters}" if rest else "")
    return f"{whole} s"


def age(seconds: float) -> str:
    """A time by its largest unit: ``3 d``, ``12 min``."""
    return " ".join(duration(seconds).split()[:2])


def _three_digits(number: float) -> str:
    text = f"{number:.3g}"
    return f"{float(text):g}" if "e" in text else text
