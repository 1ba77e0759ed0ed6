"""What training doesn't have is refused before a run exists, with what to write instead."""

import pytest

from gymctl.core.errors import InputError
from gymctl.learning.prepare import prepare_training

CONFIG, NETWORK = "++train.params.config", "++train.params.network"
REFUSED = {
    "a central value": f"{CONFIG}.central_value_config={{network: {{name: actor_critic}}}}",
    "an empty central value": f"{CONFIG}.central_value_config={{}}",
    "a central value's network": f"{NETWORK}.central_value=True",
    "discrete actions": f"{NETWORK}.space.discrete={{a: 1}}",
    "discrete actions by name": f"{NETWORK}.space.discrete=null",
    "several discrete actions": f"{NETWORK}.space.multi_discrete={{a: 1}}",
    "pictures": f"{NETWORK}.cnn={{type: conv2d}}",
    "a memory that is none": f"{NETWORK}.rnn={{name: identity, units: 8, layers: 1}}",
    "a misspelt loss": f"{CONFIG}.bound_loss_type=regularization",
    "a misspelt normalisation": f"{NETWORK}.normalization=nonsense",
    "a misspelt reward shaper": f"{CONFIG}.reward_shaper.scale=2",
    "a checkpoint without a path": "train.params.load_checkpoint=True",
}


@pytest.mark.parametrize("override", REFUSED.values(), ids=REFUSED)
def test_what_training_does_not_have_is_refused_before_a_run_exists(tmp_path, override):
    settings = {"sim_device": "cpu", "rl_device": "cpu", "num_envs": 2}
    with pytest.raises(InputError) as refused:
        prepare_training("Cartpole", settings=settings, overrides=[override], runs_dir=tmp_path)
    key = override.lstrip("+").partition("=")[0].removesuffix("rnn")
    assert key in refused.value.what
    assert refused.value.fix
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "override",
    [
        f"{CONFIG}.bound_loss_type=regularisation",
        f"{NETWORK}.normalization=layer_norm",
        f"{NETWORK}.rnn={{name: gru, units: 8, layers: 1}}",
        f"{NETWORK}.central_value=False",
        f"{CONFIG}.reward_shaper.shift_value=1",
        "train.params.load_checkpoint=False",
    ],
)
def test_their_neighbours_are_taken(tmp_path, override):
    settings = {"sim_device": "cpu", "rl_device": "cpu", "num_envs": 16}
    assert prepare_training("Cartpole", settings=settings, overrides=[override], runs_dir=tmp_path)
