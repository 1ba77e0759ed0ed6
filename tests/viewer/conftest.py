"""A run of Cartpole with policies that have not learned anything: enough to be watched."""

import pytest

from gymctl.config import compose
from gymctl.runs.directory import create_run
from tests.helpers.networks import make_checkpoint, make_model, save


@pytest.fixture(scope="package")
def run(tmp_path_factory):
    """With its best checkpoint, two of epochs, and one that is damaged; read it, don't change it."""
    run = create_run("Cartpole", tmp_path_factory.mktemp("viewer") / "runs")
    config = compose("Cartpole", settings={"num_envs": 4, "seed": 3})
    run.write_config(config)
    for seed, name in enumerate(("Cartpole", "last_Cartpole_ep_10_rew_1.5", "last_Cartpole_ep_20_rew_2.5")):
        model = make_model(config, num_observations=4, num_actions=1, seed=seed)
        model.a2c_network.mu.weight.data *= 0.02  # else actions would be clipped
        model.a2c_network.mu.bias.data *= 0.0
        save(make_checkpoint(config, model), run.nn_dir / f"{name}.pth")
    (run.nn_dir / "last_Cartpole_ep_5_rew_0.5.pth").write_bytes(b"not a checkpoint")
    return run
