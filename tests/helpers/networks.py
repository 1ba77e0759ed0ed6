"""Configs and checkpoints for tests: networks built by rl_games itself, saved as rl_games 1.6.5 saves them."""

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rl_games.algos_torch.model_builder import ModelBuilder

from gymctl.config import Config


def make_config(
    *,
    task: str = "Ant",
    units: tuple[int, ...] = (32, 16),
    rnn: dict[str, Any] | None = None,
    separate: bool = False,
    fixed_sigma: bool = True,
    normalize_input: bool = True,
    normalize_value: bool = True,
    clip_actions: bool = True,
    env: dict[str, Any] | None = None,
) -> Config:
    """A composed config in IsaacGymEnvs' schema, as far as a policy depends on it."""
    network = {
        "name": "actor_critic",
        "separate": separate,
        "space": {
            "continuous": {
                "mu_activation": "None",
                "sigma_activation": "None",
                "mu_init": {"name": "default"},
                "sigma_init": {"name": "const_initializer", "val": 0},
                "fixed_sigma": fixed_sigma,
            }
        },
        "mlp": {"units": list(units), "activation": "elu", "d2rl": False, "initializer": {"name": "default"}},
    }
    if rnn is not None:
        network["rnn"] = rnn
    tree = {
        "task": {
            "name": task,
            "env": {"numEnvs": 16, "controlFrequencyInv": 2, **(env or {})},
            "sim": {"dt": 0.0166, "substeps": 2},
        },
        "train": {
            "params": {
                "seed": 42,
                "algo": {"name": "a2c_continuous"},
                "model": {"name": "continuous_a2c_logstd"},
                "network": network,
                "load_checkpoint": False,
                "load_path": "",
                "config": {
                    "name": task,
                    "env_name": "rlgpu",
                    "device": "cuda:0",
                    "multi_gpu": False,
                    "mixed_precision": True,
                    "normalize_input": normalize_input,
                    "normalize_value": normalize_value,
                    "clip_actions": clip_actions,
                    "num_actors": 16,
                    "reward_shaper": {"scale_value": 0.01},
                    "player": {"deterministic": True},
                },
            }
        },
    }
    return Config(tree)


def make_sac_config(**changes: Any) -> Config:
    """The same for a policy of soft actor-critic; takes what `make_config` takes."""
    config = make_config(**changes)
    params = config.params
    params["algo"]["name"] = "sac"
    params["model"]["name"] = "soft_actor_critic"
    params["network"] |= {"name": "soft_actor_critic", "separate": True, "log_std_bounds": [-5, 2]}
    params["network"]["space"] = {"continuous": None}
    params["config"]["normalize_value"] = False
    return config


def make_model(config: Config, num_observations: int = 12, num_actions: int = 3, seed: int = 0) -> Any:
    """rl_games' network for a config, as after some training: no weight or statistic has its initial value."""
    params = config.params
    with contextlib.redirect_stdout(io.StringIO()), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = (
            ModelBuilder()
            .load(params)
            .build(
                {
                    "actions_num": num_actions,
                    "action_dim": num_actions,
                    "obs_dim": num_observations,
                    "input_shape": (num_observations,),
                    "num_seqs": 1,
                    "value_size": 1,
                    "normalize_value": params["config"]["normalize_value"],
                    "normalize_input": params["config"]["normalize_input"],
                }
            )
        )
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) / parameter.shape[-1] ** 0.5)
        for name, buffer in model.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(3.0 * torch.randn(buffer.shape, generator=generator))
            elif name.endswith("running_var"):
                buffer.copy_(0.01 + 4.0 * torch.rand(buffer.shape, generator=generator))
            elif name.endswith("count"):
                buffer.fill_(12345.0)
    return model.eval()


def make_checkpoint(config: Config, model: Any = None, **changes: Any) -> dict[str, Any]:
    """What rl_games' agent puts into a checkpoint, with a NumPy scalar as the mean reward."""
    model = make_model(config) if model is None else model
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-4)
    return {
        "model": model.state_dict(),
        "epoch": 500,
        "frame": 262144,
        "optimizer": optimizer.state_dict(),
        "last_mean_rewards": np.float32(5981.3),
        "env_state": None,
        **changes,
    }


def make_sac_checkpoint(config: Config, model: Any = None, **changes: Any) -> dict[str, Any]:
    """What rl_games' soft actor-critic puts into a checkpoint; `load_checkpoint` changes the layout."""
    model = make_model(config) if model is None else model
    networks = {name: getattr(model.sac_network, name).state_dict() for name in ("actor", "critic", "critic_target")}
    statistics = {"running_mean_std": model.running_mean_std.state_dict()} if model.normalize_input else {}
    return {**networks, **statistics, "epoch": 500, "frame": 262144, **changes}


def save(checkpoint: Any, path: Path) -> Path:
    """Writes a checkpoint as rl_games does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(checkpoint, path)
    return path


LSTM = {"name": "lstm", "units": 16, "layers": 1, "before_mlp": True, "layer_norm": True}
GRU = {"name": "gru", "units": 16, "layers": 2, "before_mlp": False, "concat_input": True, "concat_output": True}
