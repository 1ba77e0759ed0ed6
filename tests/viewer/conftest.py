"""A run of Cartpole with policies that have not learned anything: enough to be watched."""

import pytest

from gymctl.config import compose
from gymctl.envs.factory import resolve_backend
from gymctl.policies.find import find_policy_to_play
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import load_policy, open_policy
from gymctl.runs.directory import create_run
from gymctl.viewer.session import Session
from tests.helpers.networks import make_checkpoint, make_model, save

MEAN = ActionMode("mean")


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


@pytest.fixture
def source(run):
    return find_policy_to_play(
        "Cartpole", str(run.path), settings={"num_envs": 4}, overrides=["task.env.episodeLength=8"]
    )


@pytest.fixture
def session(source):
    backend = resolve_backend(source.config)
    with open_policy(source, MEAN, backend) as (env, policy):
        yield Session(env, policy, source, MEAN, lambda source, mode: load_policy(source, mode, backend))
