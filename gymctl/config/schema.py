"""Every key that a config may have, with what its value may be.

A schema is a tree of rules laid out as the config. The key ``"*"`` stands for any other key.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gymctl.config.rules import (
    ANY,
    BOOL,
    COUNT,
    DEVICE,
    FRACTION,
    LIMIT,
    LIST,
    NUMBER,
    SEED,
    TEXT,
    THRESHOLD,
    UNITS,
    VECTOR3,
    Rule,
    integer,
    like,
    list_of,
    number,
    one_of,
    positive,
)
from gymctl.config.trees import KeyPath

Schema = dict[str, Any]
"""Keys to rules or further schemas."""

NO_EFFECT: tuple[KeyPath, ...] = (
    ("pipeline",),
    ("graphics_device_id",),
    ("solver_type",),
    ("num_subscenes",),
    ("force_render",),
    ("pbt",),
    ("task", "sim", "physx"),
    ("task", "sim", "flex"),
    ("task", "sim", "use_gpu_pipeline"),
    ("task", "sim", "num_client_threads"),
)
"""Keys that only meant something to Isaac Gym."""

NO_EFFECT_IN_OUR_TASKS: tuple[KeyPath, ...] = tuple(
    ("task", "env", *keys)
    for keys in (
        ("envSpacing",),
        ("enableDebugVis",),
        ("enableCameraSensors",),
        ("aggregateMode",),
        ("asset",),
        ("plane", "staticFriction"),
        ("plane", "restitution"),
        ("numObservations",),
        ("numActions",),
        ("urdfAsset",),
        ("viewer",),
        ("terrain", "staticFriction"),
        ("terrain", "restitution"),
        ("terrain", "slopeTreshold"),
    )
)
"""The same in the tasks of this package; a user's own task may read them."""

UNAVAILABLE: tuple[KeyPath, ...] = (("multi_gpu",), ("capture_video",))
"""Switches of IsaacGymEnvs for what this version doesn't have."""

_ACTIVATION = one_of("relu", "tanh", "sigmoid", "elu", "selu", "swish", "gelu", "softplus", "None")


def _keys(rule: Any, names: str) -> Schema:
    return dict.fromkeys(names.split(), rule)


ROOT: Schema = {
    "num_envs": integer(1, ""),
    "seed": SEED,
    "max_iterations": integer(1, "", -1),
    "physics_engine": one_of("auto", "mujoco", "mujoco_warp"),
    "sim_device": DEVICE,
    "rl_device": DEVICE,
    "num_threads": integer(1, ""),
    "sigma": number(0, ""),
    **_keys(
        TEXT, "task_name experiment checkpoint wandb_group wandb_name wandb_entity wandb_project wandb_logcode_dir"
    ),
    **_keys(BOOL, "torch_deterministic test multi_gpu wandb_activate capture_video headless"),
    **_keys(COUNT, "capture_video_freq capture_video_len"),
    "wandb_tags": LIST,
    **_keys(ANY, "pipeline graphics_device_id solver_type num_subscenes force_render pbt"),
}

_ENV: Schema = {
    "numEnvs": COUNT,
    "controlFrequencyInv": COUNT,
    "clipObservations": LIMIT,
    "clipActions": LIMIT,
}

_TIME_LIMIT: Schema = _keys(COUNT, "episodeLength maxEpisodeLength")

_OUR_ENV: Schema = {
    "envSpacing": NUMBER,
    "enableDebugVis": BOOL,
    "enableCameraSensors": BOOL,
    "aggregateMode": ANY,
    "asset": {"assetRoot": TEXT, "assetFileName": TEXT},
}

_SIM: Schema = {
    "dt": positive(),
    "substeps": COUNT,
    "up_axis": one_of("z"),
    "gravity": VECTOR3,
    "mujoco": _keys(integer(1, ""), "nconmax njmax"),
    **_keys(ANY, "physx flex use_gpu_pipeline num_client_threads disable_gravity add_damping"),
}

_NETWORK: Schema = {
    "name": TEXT,
    "separate": BOOL,
    "space": {
        "continuous": {
            "mu_activation": _ACTIVATION,
            "sigma_activation": _ACTIVATION,
            **_keys(ANY, "mu_init sigma_init"),
            **_keys(BOOL, "fixed_sigma learn_sigma"),
        },
        **_keys(ANY, "discrete multi_discrete"),
    },
    "mlp": {
        "units": UNITS,
        "activation": _ACTIVATION,
        **_keys(BOOL, "d2rl norm_only_first_layer"),
        **_keys(ANY, "initializer regularizer"),
    },
    "rnn": {
        "name": one_of("lstm", "gru", "identity"),
        **_keys(COUNT, "units layers"),
        **_keys(BOOL, "before_mlp layer_norm concat_input concat_output"),
    },
    "value_activation": _ACTIVATION,
    "log_std_bounds": list_of(NUMBER, "the lowest and the highest logarithm, as [-5, 2]", 2),
    "central_value": BOOL,
    **_keys(
        ANY,
        "cnn disc inputs normalization value_shape joint_obs_actions require_rewards require_last_actions",
    ),
}

_OPTIMISER: Schema = {
    "learning_rate": positive(),
    "lr_schedule": one_of("adaptive", "linear", "constant", "fixed", "identity", None),
    "schedule_type": one_of("legacy", "standard"),
    "kl_threshold": positive(),
    "e_clip": positive(),
    **_keys(COUNT, "minibatch_size minibatch_size_per_env mini_epochs"),
    **_keys(number(0), "grad_norm weight_decay"),
    **_keys(BOOL, "normalize_input clip_value truncate_grads mixed_precision freeze_critic"),
}

_PPO: Schema = {
    **_OPTIMISER,
    **_keys(TEXT, "name env_name train_dir network_path log_path device device_name"),
    "full_experiment_name": ANY,
    "gamma": FRACTION,
    "tau": FRACTION,
    **_keys(COUNT, "num_actors horizon_length seq_length seq_len bptt_length games_to_track value_size"),
    **_keys(integer(1, -1), "max_epochs max_frames"),
    **_keys(integer(0), "save_frequency save_best_after epochs_between_resets"),
    **_keys(NUMBER, "entropy_coef critic_coef"),
    "bounds_loss_coef": number(0, None),
    "bound_loss_type": TEXT,
    "score_to_win": THRESHOLD,
    "adv_rms_momentum": FRACTION,
    "reward_shaper": {
        **_keys(NUMBER, "scale_value shift_value"),
        **_keys(THRESHOLD, "min_val max_val"),
        **_keys(BOOL, "log_val is_torch"),
    },
    **_keys(
        BOOL,
        "multi_gpu ppo normalize_value normalize_advantage normalize_rms_advantage value_bootstrap clip_actions"
        " print_stats zero_rnn_on_done use_smooth_clamp use_experimental_cv use_action_masks use_diagnostics"
        " schedule_entropy is_train self_play population_based_training",
    ),
    "torch_compile": ANY,
    "central_value_config": {**_OPTIMISER, "network": _NETWORK},
    "player": {
        "games_num": COUNT,
        "n_game_life": COUNT,
        "update_checkpoint_freq": COUNT,
        "render_sleep": number(0),
        **_keys(BOOL, "deterministic determenistic print_stats render use_vecenv balance_env_rewards evaluation"),
        **_keys(ANY, "env_config dir_to_monitor"),
    },
    **_keys(
        ANY,
        "max_steps env_config env_info features self_play_config pbt_idx defer_summaries_sec"
        " summaries_interval_sec_min summaries_interval_sec_max force_interval_writer",
    ),
}

_SAC: Schema = {
    **_keys(positive(), "actor_lr critic_lr alpha_lr init_alpha"),
    **_keys(list_of(FRACTION, "two numbers from 0 to 1, as [0.9, 0.999]", 2), "actor_betas critic_betas alphas_betas"),
    "learnable_temperature": BOOL,
    "target_entropy_coef": NUMBER,
    "critic_tau": FRACTION,
    "critic_grad_clip": number(0),
    **_keys(COUNT, "batch_size replay_buffer_size num_steps_per_episode num_updates_per_step policy_frequency"),
    **_keys(integer(0), "num_seed_steps num_warmup_steps"),
    "num_warmup_frames": integer(0, None),
}

_AMP = _keys(
    ANY,
    "amp_obs_demo_buffer_size amp_replay_buffer_size amp_replay_keep_prob amp_batch_size amp_minibatch_size"
    " disc_coef disc_logit_reg disc_grad_penalty disc_reward_scale disc_weight_decay normalize_amp_input"
    " task_reward_w disc_reward_w",
)

TRAIN: Schema = {
    "asymmetric_obs": BOOL,
    "params": {
        "seed": SEED,
        "torch_threads": integer(0),
        "algo": {"name": TEXT},
        "model": {"name": TEXT},
        "network": _NETWORK,
        "load_checkpoint": BOOL,
        "load_path": TEXT,
        "config": {**_AMP, **_SAC, **_PPO},
    },
}


def schema(reference: Mapping[str, Any] | None) -> Schema:
    """The schema of a whole config.

    Args:
        reference: The packaged YAML of the task's class, whose ``env`` says which keys and which kinds of values the
            task takes; None for a class of the user's, whose keys are the user's affair.
    """
    env = {"*": ANY, **_TIME_LIMIT, **_ENV} if reference is None else {**_like(reference["env"]), **_OUR_ENV, **_ENV}
    task: Schema = {
        "name": TEXT,
        "physics_engine": ROOT["physics_engine"],
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
        key: _like(value) if isinstance(value, dict) else _TIME_LIMIT.get(key, like(value))
        for key, value in tree.items()
    }
