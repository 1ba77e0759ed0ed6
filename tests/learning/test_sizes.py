"""Numbers of envs, horizons and sequences: each combination trains, or is refused before there is a run."""

import pytest

from gymctl import api
from gymctl.core.errors import InputError

pytestmark = pytest.mark.slow

LEARNER = "train.params.config"
LSTM = "train.params.network.rnn={name: lstm, units: 4, layers: 1, before_mlp: False}"


def train(tmp_path, num_envs, *overrides):
    return api.train("Cartpole", num_envs=num_envs, max_iterations=1, seed=1, overrides=overrides, runs_dir=tmp_path)


@pytest.mark.parametrize(("num_envs", "horizon"), [(50, 25), (1, 2), (7, 3), (33, 5)])
def test_without_memory_any_horizon_trains_with_any_number_of_envs(tmp_path, num_envs, horizon):
    result = train(tmp_path, num_envs, f"{LEARNER}.horizon_length={horizon}")
    assert result.progress.env_steps == num_envs * horizon


def test_an_epoch_of_one_step_is_refused(tmp_path):
    with pytest.raises(InputError, match="one step"):
        train(tmp_path, 1, f"{LEARNER}.horizon_length=1")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("num_envs", [2, 3])
@pytest.mark.parametrize("sequence", [1, 4, 6])
@pytest.mark.parametrize("horizon", [1, 4, 6, 12])
def test_with_memory_sequences_fill_the_horizon_or_there_is_no_run(tmp_path, num_envs, sequence, horizon):
    sizes = f"{LEARNER}.horizon_length={horizon}", f"{LEARNER}.seq_length={sequence}"
    if horizon % sequence == 0:
        assert train(tmp_path, num_envs, LSTM, *sizes).progress.env_steps == num_envs * horizon
        return
    with pytest.raises(InputError, match=f"horizon_length {horizon} is not a multiple of seq_length {sequence}"):
        train(tmp_path, num_envs, LSTM, *sizes)
    assert not list(tmp_path.iterdir())
