"""Bad input of all kinds, to all commands: never a traceback, always exit code 2, what is wrong and what to do."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TRAIN = "train Cartpole --num-envs 4 --max-iterations 1"

WORDS = [
    # the command and its arguments
    ("trian Ant", "train"),
    ("Train Ant", "'train'"),
    ("ant", "use one of"),
    ("robots", "use one of"),
    ("--no-such-flag", "--no-such-flag"),
    ("train", "gymctl tasks"),
    ("play", "TASK"),
    ("export", "TASK"),
    ("config", "TASK"),
    ("bench", "TASK"),
    ("train ''", "gymctl tasks"),
    ("play ''", "gymctl tasks"),
    ("train ant", "'Ant'"),
    ("train Antt", "'Ant'"),
    ("train Änt", "'Ant'"),
    ("train 蚂蚁", "gymctl tasks"),
    ("train '../Ant'", "'Ant'"),
    ("train /etc/passwd", "gymctl tasks"),
    ("train 'Ant\n'", "'Ant'"),
    ("play Cartpoel", "'Cartpole'"),
    ("export Cartpoel", "'Cartpole'"),
    ("config Cartpoel", "'Cartpole'"),
    ("bench Cartpoel", "'Cartpole'"),
    ("train Ant Cartpole", "unexpected argument 'Cartpole'"),
    ("play Ant best latest", "unexpected argument 'latest'"),
    ("config Ant Cartpole", "unexpected argument 'Cartpole'"),
    ("bench Ant Cartpole", "unexpected argument 'Cartpole'"),
    ("tasks list Ant", "unexpected"),
    ("doctor Ant", "unexpected"),
    ("train Ant task=Cartpole", "task=Cartpole contradicts the task Ant"),
    ("train Ant num_envs 16", "unexpected argument 'num_envs'"),
    ("train task=", "gymctl tasks"),
    # flags
    ("train Ant --nun-envs 4", "--num-envs"),
    ("train Ant --num-envs", "requires an argument"),
    ("train Ant --num-envs 0", "--num-envs"),
    ("train Ant --num-envs -1", "--num-envs"),
    ("train Ant --num-envs 1.5", "--num-envs"),
    ("train Ant --num-envs 4k", "--num-envs"),
    ("train Ant --num-envs ''", "--num-envs"),
    ("train Ant --num-envs 1000000000000", "fit"),
    ("train Ant --num-envs 9223372036854775807", "fit"),
    ("train Ant --num-envs 99999999999999999999", "num_envs"),
    ("train Ant --seed a", "--seed"),
    ("train Ant --seed -2", "seed"),
    ("train Ant --seed 4294967296", "seed"),
    ("train Ant --max-iterations 0", "--max-iterations"),
    ("train Ant --max-iterations -1", "--max-iterations"),
    ("train Ant --max-iterations 1e3", "--max-iterations"),
    ("train Ant --device gpu", "cuda"),
    ("train Ant --device ''", "device"),
    ("train Ant --device cuda:x", "device"),
    ("train Ant --device mps", "device"),
    ("train Ant --engine physics", "mujoco"),
    ("train Ant --engine MuJoCo", "'mujoco'"),
    ("train Ant --experiment a/b", "separators"),
    ("train Ant --experiment ..", "'..'"),
    ("train Ant --experiment 'a\tb'", "separators"),
    (f"train Ant --experiment {'x' * 300}", "shorter"),
    (f"train Ant --experiment {'é' * 100}", "shorter"),
    ("train Ant --runs-dir", "requires an argument"),
    ("play Ant --episodes 0", "--episodes"),
    ("play Ant --episodes -3", "--episodes"),
    ("play Ant --episodes many", "--episodes"),
    ("play Ant --sigma -1", "--sigma"),
    ("play Ant --sigma nan", "--sigma"),
    ("play Ant --sigma inf", "--sigma"),
    ("play Ant --sigma a", "--sigma"),
    ("play Ant --sigma 0.5 --stochastic", "exclude"),
    ("play Ant sigma=a", "sigma"),
    ("play Ant sigma=nan", "standard deviation"),
    ("play Ant sigma=-0.1", "standard deviation"),
    ("play Ant --num-envs 0", "--num-envs"),
    ("play Ant --seed x", "--seed"),
    ("export Ant run.pth --format jpeg", "use onnx or torchscript"),
    ("export Ant --format ONNX", "did you mean 'onnx'?"),
    ("config Ant --num-envs zero", "--num-envs"),
    ("bench Ant --num-envs 0", "--num-envs"),
    ("bench Ant --num-envs 1000000000000", "fit"),
    ("bench Ant --train maybe", "unexpected argument 'maybe'"),
    ("doctor --seed 1", "--seed"),
    ("tasks --num-envs 4", "--num-envs"),
    # checkpoints and runs that are not there
    ("play Ant", "gymctl train Ant"),
    ("play Ant best", "gymctl train Ant"),
    ("play Ant latest", "gymctl train Ant"),
    ("play Ant nothing.pth", "nothing.pth"),
    ("play Ant nothing.onnx", "nothing.onnx"),
    ("play Ant nothing", "nothing"),
    ("play Ant 'mit Leerzeichen ü.pth'", "mit Leerzeichen ü.pth"),
    ("play Ant checkpoint=nothing.pth", "nothing.pth"),
    ("play Ant ~nobody-at-all/x.pth", "nobody-at-all"),
    (f"play Ant {'x' * 5000}.pth", "can't read"),
    ("export Ant", "gymctl train Ant"),
    ("export Ant nothing.pth", "nothing.pth"),
    ("export Ant nothing.onnx", "nothing.onnx"),
    ("train Ant --resume nowhere", "nowhere"),
    ("train Ant --resume best", "gymctl train Ant"),
    ("train --resume nowhere", "'nowhere' is in no run"),
    ("train --from-run nowhere", "'nowhere' is in no run"),
    ("train Ant --from-run nowhere", "nowhere"),
    ("train Ant --from-run a --resume b", "one of them"),
    (f"train Ant --from-run {'x' * 5000}", "no run"),
    ("train Ant --config-dir nowhere", "nowhere"),
    ("tasks --config-dir nowhere", "nowhere"),
    ("config Ant --config-dir ''", "config"),
]

OVERRIDES = [
    # how an override is written
    ("=5", "KEY=VALUE"),
    ("task.env.=5", "not a key"),
    (".num_envs=5", "not a key"),
    ("task..env=5", "not a key"),
    ("task.env.numEnvs[0]=5", "not a key"),
    ("~task.env.numEnvs=5", "can't be removed"),
    ("+++seed=5", "not a key"),
    ("+seed=5", "without the +"),
    ("task env=5", "not a key"),
    ("täsk.env=5", "there is no key"),
    ("seed={", "YAML"),
    ("seed=[1", "YAML"),
    ("seed=!!python/object/apply:os.system ['true']", "not allowed"),
    ("seed=!!python/name:os.system", "not allowed"),
    ("seed=!!binary aGk=", "not allowed"),
    ("seed=!!int hello", "YAML"),
    ("seed=&a [*a]", "alias"),
    ("seed=" + "[" * 200, "levels"),
    ("seed=\x00", "YAML"),
    ("seed=2020-01-01", "seed can't be"),
    # which keys there are
    ("sede=5", "'seed'"),
    ("task.env.numenvs=4", "'task.env.numEnvs'"),
    ("task.env.headingWeight=1", "there is no key"),
    ("task.numEnvs=4", "'task.env.numEnvs'"),
    ("numEnvs=4", "'task.env.numEnvs'"),
    ("train.config.gamma=0.9", "gamma"),
    ("train.params.config.gama=0.9", "gamma"),
    ("env.numEnvs=4", "'task.env.numEnvs'"),
    ("seed.value=4", "seed"),
    ("task.env.numEnvs.x=4", "there is no key"),
    ("task=5", "contradicts the task Cartpole"),
    ("task.env=5", "section"),
    ("task.env=[1,2]", "section"),
    ("train.params.network.mlp=64", "section"),
    ("train=NothingPPO", "train/NothingPPO.yaml"),
    ("train=AntPP", "AntPPO"),
    # what values may be
    ("num_envs=-5", "num_envs"),
    ("num_envs=0", "num_envs"),
    ("num_envs=two", "num_envs"),
    ("num_envs=1e3", "num_envs"),
    ("num_envs=True", "num_envs"),
    ("num_envs=[4]", "num_envs"),
    ("task.env.numEnvs=0", "numEnvs"),
    ("task.env.numEnvs=1000000000000", "fit"),
    ("+train.params.config.central_value_config.minibatch_size=64", "central_value_config"),
    ("train.params.load_checkpoint=True", "names no checkpoint"),
    ("seed=1.5", "seed"),
    ("seed=-7", "seed"),
    ("num_threads=0", "num_threads"),
    ("num_threads=-2", "num_threads"),
    ("sim_device=cuda:-1", "sim_device"),
    ("physics_engine=bullet", "physics_engine"),
    ("task.sim.dt=0", "dt"),
    ("task.sim.dt=-0.01", "dt"),
    ("task.sim.dt=.nan", "dt"),
    ("task.sim.dt=.inf", "dt"),
    ("task.sim.dt=fast", "dt"),
    ("task.sim.substeps=0", "substeps"),
    ("task.sim.substeps=1.5", "substeps"),
    ("task.sim.gravity=-9.81", "gravity"),
    ("task.sim.gravity=[0,0]", "gravity"),
    ("task.sim.gravity=[0,0,.nan]", "gravity"),
    ("task.sim.up_axis=y", "up_axis"),
    ("task.env.episodeLength=0", "episodeLength"),
    ("task.env.clipActions=0", "clipActions"),
    ("task.env.clipActions=.nan", "clipActions"),
    ("task.env.controlFrequencyInv=0", "controlFrequencyInv"),
    ("task.env.resetDist=far", "resetDist"),
    ("task.env.maxEffort=.nan", "maxEffort"),
    ("task.name=Nothing", "Nothing"),
    ("task.name=5", "task_name"),
    ("task.task.randomize=True", "randomization_params"),
    ("train.params.algo.name=ppo", "a2c_continuous"),
    ("train.params.algo.name=a2c_discrete", "a2c_continuous"),
    ("train.params.model.name=continuous", "model"),
    ("train.params.network.name=transformer", "transformer"),
    ("train.params.network.mlp.units=[]", "units"),
    ("train.params.network.mlp.units=[0]", "units"),
    ("train.params.network.mlp.units=[64,-64]", "units"),
    ("train.params.network.mlp.units=64", "units"),
    ("train.params.network.mlp.units=[1000000000,1000000000]", "memory"),
    ("train.params.network.mlp.activation=rleu", "relu"),
    ("train.params.network.mlp.initializer.name=nothing", "nothing"),
    ("train.params.network.space.continuous.sigma_init.name=nothing", "nothing"),
    ("train.params.config.gamma=1.5", "gamma"),
    ("train.params.config.gamma=.nan", "gamma"),
    ("train.params.config.tau=-1", "tau"),
    ("train.params.config.learning_rate=0", "learning_rate"),
    ("train.params.config.learning_rate=-1e-3", "learning_rate"),
    ("train.params.config.learning_rate=.inf", "learning_rate"),
    ("train.params.config.lr_schedule=cosine", "lr_schedule"),
    ("train.params.config.horizon_length=0", "horizon_length"),
    ("train.params.config.horizon_length=1000000000000", "memory"),
    ("train.params.config.minibatch_size=0", "minibatch_size"),
    ("train.params.config.mini_epochs=0", "mini_epochs"),
    ("train.params.config.max_epochs=0", "max_epochs"),
    ("train.params.config.save_frequency=-1", "save_frequency"),
    ("train.params.config.score_to_win=.nan", "score_to_win"),
    ("train.params.config.reward_shaper=0.1", "section"),
    ("train.params.config.name=a/b", "separators"),
    ("train.params.config.max_steps=5", "max_steps"),
    ("train.params.config.normalize_rms_advantage=True", "normalize_rms_advantage"),
    ("train.params.config.self_play_config={a: 1}", "self_play"),
    ("test=True", "gymctl play"),
    ("sigma=0", "gymctl play"),
    ("seed=${nothing}", "seed"),
    ("seed=${seed}", "seed"),
    ("seed=${", "seed"),
    ("seed=???", "seed"),
    ("experiment=${task}", "experiment"),
    ("experiment=[1]", "experiment"),
]

CONFIGS = {
    "a python object": "seed: !!python/object/apply:os.system ['touch canary']\n",
    "a python name": "seed: !!python/name:os.system\n",
    "a python module": "x: !!python/module:antigravity\n",
    "a python tuple": "seed: !!python/tuple [1]\n",
    "an alias bomb": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)),
    "a merge bomb": "a: &a {k: 1}\n"
    + "".join(
        f"{b}: &{b} {{x: *{a}, y: *{a}, z: *{a}}}\n"
        for a, b in zip("abcdefghijklmnop", "bcdefghijklmnopq", strict=True)
    ),
    "links that double": "experiment: ${k40}\nk0: "
    + "x" * 100
    + "\n"
    + "".join(f"k{i + 1}: ${{k{i}}}${{k{i}}}\n" for i in range(40)),
    "links in a circle": "experiment: ${wandb_group}\nwandb_group: ${experiment}\n",
    "a million values": "wandb_tags: [" + "1," * 1_000_000 + "]\n",
    "deep nesting": "pbt: " + "[" * 100_000 + "\n",
    "a tab": "seed:\t5\n\tnum_envs: 4\n",
    "a key twice": "seed: 1\nseed: 2\n",
    "a list": "- 1\n- 2\n",
    "a word": "hello\n",
    "two documents": "seed: 1\n---\nseed: 2\n",
    "an unknown key": "sede: 1\n",
    "a value for a section": "task: 5\n",
    "a section for a value": "seed: {a: 1}\n",
    "a number for a key": "5: 1\n",
    "a bool for a key": "yes: 1\n",
    "no YAML": "{{{",
    "an unknown anchor": "seed: *nowhere\n",
    "latin-1": "experiment: Ümlaut\n".encode("latin-1"),
    "zeros": bytes(1000),
    "an image": b"\x89PNG\r\n\x1a\n" + bytes(100),
}


@pytest.mark.parametrize(("words", "says"), WORDS, ids=lambda value: value[:60] if isinstance(value, str) else None)
def test_a_bad_command_line_is_refused(refuse, tmp_path, words, says):
    refusal = refuse(*shlex.split(words))
    assert says in f"{refusal.what} {refusal.fix}"
    assert refusal.fix
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("override", "says"), OVERRIDES, ids=lambda value: value[:60] if isinstance(value, str) else None
)
def test_a_bad_override_is_refused(refuse, tmp_path, override, says):
    refusal = refuse("train", "Cartpole", "--max-iterations", 1, override)
    assert says in f"{refusal.what} {refusal.fix}"
    assert refusal.fix
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CONFIGS)
def test_a_bad_config_file_is_refused(refuse, tmp_path, name):
    file = tmp_path / "mine" / "config.yaml"
    file.parent.mkdir()
    content = CONFIGS[name]
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    for command in ("config", "train"):
        refuse(command, "Cartpole", "--config-dir", "mine")
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("name", ["a directory", "100 MB", "100 GB", "a device", "a pipe", "a link to itself"])
def test_what_is_no_file_for_a_config_is_refused(refuse, tmp_path, name):
    file = tmp_path / "mine" / "task" / "Cartpole.yaml"
    file.parent.mkdir(parents=True)
    match name:
        case "a directory":
            file.mkdir()
        case "100 MB":
            file.write_bytes(b"a: b\n" * 20_000_000)
        case "100 GB":
            with file.open("wb") as opened:
                opened.truncate(10**11)
        case "a device":
            file.symlink_to("/dev/zero")
        case "a pipe":
            os.mkfifo(file)
        case "a link to itself":
            file.symlink_to(file)
    assert "Cartpole.yaml" in refuse("config", "Cartpole", "--config-dir", "mine").what


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{", "[" * 100_000, '{"started": 5, "task": 3}', '{"started": "0001-01-01T00:00:00"}']
)
def test_a_run_with_a_bad_manifest_or_config_is_refused_or_passed_over(refuse, tmp_path, manifest):
    run = tmp_path / "runs" / "Cartpole_2026-01-01_00-00-00"
    (run / "nn").mkdir(parents=True)
    (run / "run.json").write_text(manifest)
    (run / "config.yaml").write_text("task: 5\n")
    refuse("play", "Cartpole")
    refuse("train", "Cartpole", "--resume", run)
    refuse("train", "Cartpole", "--from-run", run)


@pytest.mark.parametrize("place", ["runs/file", "/proc/nowhere", "/dev/null", "loop"])
def test_a_runs_directory_that_cannot_be_is_refused(refuse, tmp_path, place):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    assert place in refuse(*shlex.split(TRAIN), "--runs-dir", place).what


@pytest.mark.parametrize("output", ["nowhere/policy.onnx", ".", "/dev/null/x.onnx", "/proc/x.onnx", "run.pth"])
def test_an_output_that_cannot_be_written_is_refused(refuse, trained, tmp_path, output):
    (tmp_path / "run.pth").write_bytes(Path(trained.gymctl.directory / trained.result["last_checkpoint"]).read_bytes())
    before = (tmp_path / "run.pth").read_bytes()
    refuse("export", "Cartpole", "run.pth", "--output", output)
    assert (tmp_path / "run.pth").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"hello", bytes(1000), b"\x08\x07\x12\x04test"])
def test_a_bad_onnx_file_is_refused(refuse, tmp_path, content):
    (tmp_path / "policy.onnx").write_bytes(content)
    assert "policy.onnx" in refuse("play", "Cartpole", "policy.onnx").what
    (tmp_path / "directory.onnx").mkdir()
    assert "directory.onnx" in refuse("play", "Cartpole", "directory.onnx").what


def test_names_with_spaces_and_foreign_letters_work(invoke, tmp_path):
    words = [*shlex.split(TRAIN), "--experiment", "Größe 好 'x'", "--runs-dir", "meine Läufe"]
    invoke(*words)
    (run,) = (tmp_path / "meine Läufe").iterdir()
    invoke("play", "Cartpole", run, "--num-envs", 2)
    invoke("export", "Cartpole", run, "--format", "torchscript", "--output", "ein Export.pt")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("train Ant --num-envs 0", 2),
        ("play Ant ohne.pth", 2),
        ("train Ant --engine mujoco --num-envs 1000000000000", 2),
    ],
)
def test_a_process_of_its_own_says_the_same(gymctl, words, code):
    done = gymctl(*shlex.split(words), code=code)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_without_permission_nothing_is_written_and_it_is_said(tmp_path):
    """Root may do everything, unless it gives up the right to."""
    command = [sys.executable, "-m", "gymctl"]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root can't give up its rights here")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    secret = tmp_path / "secret"
    (secret / "task").mkdir(parents=True)
    (tmp_path / "readable").mkdir()
    (tmp_path / "readable" / "config.yaml").write_text("seed: 1\n")
    (tmp_path / "secret.pth").write_bytes(b"PK")
    (tmp_path / "readable" / "config.yaml").chmod(0)
    (tmp_path / "secret.pth").chmod(0)
    secret.chmod(0)
    try:
        for words in (
            f"{TRAIN} --runs-dir secret",
            "config Cartpole --config-dir readable",
            "play Cartpole secret.pth",
        ):
            done = subprocess.run(
                [*command, *shlex.split(words)], cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert done.returncode == 2, (words, done.stderr)
            assert "Traceback" not in done.stderr
            assert "error: " in done.stderr.lower().replace("─ error ─", "error: ")
    finally:
        secret.chmod(0o700)
    assert [path.name for path in secret.rglob("*")] == ["task"]


def test_there_are_at_least_150_of_them():
    assert len(WORDS) + len(OVERRIDES) + len(CONFIGS) >= 150
