"""On a GPU, the host waits once an epoch: shown on tensors without values, by counting what would wait."""

import pytest
import torch

from gymctl.diagnostics.waits import counting_waits
from gymctl.learning.agents.ppo_agent import PpoAgent
from gymctl.learning.agents.sac import SacAgent
from tests.helpers import asymmetric
from tests.helpers.meta_training import allow_adam, make_agent
from tests.helpers.swinger import offer_swinger

pytestmark = pytest.mark.filterwarnings("ignore:.*kernel for:UserWarning")

MEMORY = "train.params.network.rnn={name: %s, units: 8, layers: 1, before_mlp: False}"
SAC = (
    "train=AntSAC",
    "train.params.network.mlp.units=[16,16]",
    "train.params.config.batch_size=16",
    "train.params.config.replay_buffer_size=64",
)
PPO = {
    "as it is": (),
    "standard schedule": ("train.params.config.schedule_type=standard",),
    "linear schedule": ("train.params.config.lr_schedule=linear",),
    "constant rate": ("train.params.config.lr_schedule=constant",),
    "no normalisers": ("train.params.config.normalize_input=False", "train.params.config.normalize_value=False"),
    "noise of the state": ("train.params.network.space.continuous.fixed_sigma=False",),
    "LSTM": (MEMORY % "lstm",),
    "GRU": (MEMORY % "gru",),
}


@pytest.fixture
def epoch_of(tmp_path, monkeypatch):
    """Plays and learns an epoch, up to the one copy at its end; gives the waits."""
    monkeypatch.chdir(tmp_path)
    kept = allow_adam(monkeypatch)

    def ppo(agent):
        agent.init_tensors()
        agent.env_reset()
        for _ in range(2):
            with counting_waits() as waits:
                agent.set_eval()
                with torch.no_grad():
                    batch = agent.play_steps()
                agent.epoch_num += 1
                agent.prepare_dataset(batch)
                agent.set_train()
                agent._update()
        return waits

    def sac(agent):
        agent.init_tensors()
        agent.obs = agent.vec_env.reset()["obs"].clone()
        for epoch in (1, agent.num_warmup_steps + 1):
            agent.epoch_num = epoch
            with counting_waits() as waits:
                agent._step()
                agent._update({name: [] for name in NAMES})
        return waits

    def run(task, *overrides):
        fewer = () if overrides == SAC else ("train.params.config.mini_epochs=2",)
        agent = make_agent(tmp_path, task, *fewer, *overrides)
        return (sac if isinstance(agent, SacAgent) else ppo)(agent)

    yield run
    kept._destroy()


NAMES = [*(f"losses/{name}" for name in ("c1_loss", "c2_loss", "a_loss", "entropy", "alpha_loss")), "info/alpha"]


@pytest.mark.parametrize("settings", PPO.values(), ids=PPO.keys())
def test_ppo_plays_and_learns_without_waiting(epoch_of, settings):
    assert epoch_of("Cartpole", *settings) == []


@pytest.mark.parametrize("memory", [(), (asymmetric.MEMORY,)], ids=["without memory", "LSTM"])
def test_so_it_does_with_a_central_value(epoch_of, walker, memory):
    walker(*asymmetric.TASK_EDIT)
    assert epoch_of("Walker", "train=CartpolePPO", asymmetric.central_value(*memory)) == []


@pytest.mark.parametrize("task", ["Ant", "AnymalTerrain"])
def test_so_it_does_with_the_curves_of_a_task(epoch_of, task):
    assert epoch_of(task) == []


def test_amp_plays_and_learns_without_waiting(epoch_of, walker):
    offer_swinger(walker)
    sizes = [f"train.params.config.{size}" for size in ("amp_replay_buffer_size=200", "minibatch_size=64")]
    assert epoch_of("Walker", "train=WalkerAMP", *sizes) == []


def test_sac_plays_and_learns_without_waiting(epoch_of):
    assert epoch_of("Cartpole", *SAC) == []


def read_a_value(values):
    return values * values.sum().item()


def branch(values):
    return values if values.any() else -values


def find_positions(values):
    return values.index_fill(0, values[:, 0].nonzero()[:, 0], 0.0)


def forget_the_device(values):
    return values + torch.zeros(values.shape)


def send_a_constant(values):
    return values * torch.tensor(2.0, device=values.device)


def sample_with_a_check(values):
    return torch.normal(values, values.abs())


FAULTS = [read_a_value, branch, find_positions, forget_the_device, send_a_constant, sample_with_a_check]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("agent", "method", "settings"),
    [(PpoAgent, "get_values", ()), (PpoAgent, "bound_loss", ()), (SacAgent, "_sampled_actions", SAC)],
)
def test_a_fault_of_each_kind_is_found(epoch_of, monkeypatch, fault, agent, method, settings):
    real = getattr(agent, method)

    def faulty(*args):
        values = real(*args)
        fault(values.reshape(-1, 1))
        return values

    monkeypatch.setattr(agent, method, faulty)
    try:
        waits = epoch_of("Cartpole", *settings)
    except (RuntimeError, NotImplementedError):
        return
    assert __file__ in "".join(wait.place for wait in waits)
