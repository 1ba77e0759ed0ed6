"""Names that become files."""

import pytest

from gymctl.core.errors import InputError
from gymctl.core.names import check_name, is_name


@pytest.mark.parametrize("name", ["Ant", "Ameise läuft 跑", "R$(cmd)", "a..b", ".hidden", "-x", "x" * 150])
def test_what_a_file_can_be_called_is_a_name(name):
    assert is_name(name)
    check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "../../evil",
        "/abs",
        "a/b",
        "a\\b",
        "a\0b",
        "a\nb",
        "\x1b[2J",
        "\u202eA",
        "\ud800",
        "x" * 151,
    ],
)
def test_what_would_lead_elsewhere_or_can_not_be_shown_is_none(name):
    assert not is_name(name)
    with pytest.raises(InputError):
        check_name(name)


@pytest.mark.parametrize("value", [None, 3, ["Ant"], b"Ant"])
def test_only_text_is_a_name(value):
    assert not is_name(value)
