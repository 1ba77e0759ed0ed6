"""Soft actor-critic by rl_games, in a training loop of our own, and what training has to know of it."""

import itertools
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
from rl_games.algos_torch.sac_agent import SACAgent
from torch import Tensor

from gymctl.config import Config
from gymctl.envs.capacity import FLOAT, MemoryNeed
from gymctl.learning.agents.base import (
    Algorithm,
    EpochTimes,
    best_before,
    checkpoint_path,
    origin_marks,
    write_checkpoint,
)
from gymctl.learning.best import BestCheckpoint, writing_at_the_end
from gymctl.learning.guards import Seen, check_finite, size_of_weights
from gymctl.learning.on_device.episodes import EndedEpisodes, Meter
from gymctl.learning.on_device.models import build_network
from gymctl.learning.on_device.readback import Readback
from gymctl.learning.on_device.stopwatch import Stopwatch
from gymctl.policies.checkpoints.contents import is_number
from gymctl.policies.checkpoints.training_state import LARGEST_COUNT
from gymctl.policies.networks.sac import SacNetwork
from gymctl.runs.checkpoint_names import parse
from gymctl.runs.checkpoints import names_of


class SacAgent(SACAgent):
    """`SACAgent` as of rl_games 1.6.5: networks, losses and replay buffer are its own, the loop around them is not.

    rl_games' loop looks at its limits only once an episode has ended, loses the temperature and the best reward when it
    is resumed, learns from a nearly empty buffer then, and takes the env's observations for its own although the env
    overwrites them. It normalises by what it has replayed, early observations most of all. Losses and returns stay on
    the device until the end of an epoch, when all are read with one copy.
    """

    writer: Any

    def __init__(self, base_name: str, params: dict[str, Any]) -> None:
        super().__init__(base_name, params)
        self.vec_env = self.config["vec_env"]
        self.gamma_tensor = torch.tensor(self.gamma, device=self.device)  # bfloat16 would make 0.988 of 0.99
        self.curr_frames: int = self.num_frames_per_epoch
        self.epoch_times = EpochTimes(0.0, 0.0, 0.0)
        self._first_learning_epoch: int = self.num_warmup_steps
        self._first_own_epoch: int = self.num_warmup_steps
        """Before that, actions are random."""
        self._best = BestCheckpoint(checkpoint_path(str(Path(self.nn_dir, self.config["name"]))))
        self._stopwatch = Stopwatch(torch.device(self.device))
        self.readback = Readback()
        self.game_rewards, self.game_lengths = meters = [Meter(self.games_to_track) for _ in range(2)]
        self._ended = EndedEpisodes(meters)
        self.readback.add(self._ended.give, self._ended.take)

    def set_train(self) -> None:
        """As rl_games', but what is replayed is not counted into the normaliser again."""
        super().set_train()
        if self.normalize_input:
            self.model.running_mean_std.eval()

    def load_networks(self, params: dict[str, Any]) -> None:
        """Has the networks built with models that never wait."""
        self.config["network"] = build_network(params)

    def restore_state(self, checkpoint: dict[str, Any]) -> None:
        """Continues from a loaded checkpoint: networks, normaliser, temperature, optimizers, counters and best reward.

        The replay buffer is not saved; it is filled again, for as many epochs as the warm-up has, before the networks
        are updated.

        Args:
            checkpoint: As returned by `gymctl.policies.checkpoints.loading.load_checkpoint`.
        """
        self._load_weights(checkpoint)
        for name in ("actor_optimizer", "critic_optimizer", "log_alpha_optimizer"):
            getattr(self, name).load_state_dict(checkpoint[name])
        self.epoch_num, self.frame = checkpoint["epoch"], checkpoint["frame"]
        self.last_mean_rewards = best_before(checkpoint)
        self._first_learning_epoch = self.epoch_num + self.num_warmup_steps

    def take_weights(self, checkpoint: dict[str, Any]) -> None:
        """Begins with a policy's weights, normaliser and temperature; everything else is that of a new training.

        In the warm-up the policy acts, and not at random.

        Args:
            checkpoint: Its ``model`` is of this network.
        """
        self._load_weights(checkpoint)
        self._first_own_epoch = 0

    def _load_weights(self, checkpoint: dict[str, Any]) -> None:
        self.model.load_state_dict(checkpoint["model"])
        if "log_alpha" in checkpoint:
            self.log_alpha.data.fill_(float(checkpoint["log_alpha"]))

    def train(self) -> tuple[float, int]:
        """Trains until a limit is reached, which the observer may set; a checkpoint of the last epoch is left.

        Returns:
            The best reward and the last epoch.
        """
        self.init_tensors()
        self.algo_observer.after_init(self)
        self.obs: Tensor = self.vec_env.reset()["obs"].clone()
        total_time = 0.0
        finished = False
        with writing_at_the_end(self._best):
            while not finished:
                self.epoch_num += 1
                losses = self._train_epoch()
                self.frame += self.curr_frames
                total_time += self.epoch_times.play + self.epoch_times.update
                self._write_stats(losses, total_time)
                self.algo_observer.after_print_stats(self.frame, self.epoch_num, total_time)
                finished = self._save_what_is_due()
        return self.last_mean_rewards, self.epoch_num

    def save(self, fn: str) -> None:
        """Writes ``<fn>.pth`` atomically: rl_games' keys, and what it forgets; a weights-only load can read all.

        The best checkpoint is written only now and then, and before any other.
        """
        state = self.get_full_state_weights() | {
            "log_alpha": self.log_alpha.item(),
            "last_mean_rewards": float(self.last_mean_rewards),
            "env_state": self.vec_env.get_env_state(),
            **origin_marks(self.vec_env.env),
        }
        self.writer.flush()  # a resumed training begins where the curves end
        path = checkpoint_path(fn)
        if path == self._best.path:
            self._best.keep(state)
            return
        self._best.write()
        write_checkpoint(state, path)

    def _seen(self) -> dict[str, list[Tensor]]:
        """What is learned from, as far back as the replay buffer reaches."""
        return {"observe": [self.replay_buffer.next_obses, self.obs], "reward": [self.replay_buffer.rewards]}

    def _train_epoch(self) -> dict[str, Tensor]:
        """``num_steps_per_episode`` control steps, each followed by its updates, and the one copy of what they brought.

        Returns:
            The losses by TensorBoard's names, on the host.
        """
        self._best.write_if_due()
        self.vec_env.set_train_info(self.frame, self)
        seen = Seen(self.vec_env.env.task, self._seen)
        losses: dict[str, list[Tensor]] = defaultdict(list)
        with seen.explaining(self.epoch_num):
            for _ in range(self.num_steps_per_episode):
                with self._stopwatch.timing("play"):
                    self._step()
                if self.epoch_num >= self._first_learning_epoch:
                    with self._stopwatch.timing("update"):
                        self._update(losses)
        tensors = [size_of_weights(self.model), *(torch.stack(values) for values in losses.values())]
        weights, *values = self.readback.read(tensors)
        times = self._stopwatch.take()
        self.epoch_times = EpochTimes(times["step"], times["play"], times["update"])
        check_finite(values, weights, self.epoch_num, seen)
        return dict(zip(losses, values, strict=True))

    def _step(self) -> None:
        """A control step into the replay buffer, and what it observes into the normaliser."""
        self.set_eval()
        with torch.no_grad():
            if self.normalize_input:
                self.model.running_mean_std.count_in(self.obs)
            actions = self._random_actions() if self.epoch_num < self._first_own_epoch else self._sampled_actions()
            with self._stopwatch.timing("step"):
                observation_dict, rewards, dones, infos = self.vec_env.step(actions)
            self._count(rewards, dones, infos)
            next_obs, terminated = observation_dict["obs"], dones
            if self.value_bootstrap:
                # The next observation is the next episode's already: of a time limit's state, the one before stands in.
                next_obs = torch.where(infos["time_outs"].unsqueeze(1), self.obs, next_obs)
                terminated = dones & ~infos["time_outs"]
            shaped = self.rewards_shaper(rewards)
            self.replay_buffer.add(self.obs, actions, shaped.unsqueeze(1), next_obs, terminated.unsqueeze(1))
            self.obs.copy_(observation_dict["obs"])

    def _random_actions(self) -> Tensor:
        shape = (self.num_actors, self.actions_num)
        return self.rescale_actions(torch.rand(shape, device=self.device) * 2.0 - 1.0)

    def _sampled_actions(self) -> Tensor:
        return self.act(self.obs, self.actions_num, sample=True)

    def _count(self, rewards: Tensor, dones: Tensor, infos: dict[str, Any]) -> None:
        """Adds a step to the returns and lengths of the running episodes, and keeps those of the ended ones."""
        self.current_rewards += rewards
        self.current_lengths += 1
        self._ended.add([self.current_rewards, self.current_lengths], dones)
        self.algo_observer.process_infos(infos, dones)
        self.current_rewards.masked_fill_(dones, 0.0)
        self.current_lengths.masked_fill_(dones, 0.0)

    def _update(self, losses: dict[str, list[Tensor]]) -> None:
        self.set_train()
        for _ in range(self.num_updates_per_step):
            obs, action, reward, next_obs, done = self.replay_buffer.sample(self.batch_size)
            obs, next_obs = self.preproc_obs(obs), self.preproc_obs(next_obs)
            _, critic1_loss, critic2_loss = self.update_critic(obs, action, reward, next_obs, ~done, self.epoch_num)
            losses["losses/c1_loss"].append(critic1_loss)
            losses["losses/c2_loss"].append(critic2_loss)
            self.update_counter += 1
            if self.update_counter % self.policy_frequency == 0:  # else the actor is left alone
                actor_loss, entropy, alpha, alpha_loss = self.update_actor_and_alpha(obs, self.epoch_num)
                losses["losses/a_loss"].append(actor_loss)
                losses["losses/entropy"].append(entropy)
                losses["info/alpha"].append(alpha)
                if alpha_loss is not None:
                    losses["losses/alpha_loss"].append(alpha_loss.detach())
            self.update_target_weights()

    def _write_stats(self, losses: dict[str, Tensor], total_time: float) -> None:
        """TensorBoard's scalars, under rl_games' names."""
        times, write = self.epoch_times, self.writer.add_scalar
        write("performance/step_inference_rl_update_fps", self.curr_frames / (times.play + times.update), self.frame)
        write("performance/step_inference_fps", self.curr_frames / times.play, self.frame)
        write("performance/step_fps", self.curr_frames / times.step, self.frame)
        write("performance/rl_update_time", times.update, self.frame)
        write("performance/step_inference_time", times.play, self.frame)
        write("performance/step_time", times.step, self.frame)
        write("info/epochs", self.epoch_num, self.frame)
        for name, values in losses.items():
            write(name, values.mean().item(), self.frame)
        if self.game_rewards.current_size > 0:
            for name, meter in (("rewards", self.game_rewards), ("episode_lengths", self.game_lengths)):
                mean = meter.get_mean().item()
                for axis, at in (("step", self.frame), ("iter", self.epoch_num), ("time", total_time)):
                    write(f"{name}/{axis}", mean, at)

    def _save_what_is_due(self) -> bool:
        """Saves the checkpoints that an epoch's end calls for; returns whether the training ends with it."""
        name, epoch = self.config["name"], self.epoch_num
        reward = self.game_rewards.get_mean().item() if self.game_rewards.current_size > 0 else -float("inf")
        is_best = reward > self.last_mean_rewards and epoch >= self.save_best_after
        has_won = is_best and reward > self.config.get("score_to_win", float("inf"))
        out_of_frames = -1 != self.max_frames <= self.frame
        is_last = out_of_frames or -1 != self.max_epochs <= epoch
        if is_best:
            self.last_mean_rewards = reward
            self._save_as(name)
        if has_won:
            self._save_as(f"{name}_ep_{epoch}_rew_{reward:.7g}")
        if is_last or (self.save_freq > 0 and epoch % self.save_freq == 0):
            count = f"frame_{self.frame}" if out_of_frames else f"ep_{epoch}"
            self._save_as(f"last_{name}_{count}_rew_{reward:.7g}")
        return has_won or is_last

    def _save_as(self, name: str) -> None:
        self.save(str(Path(self.nn_dir, name)))


def _updates(moments: Any) -> int:
    """How many steps Adam has made with a parameter, by what a file says."""
    step = moments.get("step") if isinstance(moments, dict) else None
    return int(step) if is_number(step, 0, LARGEST_COUNT) else 0  # pyright: ignore[reportArgumentType]


class Sac(Algorithm):
    """Soft actor-critic."""

    name = SacNetwork.algorithm
    agent = SacAgent
    horizon = "num_steps_per_episode"
    optimizers = frozenset({"actor_optimizer", "critic_optimizer", "log_alpha_optimizer"})
    resumes_exactly = False

    def complete(self, checkpoint: dict[str, Any], path: Path, config: Config) -> str | None:
        """rl_games saves no temperature; before mid-2023 ``steps`` for ``frame``, and the epoch in the file's name."""
        told = [self._count(checkpoint, path, config)]
        if "log_alpha" not in checkpoint:
            told.append(f"{path} has no temperature: it starts at init_alpha again, {config.learner['init_alpha']:g}")
        return "; ".join(filter(None, told)) or None

    def _count(self, checkpoint: dict[str, Any], path: Path, config: Config) -> str | None:
        """Puts in how far an old checkpoint is."""
        if "epoch" in checkpoint or not is_number(checkpoint.get("steps"), 0, LARGEST_COUNT):
            return None
        checkpoint["frame"] = int(checkpoint.pop("steps"))
        epoch = parse(path.stem, names_of(path)).epoch
        if epoch is not None:
            checkpoint["epoch"] = epoch
            return None
        per_epoch = config.learner["num_steps_per_episode"] * config.learner.get("num_updates_per_step", 1)
        state = checkpoint.get("critic_optimizer")  # the actor may learn less often
        moments = state.get("state") if isinstance(state, dict) else None
        updates = max(map(_updates, moments.values()), default=0) if isinstance(moments, dict) else 0
        first = max(config.learner.get("num_warmup_steps", 0), 1)  # the first epoch with updates
        checkpoint["epoch"] = first - 1 + updates // per_epoch
        return (
            f"{path} doesn't tell its epoch: by the number of its updates it is {checkpoint['epoch']}; "
            "name the file as in 'last_AntSAC_ep_7100.pth' if you know it"
        )

    def memory_need(self, config: Config, num_observations: int, num_actions: int, num_states: int = 0) -> MemoryNeed:
        """The replay buffer; an actor and two critics with Adam, and the critics' targets without."""
        widths = [num_observations, *config.network["mlp"]["units"], num_actions]
        weights = sum(a * b for a, b in itertools.pairwise(widths))
        stored = config.learner.get("replay_buffer_size", 0) * (2 * num_observations + num_actions + 2)
        return MemoryNeed(FLOAT * (4 * 5 * weights + stored))
