"""Every key that a config may have, with what its value may be.

A schema is a tree of rules laid out as the config. The key ``"*"`` stands for any other key.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gymctl.config.learners import LEARNER, NETWORK
from gymctl.config.rules import (
    ANY,
    BOOL,
    COUNT,
    DEVICE,
    FRACTION,
    LIMIT,
    LIST,
    NAME_OR_NONE,
    NUMBER,
    SEED,
    TEXT,
    VECTOR3,
    Rule,
    Schema,
    integer,
    keys_of,
    like,
    number,
    one_of,
    positive,
)
from gymctl.config.trees import KeyPath

ROOT: Schema = {
    "num_envs": integer(1, ""),
    "seed": SEED,
    "max_iterations": integer(1, "", -1),
    "physics_engine": one_of("auto", "mujoco", "mujoco_warp"),
    "physics": one_of("fast", "isaacgym"),
    "sim_device": DEVICE,
    "rl_device": DEVICE,
    "num_threads": integer(1, ""),
    "sigma": number(0, ""),
    **keys_of(TEXT, "task_name checkpoint wandb_group wandb_name wandb_entity wandb_project wandb_logcode_dir"),
    **keys_of(BOOL, "torch_deterministic test multi_gpu wandb_activate capture_video headless"),
    **keys_of(COUNT, "capture_video_freq capture_video_len"),
    "experiment": NAME_OR_NONE,
    "wandb_tags": LIST,
    **keys_of(ANY, "pipeline graphics_device_id solver_type num_subscenes force_render pbt"),
}

_ENV: Schema = {
    "numEnvs": COUNT,
    "controlFrequencyInv": COUNT,
    "clipObservations": LIMIT,
    "clipActions": LIMIT,
}

_EPISODE: Schema = {
    **keys_of(COUNT, "episodeLength maxEpisodeLength"),
    "maxConsecutiveSuccesses": integer(0),
    "averFactor": FRACTION,
}

_REWARD_TERM: Schema = {"activate": BOOL, "weight": NUMBER}
_OUR_ENV: Schema = {
    "envSpacing": NUMBER,
    "enableDebugVis": BOOL,
    **keys_of(BOOL, "enableCameraSensors cameraFollow"),
    **keys_of(ANY, "aggregateMode aggregate_mode control_decimation enable_ft_sensors cube_obs_keypoints"),
    "reward_terms": {
        **dict.fromkeys(("finger_move_penalty", "object_dist", "object_rot", "keypoints_dist"), _REWARD_TERM),
        "finger_reach_object_rate": {**_REWARD_TERM, "norm_p": NUMBER},
    },
    **keys_of(ANY, "numObservations numActions numStates numAgents renderFPS"),
    **keys_of(NUMBER, "startPositionNoise startRotationNoise frankaPositionNoise frankaRotationNoise"),
    "asset": keys_of(TEXT, "assetRoot assetFileName assetFileNameFranka assetFileNameCabinet"),
}

_SIM: Schema = {
    "dt": positive(),
    "substeps": COUNT,
    "up_axis": one_of("z"),
    "gravity": VECTOR3,
    "mujoco": {
        **keys_of(integer(1, ""), "nconmax njmax"),
        "recorded": BOOL,
        "timesteps": keys_of(COUNT, "fast isaacgym"),
    },
    **keys_of(ANY, "physx flex use_gpu_pipeline num_client_threads disable_gravity add_damping"),
}

TRAIN: Schema = {
    "asymmetric_obs": BOOL,
    "params": {
        "seed": SEED,
        "torch_threads": integer(0),
        "algo": {"name": TEXT},
        "model": {"name": TEXT},
        "network": NETWORK,
        "load_checkpoint": BOOL,
        "load_path": TEXT,
        "config": LEARNER,
    },
}


def schema(reference: Mapping[str, Any] | None) -> Schema:
    """The schema of a whole config.

    Args:
        reference: The packaged YAML of the task's class, whose ``env`` says which keys and which kinds of values the
            task takes; None for a class of the user's, whose keys are the user's affair.
    """
    env = {"*": ANY, **_EPISODE, **_ENV} if reference is None else {**_like(reference["env"]), **_OUR_ENV, **_ENV}
    task: Schema = {
        "name": TEXT,
        "physics_engine": ROOT["physics_engine"],
        "physics": ROOT["physics"],
        "env": env,
        "sim": _SIM,
        "task": {"randomize": BOOL, "randomization_params": ANY},
    }
    return {**ROOT, "task": task if reference is not None else {"*": ANY, **task}, "train": TRAIN}


def rule_at(keys: Schema, path: KeyPath, *, declared_only: bool = False) -> Rule | Schema | None:
    """What a schema says of a path; None if the path is not allowed.

    Args:
        keys: The schema.
        path: The path.
        declared_only: Only follow keys that the schema names, not those that it leaves to the user.
    """
    node: Any = keys
    for key in path:
        if isinstance(node, Rule):  # the value above is what is checked
            return None if declared_only else node
        node = node.get(key) if declared_only else node.get(key, node.get("*"))
        if node is None:
            return None
    return node


def declared_paths(keys: Schema, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of all rules that a schema names."""
    for key, node in keys.items():
        if isinstance(node, dict):
            yield from declared_paths(node, (*path, key))
        elif key != "*":
            yield (*path, key)


def _like(tree: Mapping[str, Any]) -> Schema:
    return {
        key: _like(value) if isinstance(value, dict) else _EPISODE.get(key, like(value)) for key, value in tree.items()
    }
