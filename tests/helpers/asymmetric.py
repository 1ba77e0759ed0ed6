"""A task whose critic sees more than its policy, and settings to train it with."""

from gymctl.config import compose

TASK_EDIT = (
    "        return torch.cat((take(self.sim.qpos, ids), take(self.sim.qvel, ids)), dim=1).float()\n",
    """        return torch.cat((take(self.sim.qpos, ids), take(self.sim.qvel, ids)), dim=1).float()

    num_states = 5

    def observe_states(self, ids=None):
        return torch.cat((self.observe(ids), take(self.last, ids)), dim=1)
""",
)
"""What makes `tests.helpers.walker` such a task, for the fixture `walker`."""

CENTRAL = "+train.params.config.central_value_config"
MEMORY = "rnn: {name: lstm, units: 8, layers: 1, before_mlp: False, layer_norm: False}"


def central_value(memory="", **settings):
    """The override for a small central value."""
    settings = {"minibatch_size": 32, "mini_epochs": 2, "learning_rate": 1e-3, **settings}
    values = ", ".join(f"{key}: {value}" for key, value in settings.items())
    network = (
        "name: actor_critic, central_value: True, mlp: {units: [16], activation: elu, initializer: {name: default}}"
    )
    network += f", {memory}" if memory else ""
    return f"{CENTRAL}={{normalize_input: True, clip_value: True, {values}, network: {{{network}}}}}"


POLICY_MEMORY = f"+train.params.network.{MEMORY.replace(': {', '={', 1)}"
SETTINGS = {"sim_device": "cpu", "rl_device": "cpu", "num_envs": 4}


def config(*overrides, **settings):
    """The task's resolved config."""
    return compose("Walker", settings=SETTINGS | settings, overrides=["train=CartpolePPO", *overrides])
