"""Any number of envs gets a minibatch that divides the batch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gymctl.config import compose
from gymctl.learning.minibatch import fit, fit_minibatch


@given(envs=st.integers(1, 20_000), horizon=st.integers(1, 64), size=st.integers(1, 40_000), count=st.floats(0.1, 64))
def test_it_divides_the_batch(envs, horizon, size, count):
    assert envs * horizon % fit(envs * horizon, size, count) == 0


@given(envs=st.integers(1, 2000), sequences=st.integers(1, 8), length=st.sampled_from([4, 8]))
def test_it_does_not_cut_sequences(envs, sequences, length):
    batch = envs * sequences * length
    assert fit(batch, 999, 2, multiple_of=length) % length == 0


@pytest.mark.parametrize(
    ("num_envs", "fitted"),
    [(4096, 32768), (8192, 32768), (1024, 8192), (64, 512), (1, 8), (4095, 32760), (63, 504)],
)
def test_ants_two_minibatches_an_epoch_are_kept(num_envs, fitted):
    config, note = fit_minibatch(compose("Ant", settings={"num_envs": num_envs}))
    assert config.learner["minibatch_size"] == fitted
    assert (note is None) == (fitted == 32768)


def test_a_minibatch_that_the_user_set_is_kept_as_near_as_it_goes():
    overrides = ["train.params.config.minibatch_size=5000"]
    config, _ = fit_minibatch(compose("Ant", settings={"num_envs": 1024}, overrides=overrides))
    assert config.learner["minibatch_size"] == 4096
