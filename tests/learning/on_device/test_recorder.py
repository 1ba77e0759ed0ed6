"""A recorded update of the networks is the eager one, again and again; what can't be recorded goes on eagerly."""

import contextlib
import warnings

import pytest
import torch
from rl_games.common.algo_observer import AlgoObserver
from torch.fx.experimental.proxy_tensor import make_fx

from gymctl.envs import factory
from gymctl.learning.bridge import RlGamesVecEnv
from gymctl.learning.on_device.recorder import Recorder
from gymctl.learning.prepare import prepare_training
from gymctl.learning.session import build_agent
from gymctl.runs.directory import create_run


class Traces:
    """Records a step as the list of its operations on the CPU, without its Python code, as a CUDA graph does."""

    def __init__(self, fault=lambda trace: None):
        self.recordings = 0
        self._fault = fault

    def warming_up(self):
        return contextlib.nullcontext()

    def record(self, function):
        self.recordings += 1
        trace = make_fx(function, _allow_fake_constant=True)()
        self._fault(trace)
        outputs = tuple(torch.empty_like(output) for output in trace())

        def replay():
            for output, value in zip(outputs, trace(), strict=True):
                output.copy_(value)

        return outputs, replay


@pytest.fixture
def agent_of(tmp_path):
    """An agent of Cartpole, before its first epoch."""
    envs = []

    def make(name, *overrides):
        training = prepare_training("Cartpole", settings={"num_envs": 16}, overrides=overrides, runs_dir=tmp_path)
        factory.seed_everything(3)
        env = factory.make(training.config, training.backend)
        envs.append(env)
        agent = build_agent(training, create_run(name, tmp_path), RlGamesVecEnv(env, "Cartpole"), AlgoObserver())
        agent.init_tensors()
        agent.env_reset()
        return agent

    yield make
    for env in envs:
        env.close()


def train(agent, epochs):
    torch.manual_seed(4)
    for _ in range(epochs):
        agent.epoch_num += 1
        agent.train_epoch()
    return agent.state_tensors()


RULES = {
    "adaptive": (),
    "standard": ("train.params.config.schedule_type=standard",),
    "linear": ("train.params.config.lr_schedule=linear",),
    "smooth, bounds as regularisation": (
        "train.params.config.use_smooth_clamp=True",
        "train.params.config.bound_loss_type=regularisation",
        "train.params.config.bounds_loss_coef=0.001",
    ),
    "separate": ("train.params.network.separate=True", "train.params.network.space.continuous.fixed_sigma=False"),
}


@pytest.mark.slow
@pytest.mark.parametrize("overrides", RULES.values(), ids=RULES.keys())
def test_a_recorded_update_gives_the_eager_numbers_many_times(agent_of, overrides):
    """The trace has no Python code, so hidden state of it would show."""
    eager = agent_of("Eager", *overrides)
    recorded = agent_of("Recorded", *overrides)
    backend = Traces()
    recorded._learn = Recorder(recorded._minibatch, recorded.state_tensors, backend)
    with warnings.catch_warnings(action="error", category=RuntimeWarning):
        for value, expected in zip(train(recorded, 14), train(eager, 14), strict=True):
            assert torch.equal(value, expected)
    assert recorded._learn.recorded
    assert backend.recordings == 1
    assert recorded.last_lr == eager.last_lr


@pytest.mark.slow
def test_an_update_changes_everything_in_place(agent_of):
    agent = agent_of("Places")
    places = [tensor.data_ptr() for tensor in train(agent, 1)]
    values = [tensor.clone() for tensor in agent.state_tensors()]
    assert [tensor.data_ptr() for tensor in train(agent, 3)] == places
    assert sum(not torch.equal(a, b) for a, b in zip(values, agent.state_tensors(), strict=True)) > len(values) / 2


def counted(step, state, **kwargs):
    """A recorder of a step, after the steps that warm it up."""
    recorder = Recorder(step, lambda: state, Traces(**kwargs))
    return recorder, [recorder({"x": torch.tensor(float(i))}) for i in range(3)]


def test_every_step_counts_once():
    total = torch.zeros(())

    def step(inputs):
        total.add_(inputs["x"])
        return (total * 2,)

    recorder, _ = counted(step, [total])
    results = [recorder({"x": torch.tensor(10.0**i)})[0].item() for i in range(1, 4)]
    assert recorder.recorded
    assert results == [2 * 13, 2 * 113, 2 * 1113]


def make_anew(total):
    state = [total]

    def step(inputs):
        state[0] = state[0] + inputs["x"]
        return (state[0],)

    return step, state


def fail(total):
    calls = []

    def step(inputs):
        total.add_(inputs["x"])
        calls.append(0)
        if len(calls) == 5:  # the recording
            raise RuntimeError("operation not permitted when stream is capturing")
        return (total.clone(),)

    return step, [total]


def depend_on_python(total):
    calls = []

    def step(inputs):
        calls.append(0)
        total.add_(inputs["x"] * len(calls))
        return (total.clone(),)

    return step, [total]


@pytest.mark.parametrize(
    ("make", "reason"), [(fail, "not permitted"), (make_anew, "made anew"), (depend_on_python, r"is .* off")]
)
def test_what_cannot_be_trusted_goes_on_eagerly_after_a_warning(make, reason):
    step, state = make(torch.zeros(()))
    recorder, _ = counted(step, state)
    before = state[0].clone()
    with pytest.warns(RuntimeWarning, match=reason):
        (result,) = recorder({"x": torch.tensor(5.0)})
    assert not recorder.recorded
    assert result.item() > before.item()
    with warnings.catch_warnings(action="error"):
        (after,) = recorder({"x": torch.tensor(5.0)})
    assert after.item() > result.item()


def test_a_recording_that_leaves_something_out_is_not_trusted():
    total = torch.zeros(3)

    def leave_out(trace):
        trace.graph.erase_node(next(node for node in trace.graph.nodes if "add_" in str(node.target)))
        trace.recompile()

    def step(inputs):
        total.add_(inputs["x"])
        return (inputs["x"] * 2,)

    recorder, _ = counted(step, [total], fault=leave_out)
    with pytest.warns(RuntimeWarning, match="is 5 off"):
        recorder({"x": torch.tensor(5.0)})
    assert total.tolist() == [8.0] * 3
