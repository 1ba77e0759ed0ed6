from pathlib import Path
from textwrap import dedent

import pytest


class ConfigDir:
    """A config directory of the user's, written file by file."""

    def __init__(self, path: Path):
        self.path = path

    def write(self, **yamls: str) -> Path:
        """Writes ``task_Name=…``, ``train_Name=…``, ``task_env_name=…`` or ``config=…``."""
        for name, text in yamls.items():
            *groups, stem = name.split("_")
            file = self.path.joinpath(*groups, f"{stem}.yaml")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text))
        return self.path


@pytest.fixture
def config_dir(tmp_path: Path) -> ConfigDir:
    return ConfigDir(tmp_path / "cfg")


ISAAC_GYM_CONFIG = """
    task_name: ${task.name}
    experiment: ''
    num_envs: ''
    seed: 7
    torch_deterministic: False
    max_iterations: ''
    physics_engine: 'physx'
    pipeline: 'gpu'
    sim_device: 'cuda:0'
    rl_device: 'cuda:0'
    graphics_device_id: 0
    num_threads: 4
    solver_type: 1
    num_subscenes: 4
    test: False
    checkpoint: ''
    sigma: ''
    multi_gpu: False
    wandb_activate: False
    wandb_group: ''
    wandb_name: ${train.params.config.name}
    wandb_tags: []
    capture_video: False
    force_render: True
    headless: False
    defaults:
      - task: Ant
      - train: ${task}PPO
      - pbt: no_pbt
      - override hydra/job_logging: disabled
      - _self_
    hydra:
      output_subdir: null
      run:
        dir: .
"""

WALKER_TASK = """
    name: Walker
    physics_engine: ${..physics_engine}
    env:
      numEnvs: ${resolve_default:256,${...num_envs}}
      envSpacing: 2.
      episodeLength: 300
      gains: {hip: 3.e1, knee: 1e-2}
      contactBodies: ["left", "right"]
      stiffness: ${.gains.hip}
      asset:
        assetFileName: "mjcf/walker.xml"
    sim:
      dt: 0.005 # 1/200 s
      substeps: 4
      up_axis: "z"
      use_gpu_pipeline: ${eq:${...pipeline},"gpu"}
      gravity: [0.0, 0.0, -9.81]
      physx:
        num_threads: ${....num_threads}
        use_gpu: ${contains:"cuda",${....sim_device}}
        num_subscenes: ${....num_subscenes}
    task:
      randomize: False
      randomization_params:
        frequency: 600
        observations: {range: [0, .002], operation: "additive", distribution: "gaussian"}
"""

WALKER_PPO = """
    params:
      seed: ${...seed}
      algo:
        name: a2c_continuous
      model:
        name: continuous_a2c_logstd
      network:
        name: actor_critic
        separate: False
        space:
          continuous:
            mu_activation: None
            sigma_activation: None
            mu_init:
              name: default
            sigma_init:
              name: const_initializer
              val: 0. # std = 1.
            fixed_sigma: True
        mlp:
          units: [64, 64]
          activation: elu
          d2rl: False
          initializer:
            name: default
          regularizer:
            name: None
      load_checkpoint: ${if:${...checkpoint},True,False}
      load_path: ${...checkpoint}
      config:
        name: ${resolve_default:Walker,${....experiment}}
        full_experiment_name: ${.name}
        env_name: rlgpu
        multi_gpu: False
        ppo: True
        mixed_precision: True
        normalize_input: True
        normalize_value: True
        reward_shaper:
          scale_value: 0.01
        normalize_advantage: True
        gamma: 0.99
        tau: 0.95
        learning_rate: 3.e-4 # overwritten by adaptive lr_schedule
        lr_schedule: adaptive
        kl_threshold: 0.008
        score_to_win: 20000
        max_epochs: ${resolve_default:1000_000,${....max_iterations}}
        save_best_after: 200
        save_frequency: 50
        print_stats: True
        grad_norm: 1.
        entropy_coef: 0.0
        truncate_grads: True
        e_clip: 0.2
        horizon_length: 16
        minibatch_size: ${.num_actors}
        mini_epochs: 4
        critic_coef: 2
        clip_value: True
        seq_len: 8 # only for rnn
        bounds_loss_coef: 0.
        player:
          determenistic: False
          games_num: 1000000
        num_actors: ${....task.env.numEnvs}
"""


@pytest.fixture
def walker_dir(config_dir: ConfigDir) -> Path:
    """The config of a task that this package doesn't have, as written for IsaacGymEnvs."""
    return config_dir.write(config=ISAAC_GYM_CONFIG, task_Walker=WALKER_TASK, train_WalkerPPO=WALKER_PPO)
