"""Numbers that come from files."""

import json
import math

import pytest

from gymctl.core.numbers import finite, finite_int, plain_data


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, True, "1", None, [1]])
def test_what_is_no_finite_number_is_none(value):
    assert finite(value) is None
    assert finite_int(value) is None


def test_numbers_stay_as_they_are():
    assert finite(1.5) == 1.5
    assert finite(-(2**63) + 1) == -(2**63) + 1
    assert finite_int(3.9) == 3
    assert finite_int(1e300) is None


def test_data_becomes_what_json_has():
    data = {"a": [1, math.nan, {"b": -math.inf}], "c": True, "d": "\ud800", "e": None, "f": (10**400, "ü")}
    plain = plain_data(data)
    assert plain == {"a": [1, None, {"b": None}], "c": True, "d": "\ud800", "e": None, "f": [None, "ü"]}
    assert json.loads(json.dumps(plain, allow_nan=False).encode()) == plain


def test_data_without_a_bottom_is_refused():
    nested: list = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(ValueError, match="measure"):
        plain_data(nested)
