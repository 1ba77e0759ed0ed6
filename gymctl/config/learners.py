"""Keys of ``train.params``: the network's, and each algorithm's, with those that it can't do without.

A new algorithm adds its keys here, besides its agent and its read side.
"""

from gymctl.config.rules import (
    ANY,
    BOOL,
    COUNT,
    FRACTION,
    NAME,
    NAME_OR_NONE,
    NUMBER,
    TEXT,
    THRESHOLD,
    UNITS,
    Schema,
    integer,
    keys_of,
    list_of,
    number,
    one_of,
    positive,
)

_ACTIVATION = one_of("relu", "tanh", "sigmoid", "elu", "selu", "swish", "gelu", "softplus", "None")

NETWORK: Schema = {
    "name": TEXT,
    "separate": BOOL,
    "space": {
        "continuous": {
            "mu_activation": _ACTIVATION,
            "sigma_activation": _ACTIVATION,
            **keys_of(ANY, "mu_init sigma_init"),
            **keys_of(BOOL, "fixed_sigma learn_sigma"),
        },
        **keys_of(ANY, "discrete multi_discrete"),
    },
    "mlp": {
        "units": UNITS,
        "activation": _ACTIVATION,
        **keys_of(BOOL, "d2rl norm_only_first_layer"),
        **keys_of(ANY, "initializer regularizer"),
    },
    "rnn": {
        "name": one_of("lstm", "gru", "identity"),
        **keys_of(COUNT, "units layers"),
        **keys_of(BOOL, "before_mlp layer_norm concat_input concat_output"),
    },
    "value_activation": _ACTIVATION,
    "disc": {"units": UNITS, "activation": _ACTIVATION, "initializer": ANY},
    "log_std_bounds": list_of(NUMBER, "the lowest and the highest logarithm, as [-5, 2]", 2),
    "central_value": BOOL,
    **keys_of(
        ANY,
        "cnn inputs normalization value_shape joint_obs_actions require_rewards require_last_actions",
    ),
}

_OPTIMISER: Schema = {
    "learning_rate": positive(),
    "lr_schedule": one_of("adaptive", "linear", "constant", "fixed", "identity", None),
    "schedule_type": one_of("legacy", "standard"),
    "kl_threshold": positive(),
    "e_clip": positive(),
    **keys_of(COUNT, "minibatch_size minibatch_size_per_env mini_epochs"),
    **keys_of(number(0), "grad_norm weight_decay"),
    **keys_of(BOOL, "normalize_input clip_value truncate_grads mixed_precision freeze_critic"),
}

_PPO: Schema = {
    **_OPTIMISER,
    "name": NAME,
    "full_experiment_name": NAME_OR_NONE,
    **keys_of(TEXT, "env_name train_dir network_path log_path device device_name"),
    "gamma": FRACTION,
    "tau": FRACTION,
    **keys_of(COUNT, "num_actors horizon_length seq_length seq_len bptt_length games_to_track value_size"),
    **keys_of(integer(1, -1), "max_epochs max_frames"),
    **keys_of(integer(0), "save_frequency save_best_after epochs_between_resets"),
    **keys_of(NUMBER, "entropy_coef critic_coef"),
    "bounds_loss_coef": number(0, None),
    "bound_loss_type": TEXT,
    "score_to_win": THRESHOLD,
    "adv_rms_momentum": FRACTION,
    "reward_shaper": {
        **keys_of(NUMBER, "scale_value shift_value"),
        **keys_of(THRESHOLD, "min_val max_val"),
        **keys_of(BOOL, "log_val is_torch"),
    },
    **keys_of(
        BOOL,
        "multi_gpu ppo normalize_value normalize_advantage normalize_rms_advantage value_bootstrap clip_actions"
        " print_stats zero_rnn_on_done use_smooth_clamp use_experimental_cv use_action_masks use_diagnostics"
        " schedule_entropy is_train self_play population_based_training cuda_graph",
    ),
    "torch_compile": ANY,
    "central_value_config": {**_OPTIMISER, "network": NETWORK},
    "player": {
        "games_num": COUNT,
        "n_game_life": COUNT,
        "update_checkpoint_freq": COUNT,
        "render_sleep": number(0),
        **keys_of(BOOL, "deterministic determenistic print_stats render use_vecenv balance_env_rewards evaluation"),
        **keys_of(ANY, "env_config dir_to_monitor"),
    },
    **keys_of(
        ANY,
        "max_steps env_config env_info features self_play_config pbt_idx defer_summaries_sec"
        " summaries_interval_sec_min summaries_interval_sec_max force_interval_writer",
    ),
}

_SAC: Schema = {
    **keys_of(positive(), "actor_lr critic_lr alpha_lr init_alpha"),
    **keys_of(
        list_of(FRACTION, "two numbers from 0 to 1, as [0.9, 0.999]", 2), "actor_betas critic_betas alphas_betas"
    ),
    "learnable_temperature": BOOL,
    "target_entropy_coef": NUMBER,
    "critic_tau": FRACTION,
    "critic_grad_clip": number(0),
    **keys_of(COUNT, "batch_size replay_buffer_size num_steps_per_episode num_updates_per_step policy_frequency"),
    **keys_of(integer(0), "num_seed_steps num_warmup_steps"),
    "num_warmup_frames": integer(0, None),
}

_AMP: Schema = {
    **keys_of(COUNT, "amp_obs_demo_buffer_size amp_replay_buffer_size amp_batch_size amp_minibatch_size"),
    "amp_replay_keep_prob": FRACTION,
    **keys_of(number(0), "disc_coef disc_logit_reg disc_grad_penalty disc_weight_decay disc_reward_scale"),
    **keys_of(number(0), "task_reward_w disc_reward_w"),
    "normalize_amp_input": BOOL,
}

LEARNER: Schema = {**_AMP, **_SAC, **_PPO}
"""``train.params.config``, whatever the algorithm."""

_SHARED = (
    "name full_experiment_name env_name train_dir multi_gpu mixed_precision normalize_input num_actors reward_shaper"
    " max_epochs max_frames save_best_after save_frequency gamma score_to_win games_to_track value_bootstrap"
)
OF_ALGORITHM = {
    "a2c_continuous": {*_PPO},
    "amp_continuous": {*_PPO, *_AMP},
    "sac": {*_SAC, *_SHARED.split()},
}
"""Keys of ``train.params.config`` that an algorithm reads."""

_REQUIRED_BY_ALL = (
    "model.name",
    "network.name",
    "network.mlp.units",
    "network.mlp.activation",
    "network.mlp.initializer",
)
_REQUIRED_BY_PPO = (
    *_REQUIRED_BY_ALL,
    "config.normalize_input",
    "config.normalize_advantage",
    "config.gamma",
    "config.tau",
    "config.learning_rate",
    "config.lr_schedule",
    "config.grad_norm",
    "config.entropy_coef",
    "config.e_clip",
    "config.horizon_length",
    "config.minibatch_size",
    "config.mini_epochs",
    "config.critic_coef",
    "config.clip_value",
)
_REQUIRED_BY_SAC = (
    *_REQUIRED_BY_ALL,
    "network.log_std_bounds",
    "config.actor_lr",
    "config.critic_lr",
    "config.alpha_lr",
    "config.init_alpha",
    "config.learnable_temperature",
    "config.batch_size",
    "config.replay_buffer_size",
)
_REQUIRED_BY_AMP = (
    *_REQUIRED_BY_PPO,
    *(f"network.disc.{key}" for key in ("units", "activation", "initializer")),
    *(f"config.{key}" for key in _AMP),
)
REQUIRED_BY_CENTRAL_VALUE = (
    *(f"network.{key}" for key in ("name", "mlp.units", "mlp.activation", "mlp.initializer")),
    *("normalize_input", "learning_rate", "mini_epochs", "clip_value"),
)
"""Keys of ``central_value_config`` that rl_games reads without a default."""
REQUIRED_BY = {
    "a2c_continuous": _REQUIRED_BY_PPO,
    "a2c_discrete": _REQUIRED_BY_PPO,
    "amp_continuous": _REQUIRED_BY_AMP,
    "sac": _REQUIRED_BY_SAC,
}
"""Keys of ``train.params`` that rl_games reads without a default, for each algorithm."""

_SECTIONS = {
    "config.reward_shaper": "scale_value: 1.0",
    "network.space": "continuous: …",
    "network.mlp.initializer": "name: default",
}
_SECTIONS_OF_PPO = {
    "network.space.continuous": "mu_activation: None, …",
    "network.space.continuous.mu_init": "name: default",
    "network.space.continuous.sigma_init": "name: const_initializer, val: 0",
    "network.rnn": "name: lstm, units: 256, layers: 1",
}
NOT_EMPTY = {
    "a2c_continuous": _SECTIONS | _SECTIONS_OF_PPO,
    "amp_continuous": _SECTIONS
    | _SECTIONS_OF_PPO
    | {"network.disc": "units: [1024, 512], …", "network.disc.initializer": "name: default"},
    "sac": _SECTIONS,
}
"""Sections of ``train.params`` that rl_games reads if they are there, for each algorithm, with what may be in them."""
