"""How PPO collects an epoch's transitions: control steps whose outcomes stay on the device."""

from typing import Any

import torch
from rl_games.common.a2c_common import swap_and_flatten01
from torch import Tensor

from gymctl.learning.on_device.episodes import EndedEpisodes, Meter
from gymctl.learning.on_device.readback import Readback
from gymctl.learning.on_device.stopwatch import Stopwatch
from gymctl.learning.ranks.ppo import SharedPpo


class CollectingPpo(SharedPpo):
    """rl_games' ``A2CAgent``, whose steps, returns and lengths of episodes wait for nothing."""

    vec_env: Any
    obs: Any

    def __init__(self, base_name: str, params: dict[str, Any]) -> None:
        self.readback = Readback()
        super().__init__(base_name, params)
        self._stopwatch = Stopwatch(torch.device(self.ppo_device))
        self.game_rewards, self.game_shaped_rewards, self.game_lengths = meters = [
            Meter(self.games_to_track) for _ in range(3)
        ]
        self._ended = EndedEpisodes(meters, self.group)
        self.readback.add(self._ended.give, self._ended.take)

    def play_steps(self) -> dict[str, Any]:
        """Plays ``horizon_length`` control steps, for policies with and without memory.

        Returns:
            The transitions, as rl_games' `play_steps` and `play_steps_rnn`.
        """
        for step in range(self.horizon_length):
            if self.is_rnn and step % self.seq_length == 0:
                for state, kept in zip(self.rnn_states, self.mb_rnn_states, strict=True):
                    kept[step // self.seq_length] = state
            if self.has_central_value:
                self.central_value_net.pre_step_rnn(step)
                self.keep(step, {"states": self.obs["states"]})
            result = self.get_action_values(self.obs)
            self.keep(step, {"obses": self.obs["obs"], "dones": self.dones})
            self.keep(step, {name: result[name] for name in self.update_list})
            with self._stopwatch.timing("step"):
                self.obs, rewards, self.dones, infos = self.env_step(result["actions"])
            shaped = self.rewards_shaper(rewards)
            self.keep_outcome(step, result["values"], shaped, infos)
            self._count(rewards, shaped)
            self.algo_observer.process_infos(infos, self.dones)
            if self.is_rnn:
                self.rnn_states = result["rnn_states"]
                if self.zero_rnn_on_done:
                    for state in self.rnn_states:
                        state.masked_fill_(self.dones[:, None], 0.0)
            if self.has_central_value:
                self.central_value_net.forget(self.dones)
        return self._transitions()

    def keep_outcome(self, step: int, values: Tensor, shaped: Tensor, infos: dict[str, Any]) -> None:
        """Keeps what a control step has brought, once it is made.

        Args:
            step: Which of the epoch's.
            values: What was expected before it, ``[num_envs, 1]``.
            shaped: Its rewards, ``[num_envs, 1]``; where a time limit ended an episode, what was expected is added.
            infos: The env's extras.
        """
        if self.value_bootstrap and "time_outs" in infos:
            shaped.add_(self.gamma * values * infos["time_outs"].unsqueeze(1).float())
        self.keep(step, {"rewards": shaped})

    def advantages(self) -> Tensor:
        """Of the epoch's transitions, ``[horizon, num_envs, 1]``."""
        kept, last_values = self.experience_buffer.tensor_dict, self.get_values(self.obs)
        return self.discount_values(
            self.dones.float(), last_values, kept["dones"].float(), kept["values"], kept["rewards"]
        )

    def keep(self, step: int, values: dict[str, Tensor]) -> None:
        """Puts values of a control step, ``[num_envs, ...]``, among the epoch's transitions."""
        for name, value in values.items():
            self.experience_buffer.tensor_dict[name][step] = value

    def get_values(self, obs: dict[str, Tensor]) -> Tensor:
        """Values after the last step; rl_games' central value would remember these observations twice."""
        memory = self.central_value_net.rnn_states if self.has_central_value else None
        values = super().get_values(obs)
        if self.has_central_value:
            self.central_value_net.rnn_states = memory
        return values

    def _count(self, rewards: Tensor, shaped: Tensor) -> None:
        """Adds a step to the returns and lengths of the running episodes, and keeps those of the ended ones."""
        self.current_rewards += rewards
        self.current_shaped_rewards += shaped
        self.current_lengths += 1
        running = [self.current_rewards[:, 0], self.current_shaped_rewards[:, 0], self.current_lengths]
        self._ended.add(running, self.dones)
        for values in running:
            values.masked_fill_(self.dones, 0.0)

    def _transitions(self) -> dict[str, Any]:
        kept, advantages = self.experience_buffer.tensor_dict, self.advantages()
        batch = self.experience_buffer.get_transformed_list(swap_and_flatten01, self.tensor_list)
        batch["returns"] = swap_and_flatten01(advantages + kept["values"])
        batch["played_frames"] = self.batch_size * self.group.rank.size
        if self.is_rnn:
            batch["rnn_states"] = [
                states.permute(1, 2, 0, 3).reshape(states.shape[1], -1, states.shape[3])
                for states in self.mb_rnn_states
            ]
        return batch
