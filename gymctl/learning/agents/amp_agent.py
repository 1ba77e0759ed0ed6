"""The agent of adversarial motion priors: PPO that is rewarded for motions which look demonstrated."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gymctl.core.errors import InputError
from gymctl.learning.agents.base import Style
from gymctl.learning.agents.ppo_agent import PpoAgent
from gymctl.learning.on_device.discriminator import DiscriminatorSettings, judge, style_reward
from gymctl.learning.on_device.models import build_network
from gymctl.learning.on_device.motions import Demonstrations, MotionDataset, ReplayBuffer
from gymctl.learning.on_device.normaliser import RunningMeanStd
from gymctl.policies.networks.amp import NORMALISER
from gymctl.tasks.motion_prior import MotionPrior

REPLAY = "amp_replay"
"""Under which a checkpoint has the replay buffer, while it is small."""

_MOTIONS = ("amp_obs", "amp_obs_replay", "amp_obs_demo")
"""What a minibatch has for the discriminator: the policy's motions, earlier ones, demonstrations."""
_SOFT_BOUND = 1.0
"""Beyond which a mean action costs ``bounds_loss_coef``."""
_STYLE_MEAN, _STYLE_STD = "info/disc_reward_mean", "info/disc_reward_std"
_AGENT_ACCURACY, _DEMO_ACCURACY = "info/disc_agent_acc", "info/disc_demo_acc"
_CURVES = (
    "losses/disc_loss",
    _AGENT_ACCURACY,
    _DEMO_ACCURACY,
    "info/disc_agent_logit",
    "info/disc_demo_logit",
    "info/disc_grad_penalty",
    "info/disc_logit_loss",
)
"""IsaacGymEnvs' names of what a `Judgement` has, in order."""


class AmpAgent(PpoAgent):
    """`PpoAgent` with a discriminator, as IsaacGymEnvs' ``AMPAgent`` (https://arxiv.org/abs/2104.02180).

    An epoch plays; rewards the motions by the discriminator; then updates policy, critic and discriminator together.
    Beside that it differs from PPO as IsaacGymEnvs' does: values are bootstrapped from an episode's real last
    observation, minibatches are shuffled, and the critic's loss is not halved.
    """

    dataset: MotionDataset

    def __init__(self, base_name: str, params: dict[str, Any]) -> None:
        super().__init__(base_name, params)
        config, device = self.config, torch.device(self.ppo_device)
        self.vec_env.env.keep_final_observation = True
        task: MotionPrior = self.vec_env.env.task
        self._width = task.num_amp_observations
        self._task_weight, self._style_weight = config["task_reward_w"], config["disc_reward_w"]
        self._style_scale = config["disc_reward_scale"]
        self._disc_coef = config["disc_coef"]
        self._disc_settings = DiscriminatorSettings(
            logit_reg=config["disc_logit_reg"],
            grad_penalty=config["disc_grad_penalty"],
            weight_decay=config["disc_weight_decay"],
        )
        self._normaliser = None
        if config["normalize_amp_input"]:
            self._normaliser = RunningMeanStd((self._width,)).to(device)
        self._replay = ReplayBuffer(
            config["amp_replay_buffer_size"], self._width, config["amp_replay_keep_prob"], device
        )
        self._demonstrations = Demonstrations(
            task, config["amp_obs_demo_buffer_size"], config["amp_batch_size"], device
        )
        self.dataset = MotionDataset(
            self.batch_size, self.minibatch_size, _MOTIONS, config["amp_minibatch_size"], device
        )
        self._minibatch_motions: dict[str, Tensor] = {}
        self._style = torch.zeros(2)
        self._shown: dict[str, float] = {}
        """Of the last epoch, under the names of its curves."""
        self.readback.add(lambda: [self._style], self._take_style)

    @property
    def style(self) -> Style:
        """How the motions of the last epoch look."""
        return Style(self._shown[_STYLE_MEAN], self._shown[_AGENT_ACCURACY], self._shown[_DEMO_ACCURACY])

    def load_networks(self, params: dict[str, Any]) -> None:
        """Has the networks built, with a discriminator of the task's AMP observations."""
        task: MotionPrior = self.config["vec_env"].env.task
        self.config["network"] = build_network(params, task.num_amp_observations)

    def restore_state(self, checkpoint: dict[str, Any]) -> None:
        """Continues from a loaded checkpoint, as PPO does, with its AMP normaliser and the policy's earlier motions.

        Where these were too many for a checkpoint, they begin anew. Demonstrations are drawn again, the same ones.

        Args:
            checkpoint: As returned by `gymctl.policies.checkpoints.loading.load_checkpoint`.

        Raises:
            InputError: The discriminator, its normaliser or the optimizer's state is not that of this network.
        """
        super().restore_state(checkpoint)
        self._load_normaliser(checkpoint)
        if REPLAY in checkpoint and not self._replay.load_state_dict(checkpoint[REPLAY]):
            print("the checkpoint's replayed motions are of another training: starting without")  # noqa: T201

    def take_weights(self, checkpoint: dict[str, Any]) -> None:
        """Begins with a policy's weights and its discriminator, with their normalisers.

        Args:
            checkpoint: Its policy is of this network.

        Raises:
            InputError: Its discriminator is not.
        """
        try:
            super().take_weights(checkpoint)
        except RuntimeError as error:
            raise _no_discriminator(error) from error
        self._load_normaliser(checkpoint)

    def state_tensors(self) -> list[Tensor]:
        """All that an update of the networks changes, in place."""
        statistics = [] if self._normaliser is None else list(self._normaliser.buffers())
        return [*super().state_tensors(), *statistics]

    def init_tensors(self) -> None:
        """Makes room for an epoch's transitions, and draws the demonstrations."""
        super().init_tensors()
        kept = self.experience_buffer.tensor_dict
        kept["next_values"] = torch.zeros_like(kept["values"])
        kept["amp_obs"] = torch.zeros(*kept["values"].shape[:2], self._width, device=self.ppo_device)
        self.tensor_list.append("amp_obs")
        self._demonstrations.fill(self.epoch_num)

    def keep_outcome(self, step: int, values: Tensor, shaped: Tensor, infos: dict[str, Any]) -> None:
        """Keeps rewards and motions, and what is expected of the next state: nothing where an episode has failed.

        Args:
            step: Which of the epoch's.
            values: Of the observations before.
            shaped: The task's rewards.
            infos: The env's extras.
        """
        last = torch.where(self.dones[:, None], infos["final_obs"], self.obs["obs"])
        next_values = self.get_values({"obs": last}).masked_fill(infos["terminate"][:, None], 0.0)
        self.keep(step, {"rewards": shaped, "next_values": next_values, "amp_obs": infos["amp_obs"]})

    def advantages(self) -> Tensor:
        """Of the epoch's transitions, by the rewards of task and style together, ``[horizon, num_envs, 1]``."""
        kept = self.experience_buffer.tensor_dict
        style = style_reward(self._network.discriminate(self._normalise(kept["amp_obs"])), self._style_scale)
        self._style = torch.stack([style.mean(), style.std()])
        rewards = self._task_weight * kept["rewards"] + self._style_weight * style
        ended = torch.cat((kept["dones"][1:].bool(), self.dones[None].bool()))
        return compute_advantages(rewards, kept["values"], kept["next_values"], ended, self.gamma, self.tau)

    def prepare_dataset(self, batch_dict: dict[str, Any]) -> None:
        """Makes an epoch's transitions what is learned from, with as many replayed and demonstrated motions.

        Args:
            batch_dict: As of `play_steps`.
        """
        super().prepare_dataset(batch_dict)
        motions: Tensor = batch_dict["amp_obs"]
        self._demonstrations.refill(self.epoch_num)
        self.dataset.values_dict |= {
            "amp_obs": motions,
            "amp_obs_replay": self._replay.sample(len(motions)) if self._replay.filled else motions,
            "amp_obs_demo": self._demonstrations.sample(len(motions)),
        }
        self._replay.add(motions)

    def set_train(self) -> None:
        """As PPO's, with the AMP normaliser."""
        super().set_train()
        if self._normaliser is not None:
            self._normaliser.train()

    def set_eval(self) -> None:
        """As PPO's, with the AMP normaliser."""
        super().set_eval()
        if self._normaliser is not None:
            self._normaliser.eval()

    def calc_gradients(self, input_dict: dict[str, Any]) -> None:
        """One minibatch's step of policy, critic and discriminator."""
        self._minibatch_motions = {name: self._normalise(input_dict[name]) for name in _MOTIONS}
        super().calc_gradients(input_dict)

    def calc_losses(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """PPO's losses, with the discriminator's among their sum; the critic's counts twice as much."""
        loss, a_loss, c_loss, *others = super().calc_losses(*args, **kwargs)
        with torch.autocast("cpu" if self._cpu_bfloat16 else "cuda", enabled=False):
            agent, replayed, demo = (self._minibatch_motions[name] for name in _MOTIONS)
            judgement = judge(self._network, agent, replayed, demo, self._disc_settings)
        self.further_losses = [value.detach() for value in judgement]
        loss = loss + 0.5 * self.critic_coef * c_loss + self._disc_coef * judgement.loss
        return loss, a_loss, c_loss, *others

    def bound_loss(self, mu: Tensor) -> Tensor:
        """What means beyond ±1 cost, ``[N]``."""
        return (mu.abs() - _SOFT_BOUND).clamp(min=0.0).square().sum(-1)

    def results(self, rows: Tensor, dtypes: list[torch.dtype]) -> tuple[Any, ...]:
        """As PPO's; the discriminator's means over the epoch are kept."""
        means = rows.flatten(0, 1).mean(0)[-len(_CURVES) - 1 : -1].tolist()
        self._shown |= dict(zip(_CURVES, means, strict=True))
        return super().results(rows, dtypes)

    def write_stats(self, total_time: float, epoch_num: int, *args: Any, **kwargs: Any) -> None:
        """Writes TensorBoard's scalars, the discriminator's under IsaacGymEnvs' names."""
        for name, value in self._shown.items():
            self.writer.add_scalar(name, value, self.frame - self.curr_frames)  # where rl_games has its own
        super().write_stats(total_time, epoch_num, *args, **kwargs)

    def get_full_state_weights(self) -> dict[str, Any]:
        """What a checkpoint holds: PPO's, and the AMP normaliser where IsaacGymEnvs has it."""
        statistics = {} if self._normaliser is None else {NORMALISER: self._normaliser.state_dict()}
        return super().get_full_state_weights() | statistics

    def resume_entries(self) -> dict[str, Any]:
        """What a checkpoint has besides, to be resumed: the replay buffer too, while it is small."""
        replay = self._replay.state_dict()
        return super().resume_entries() | ({} if replay is None else {REPLAY: replay})

    @property
    def _network(self) -> Any:
        return self.model.a2c_network

    def _normalise(self, motions: Tensor) -> Tensor:
        return motions if self._normaliser is None else self._normaliser(motions)

    def _load_normaliser(self, checkpoint: dict[str, Any]) -> None:
        if self._normaliser is None:
            return
        try:
            self._normaliser.load_state_dict(checkpoint[NORMALISER])
        except (AttributeError, KeyError, RuntimeError, TypeError) as error:
            raise _no_discriminator(error) from error

    def _take_style(self, values: Sequence[Tensor]) -> None:
        self._shown |= dict(zip((_STYLE_MEAN, _STYLE_STD), values[0].tolist(), strict=True))

    def _seen(self) -> dict[str, list[Tensor]]:
        motions = self.experience_buffer.tensor_dict["amp_obs"]
        return super()._seen() | {"observe_motion": [motions], "demonstrate": [self._demonstrations.rows]}


def compute_advantages(
    rewards: Tensor, values: Tensor, next_values: Tensor, ended: Tensor, gamma: float, tau: float
) -> Tensor:
    """Generalised advantages (https://arxiv.org/abs/1506.02438) ``[T, N, 1]``, where every step has its next value.

    Args:
        rewards: ``[T, N, 1]``.
        values: Of the observations before each step, ``[T, N, 1]``.
        next_values: Of those after it, 0 where the episode failed, ``[T, N, 1]``.
        ended: Where an episode ended with the step, bool ``[T, N]``.
        gamma: Discount of a step.
        tau: How far advantages reach, from 0 to 1.
    """
    errors = rewards + gamma * next_values - values
    goes_on = (~ended).float().unsqueeze(-1)
    advantages, following = torch.zeros_like(rewards), torch.zeros_like(rewards[0])
    for step in reversed(range(rewards.shape[0])):
        following = errors[step] + gamma * tau * goes_on[step] * following
        advantages[step] = following
    return advantages


def _no_discriminator(error: Exception) -> InputError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[-1].strip()
    return InputError(
        f"the checkpoint has no discriminator of these motions: {reason}",
        "the checkpoint can be played; begin a training without it",
    )
