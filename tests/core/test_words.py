"""Numbers of things."""

import pytest

from gymctl.core.words import counted


@pytest.mark.parametrize(
    ("number", "noun", "told"),
    [
        (0, "env", "0 envs"),
        (1, "env", "1 env"),
        (4096, "env step", "4,096 env steps"),
        (1, "minibatch", "1 minibatch"),
        (2, "minibatch", "2 minibatches"),
        (3, "epoch", "3 epochs"),
    ],
)
def test_a_noun_has_its_plural_where_it_is_one(number, noun, told):
    assert counted(number, noun) == told
