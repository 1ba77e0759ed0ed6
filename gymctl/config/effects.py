"""Keys of rl_games and of IsaacGymEnvs' train.py that are read there and do nothing here, each with what does it here.

What is not in this table has its effect: the key reaches rl_games with the user's value.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gymctl.config.learners import LEARNER, OF_ALGORITHM
from gymctl.config.rules import Schema
from gymctl.config.schema import rule_at
from gymctl.config.trees import KeyPath, dotted, lookup, meant

_LEARNER = "train.params.config"


@dataclass(frozen=True)
class Inert:
    """A key, or a whole section, without effect."""

    key: str
    """Dotted."""
    instead: str
    """What to do instead, or why there is nothing to do; completes "KEY has no effect: ..."."""
    usual: tuple[Any, ...] = ()
    """Values that IsaacGymEnvs' YAMLs have, of which nothing is said; ``"=KEY"`` is the value of another key."""

    @property
    def path(self) -> KeyPath:
        """The key's path."""
        return tuple(self.key.split("."))


def _inert(section: str, names: str, instead: str, *usual: Any) -> Iterator[Inert]:
    yield from (Inert(f"{section}.{name}" if section else name, instead, usual) for name in names.split())


_OWN_LOOP = "'gymctl play' has a loop of its own"
_NO_PBT = "'gymctl sweep --population N' is population-based training"
_NO_SUCH_PART = "a policy of continuous actions from vectors has no such part"
_ROOT, _PARAMS, _NETWORK, _PLAYER = "", "train.params", "train.params.network", f"{_LEARNER}.player"

INERT: tuple[Inert, ...] = (
    *_inert(_ROOT, "task_name", "'name' in the task's YAML says the class", "=task.name"),
    *_inert(_ROOT, "torch_deterministic", "on a CPU, equal seeds give equal rewards without it", False),
    *_inert(_ROOT, "headless", "training shows no window; 'gymctl play --viewer' does", True),
    *_inert(_ROOT, "capture_video", "'gymctl train --capture-video N' films", False),
    *_inert(_ROOT, "capture_video_freq", "'gymctl train --capture-video N' films every N epochs", 1464),
    *_inert(_ROOT, "capture_video_len", "a film is one episode of a few envs", 100),
    *_inert(
        "train", "asymmetric_obs", "train.params.config.central_value_config is the critic of its own", False, True
    ),
    *_inert(_PARAMS, "seed", "set the top-level seed", "=seed"),
    *_inert(_PARAMS, "torch_threads", "num_threads is for the simulation; PyTorch keeps its own number", 0),
    *_inert(_NETWORK, "inputs", "the order of the observations is the task's", None),
    *_inert(_NETWORK, "joint_obs_actions", _NO_SUCH_PART, None, {}),
    *_inert(_NETWORK, "require_rewards require_last_actions", _NO_SUCH_PART, False),
    *_inert(_NETWORK, "value_shape", _NO_SUCH_PART, 1),
    *_inert(_NETWORK, "mlp.norm_only_first_layer", "rl_games 1.6.5 reads it and never uses it", False),
    *_inert(_NETWORK, "mlp.regularizer", "rl_games never reads it", "None", None, {}),
    *_inert(_LEARNER, "train_dir", "--runs-dir says where runs are", "runs", "./runs"),
    *_inert(_LEARNER, "full_experiment_name", "--experiment names the run", f"={_LEARNER}.name", None, ""),
    *_inert(_LEARNER, "network_path", "checkpoints are in the run's nn/", "./nn/", "nn/"),
    *_inert(_LEARNER, "log_path", "curves are in the run's summaries/", "runs/"),
    *_inert(_LEARNER, "env_name", "the task is the env", "rlgpu"),
    *_inert(_LEARNER, "env_config env_info", "the task's YAML configures the env", None, {}),
    *_inert(_LEARNER, "value_size", "the task's YAML configures the env", 1),
    *_inert(_LEARNER, "device device_name", "--device, or rl_device, says where to learn", "auto", "=rl_device"),
    *_inert(_LEARNER, "minibatch_size_per_env", "minibatch_size says how large a minibatch is"),
    *_inert(_LEARNER, "reward_shaper.is_torch", "rewards are PyTorch's", True),
    *_inert(_LEARNER, "num_actors", "--num-envs, or task.env.numEnvs, says how many", "=task.env.numEnvs"),
    *_inert(_LEARNER, "print_stats", "-q says less", True),
    *_inert(_LEARNER, "is_train", "rl_games 1.6.5 reads it and never uses it", True),
    *_inert(_LEARNER, "bptt_length", "rl_games 1.6.5 reads it and never uses it", None, f"={_LEARNER}.seq_length"),
    *_inert(_LEARNER, "adv_rms_momentum", "it belongs to normalize_rms_advantage, on which rl_games 1.6.5 fails", 0.5),
    *_inert(_LEARNER, "population_based_training", _NO_PBT, False),
    *_inert(_LEARNER, "pbt_idx", _NO_PBT, None),
    *_inert(_LEARNER, "defer_summaries_sec summaries_interval_sec_min", _NO_PBT, 5),
    *_inert(_LEARNER, "summaries_interval_sec_max", _NO_PBT, 300),
    *_inert(_LEARNER, "force_interval_writer", _NO_PBT, False),
    *_inert(_LEARNER, "self_play self_play_config", "tasks have one agent", False, None, {}),
    *_inert(_LEARNER, "use_action_masks", "actions are continuous", False),
    *_inert(_LEARNER, "features", "observations are no pictures", None, {}),
    *_inert(_LEARNER, "num_seed_steps", "only older versions of rl_games read it", 5),
    *_inert(_PLAYER, "games_num", "'gymctl play --episodes N' says how many", 10**9, 10**6, 2000),
    *_inert(_PLAYER, "deterministic", "'gymctl play' takes --sigma and --stochastic", True),
    *_inert(_PLAYER, "render render_sleep", "'gymctl play' takes --viewer and --video", False, True, 0.002),
    *_inert(_PLAYER, "print_stats use_vecenv", _OWN_LOOP, True, False),
    *_inert(_PLAYER, "n_game_life", _OWN_LOOP, 1),
    *_inert(_PLAYER, "balance_env_rewards evaluation", _OWN_LOOP, False),
    *_inert(_PLAYER, "update_checkpoint_freq", _OWN_LOOP, 100),
    *_inert(_PLAYER, "env_config dir_to_monitor", _OWN_LOOP, None, {}),
)
"""The table."""


def notes(user_set: Mapping[KeyPath, Any], tree: Mapping[str, Any], keys: Schema) -> Iterator[str]:
    """What the user should know about keys that were set to something unusual and do nothing.

    Args:
        user_set: What the user set in YAMLs and overrides.
        tree: The resolved config.
        keys: All keys that a config may have.
    """
    for inert in INERT:
        here = {path: lookup(tree, path) for path in user_set if path[: len(inert.path)] == inert.path}
        usual = [meant(value, tree) for value in inert.usual]
        if any(value not in usual for value in here.values()):
            yield f"{inert.key} has no effect: {inert.instead}"
    algorithm = str(lookup(tree, ("train", "params", "algo", "name")))
    if others := sorted({dotted(path) for path in user_set if _is_of_another(path, algorithm)}):
        yield f"without effect with {algorithm}: {', '.join(others)}"
    if unread := [dotted(path) for path in user_set if rule_at(keys, path) is None]:
        yield f"without effect, since nothing reads it: {', '.join(unread)}"


def without_inert(params: Mapping[str, Any]) -> dict[str, Any]:
    """``train.params`` without the learner's keys of the table, so that they do nothing in rl_games either."""
    inert = {entry.path[3:] for entry in INERT if entry.key.startswith(f"{_LEARNER}.")}
    return {**params, "config": _without(params["config"], {("player",), *inert})}


def _without(tree: Mapping[str, Any], paths: Collection[KeyPath], above: KeyPath = ()) -> dict[str, Any]:
    return {
        key: _without(value, paths, (*above, key)) if isinstance(value, dict) else value
        for key, value in tree.items()
        if (*above, key) not in paths
    }


def _is_of_another(path: KeyPath, algorithm: str) -> bool:
    """Whether a key is a setting of another algorithm only, and in no table of what is inert."""
    if path[:3] != ("train", "params", "config") or algorithm not in OF_ALGORITHM:
        return False
    inert = {entry.path[:4] for entry in INERT}
    return path[3] in {*LEARNER} - OF_ALGORITHM[algorithm] and path[:4] not in inert


def table() -> str:
    """The table as Markdown."""
    lines = ["| key | instead |", "|---|---|"]
    by_reason: dict[str, list[str]] = {}
    for inert in INERT:
        by_reason.setdefault(inert.instead, []).append(f"`{inert.key}`")
    lines += [f"| {', '.join(keys)} | {reason} |" for reason, keys in by_reason.items()]
    return "\n".join(lines) + "\n"
