"""Captures and restores the state of a training besides its networks, so that a resumed one goes on exactly.

It is saved as tensors in nested dicts, under `KEY` of a checkpoint, which rl_games and older versions pass over.
"""

import random
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gymctl.runs.checkpoint_names import RESUME_KEY

KEY = RESUME_KEY

_METERS = ("game_rewards", "game_shaped_rewards", "game_lengths")
_TENSORS = ("dones", "current_rewards", "current_shaped_rewards", "current_lengths")
_MERSENNE_TWISTER_WORDS = 624


def capture(agent: Any) -> dict[str, Any]:
    """Copies the state of episodes under way, of mean rewards and of random number generators.

    Args:
        agent: rl_games' PPO agent over our VecEnv, between two epochs.
    """
    meters = {name: getattr(agent, name) for name in _METERS}
    return {
        "env": agent.vec_env.env.state_dict(),
        "obs": {key: value.clone() for key, value in agent.obs.items()},
        "rnn_states": {name: state.clone() for name, state in _memory(agent).items()},
        "agent": {name: getattr(agent, name).float() for name in _TENSORS},  # dones begin as uint8 and go on as bool
        "means": {name: meter.mean for name, meter in meters.items()},
        "sizes": {name: torch.tensor(int(meter.current_size)) for name, meter in meters.items()},
        "entropy_coef": torch.tensor(agent.entropy_coef, dtype=torch.float64),
        "random": _random_state(torch.device(agent.ppo_device)),
    }


def restore(agent: Any, state: Any) -> bool:
    """Puts a captured state back.

    Args:
        agent: The agent, its envs reset and nothing else done yet.
        state: What `capture` gave, from a file that may be anyone's.

    Returns:
        False, and nothing changed, if the state is not one of the same task, engine, devices and number of envs.
    """
    if not _same_layout(state, capture(agent)) or not _are_counts(agent, state):
        return False
    if not _set_random_state(state["random"], state["env"]["generator"]):
        return False
    agent.vec_env.env.load_state_dict(state["env"])
    agent.obs = {key: value.to(agent.ppo_device) for key, value in state["obs"].items()}
    for name, value in _memory(agent).items():
        value.copy_(state["rnn_states"][name])
    for name in _TENSORS:
        getattr(agent, name).copy_(state["agent"][name])
    for name in _METERS:
        meter = getattr(agent, name)
        meter.mean = state["means"][name].cpu()
        meter.current_size = int(state["sizes"][name])
    agent.entropy_coef = state["entropy_coef"].item()
    return True


def _memory(agent: Any) -> dict[str, Tensor]:
    """What the policy remembers, and what a central value does, by name."""
    memory: dict[str, Tensor] = {str(i): state for i, state in enumerate(agent.rnn_states or ())}
    if not agent.has_central_value:
        return memory
    return memory | {f"central{i}": state for i, state in enumerate(agent.central_value_net.rnn_states or ())}


def _are_counts(agent: Any, state: dict[str, Any]) -> bool:
    """Whether lengths and counts are those of episodes under way."""
    sizes = state["sizes"]
    return (
        all(0 <= int(sizes[name]) <= getattr(agent, name).max_size for name in _METERS)
        and bool((state["agent"]["current_lengths"] >= 0).all())
        and bool(((state["agent"]["dones"] == 0) | (state["agent"]["dones"] == 1)).all())
        and all(bool((steps >= 0).all()) for steps in (state["env"]["progress_buf"], *_successes(state["env"])))
    )


def _successes(env: dict[str, Any]) -> Iterable[Tensor]:
    return env.get("successes", {}).values()


def _same_layout(state: Any, like: Any) -> bool:
    """Whether two trees of tensors have the same keys, shapes and types; the values of floats must be finite."""
    if isinstance(like, dict):
        return (
            isinstance(state, dict)
            and state.keys() == like.keys()
            and all(_same_layout(state[key], value) for key, value in like.items())
        )
    return (
        isinstance(state, Tensor)
        and (state.shape, state.dtype) == (like.shape, like.dtype)
        and not (state.is_floating_point() and not bool(state.isfinite().all()))
    )


def _random_state(device: torch.device) -> dict[str, Tensor]:
    _, words, position, has_gauss, gauss = np.random.get_state()
    _, python_words, python_gauss = random.getstate()
    state = {
        "torch": torch.get_rng_state(),
        "numpy_words": torch.from_numpy(np.asarray(words).astype(np.int64)),
        "numpy_rest": torch.tensor([position, has_gauss, gauss], dtype=torch.float64),
        "python_words": torch.tensor(python_words),
        "python_gauss": torch.tensor([python_gauss is not None, python_gauss or 0.0], dtype=torch.float64),
    }
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def _set_random_state(state: dict[str, Tensor], generator: Tensor) -> bool:
    """Sets the global generators; False if a state is none, that of the envs' generator included."""
    position, has_gauss, gauss = state["numpy_rest"].tolist()
    if not 0 <= position <= _MERSENNE_TWISTER_WORDS:  # NumPy doesn't check it
        return False
    has_python_gauss, python_gauss = state["python_gauss"].tolist()
    words = state["numpy_words"].numpy().astype(np.uint32)
    try:
        if generator.shape == state["torch"].shape:
            torch.Generator().set_state(generator)
        random.setstate((3, tuple(state["python_words"].tolist()), python_gauss if has_python_gauss else None))
        np.random.set_state(("MT19937", words, int(position), int(has_gauss), gauss))
        torch.set_rng_state(state["torch"])
        if "cuda" in state:
            torch.cuda.set_rng_state(state["cuda"])
    except (RuntimeError, TypeError, ValueError, OverflowError):
        return False
    return True
