import pytest

from gymctl.config import compose
from gymctl.core.errors import InputError

REFUSED = [
    "num_envs=0",
    "num_envs=9223372036854775808",
    "task.env.headingWeight=1" + 400 * "0",
    "num_envs=-4",
    "num_envs=2.5",
    "num_envs=many",
    "num_envs=True",
    "num_envs=null",
    "task.env.numEnvs=0",
    "task.env.numEnvs=1.5",
    "task.env.episodeLength=0",
    "task.env.controlFrequencyInv=0",
    "task.env.clipActions=0",
    "task.env.clipActions=-1",
    "task.env.clipObservations=.nan",
    "task.sim.dt=0",
    "task.sim.dt=-0.1",
    "task.sim.dt=.inf",
    "task.sim.dt=fast",
    "task.sim.substeps=0",
    "task.sim.substeps=1.5",
    "task.sim.gravity=[0,0]",
    "task.sim.gravity=[0,0,.nan]",
    "task.sim.gravity=[0,0,.inf]",
    "task.sim.gravity=-9.81",
    "task.sim.gravity=[0,0,down]",
    "task.sim.up_axis=y",
    "task.env.headingWeight=much",
    "task.env.headingWeight=.nan",
    "task.env.headingWeight=.inf",
    "task.env.headingWeight=[1]",
    "task.env.headingWeight=True",
    "task.env.headingWeight=null",
    "task.env.plane.dynamicFriction=x",
    "task.env.asset.assetFileName=3",
    "task.task.randomize=maybe",
    "task.task.randomization_params.frequency=.nan",
    "+task.env.mine=[.nan]",
    "seed=-2",
    "seed=4294967296",
    "seed=1.5",
    "seed=x",
    "train.params.seed=-1",
    "max_iterations=0",
    "max_iterations=x",
    "sigma=-0.5",
    "sigma=x",
    "sigma=.nan",
    "num_threads=0",
    "test=1",
    "headless=yep",
    "checkpoint=3",
    "experiment=2024",
    "capture_video_len=0",
    "physics_engine=mujoco_wrap",
    "physics_engine=bullet",
    "sim_device=gpu",
    "sim_device=cuda:x",
    "sim_device=0",
    "rl_device=tpu",
    "train.params.config.max_epochs=0",
    "train.params.config.max_epochs=-2",
    "train.params.config.horizon_length=0",
    "train.params.config.minibatch_size=0",
    "train.params.config.mini_epochs=0",
    "train.params.config.mini_epochs=2.5",
    "train.params.config.learning_rate=0",
    "train.params.config.learning_rate=-1e-3",
    "train.params.config.learning_rate=fast",
    "train.params.config.gamma=1.1",
    "train.params.config.gamma=-0.1",
    "train.params.config.tau=2",
    "train.params.config.e_clip=0",
    "train.params.config.kl_threshold=0",
    "train.params.config.lr_schedule=adaptve",
    "train.params.config.schedule_type=new",
    "train.params.config.grad_norm=-1",
    "train.params.config.save_frequency=-1",
    "train.params.config.clip_value=1",
    "train.params.config.reward_shaper.scale_value=x",
    "train.params.config.seq_length=0",
    "train.params.network.mlp.units=[]",
    "train.params.network.mlp.units=[64,0]",
    "train.params.network.mlp.units=[64.5]",
    "train.params.network.mlp.units=64",
    "train.params.network.mlp.activation=eluu",
    "train.params.network.separate=x",
    "train.params.network.rnn.units=0",
    "train.params.network.rnn.name=lsmt",
]


@pytest.mark.parametrize("override", REFUSED)
def test_a_value_out_of_range_or_of_the_wrong_type_is_refused_by_name(override):
    key = override.partition("=")[0]
    with pytest.raises(InputError) as error:
        compose("Ant", overrides=[override])
    assert key.lstrip("+") in error.value.what
    assert "can't be" in error.value.what
    assert error.value.fix.startswith("give ")


ACCEPTED = [
    "num_envs=1",
    "num_envs=''",
    "max_iterations=-1",
    "sigma=0",
    "sigma=0.3",
    "sigma=''",
    "num_threads=2",
    "seed=0",
    "seed=4294967295",
    "sim_device=auto",
    "sim_device=cpu",
    "sim_device=cuda",
    "sim_device=cuda:3",
    "physics_engine=mujoco",
    "physics_engine=mujoco_warp",
    "train.params.config.max_epochs=-1",
    "train.params.config.gamma=0",
    "train.params.config.tau=1",
    "train.params.config.lr_schedule=null",
    "train.params.config.bounds_loss_coef=null",
    "train.params.config.reward_shaper.max_val=.inf",
    "train.params.config.critic_coef=2.5",
    "train.params.config.torch_compile=True",
    "train.params.config.games_to_track=10",
    "train.params.config.weight_decay=0.1",
    "train.params.config.player.games_num=5",
    "train.params.network.mlp.activation=relu",
    "task.sim.physx.solver_type=0",
    "task.env.enableDebugVis=True",
    "task.task.randomization_params.frequency=100",
    "task.sim.gravity=[0,0,0]",
    "task.env.envSpacing=2.5",
]


@pytest.mark.parametrize("override", ACCEPTED)
def test_a_value_at_the_edge_of_its_range_is_accepted(override):
    compose("Ant", overrides=[override])


@pytest.mark.parametrize(
    ("override", "what", "fix"),
    [
        ("task.env.numEnvs=0", "task.env.numEnvs can't be 0", "give an integer of at least 1"),
        ("train.params.config.gamma=1.5", "train.params.config.gamma can't be 1.5", "give a number from 0 to 1"),
        ("physics_engine=mujoko", "physics_engine can't be 'mujoko'", "did you mean 'mujoco'"),
        ("sim_device=cuda-0", "sim_device can't be 'cuda-0'", "give auto, cpu, cuda or cuda:N"),
        ("num_envs=x", "num_envs can't be 'x'", "give an integer of at least 1, or ''"),
    ],
)
def test_the_error_says_the_value_and_what_is_accepted(override, what, fix):
    with pytest.raises(InputError) as error:
        compose("Ant", overrides=[override])
    assert error.value.what == what
    assert fix in error.value.fix


def test_flags_are_checked_too():
    with pytest.raises(InputError, match="physics_engine can't be 'physx'"):
        compose("Ant", settings={"physics_engine": "physx"})
    with pytest.raises(InputError, match="num_envs can't be 0"):
        compose("Ant", settings={"num_envs": 0})


def test_infinity_is_the_users_affair_in_the_users_task(walker_dir):
    config = compose("Walker", config_dir=walker_dir, overrides=["+task.env.limit=.inf"]).tree
    assert config["task"]["env"]["limit"] == float("inf")
    with pytest.raises(InputError, match=r"task\.env\.deep\.limit can't be nan"):
        compose("Walker", config_dir=walker_dir, overrides=["+task.env.deep={limit: .nan}"])


@pytest.mark.parametrize(
    ("task", "key", "other"),
    [("Ant", "episodeLength", "maxEpisodeLength")]
    + [(task, "maxEpisodeLength", "episodeLength") for task in ("BallBalance", "Ingenuity", "Quadcopter")],
)
def test_a_tasks_time_limit_is_a_count_under_the_originals_key(task, key, other):
    assert compose(task, overrides=[f"task.env.{key}=7"]).tree["task"]["env"][key] == 7
    with pytest.raises(InputError, match=f"task.env.{key} can't be 2.5"):
        compose(task, overrides=[f"task.env.{key}=2.5"])
    with pytest.raises(InputError) as error:
        compose(task, overrides=[f"task.env.{other}=7"])
    assert f"task.env.{key}" in error.value.fix


@pytest.mark.parametrize("name", ["../../evil", "/evil", "..", "a/b", "a\\b", "a\nb", "\x1b[2J", "\u202eA", "x" * 200])
@pytest.mark.parametrize("key", ["name", "full_experiment_name"])
def test_a_name_that_leads_elsewhere_is_refused_wherever_it_comes_from(key, name):
    base = compose("Cartpole").tree
    base["train"]["params"]["config"][key] = name
    with pytest.raises(InputError, match=f"{key} can't be"):
        compose("Cartpole", base=base)
    if key == "name":
        with pytest.raises(InputError, match="can't be"):
            compose("Cartpole", settings={"experiment": name})


@pytest.mark.parametrize("name", ["Ant", "Ameise läuft 跑", "R$(cmd)", "a..b"])
def test_a_plain_name_is_taken(name):
    assert compose("Cartpole", settings={"experiment": name}).experiment == name
