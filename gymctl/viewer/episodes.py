"""Statistics of the episodes that the viewer plays: returns and lengths, running and finished."""

import torch
from torch import Tensor

from gymctl.policies.evaluate import Evaluation, Statistics

_MOST_EPISODES = 1_000_000
"""Later episodes are not kept one by one; a viewer that runs for days would fill the memory."""


class EpisodeStatistics:
    """Returns and lengths of the episodes that one policy played from beginning to end.

    Args:
        num_envs: Number of envs.
        device: Where their rewards are.
    """

    def __init__(self, num_envs: int, device: torch.device) -> None:
        self.returns = torch.zeros(num_envs, dtype=torch.float64, device=device)
        """Of the running episodes ``[num_envs]``."""
        self.lengths = torch.zeros(num_envs, dtype=torch.int64, device=device)
        """Of the running episodes ``[num_envs]`` [control steps]."""
        self.finished = 0
        """Number of finished episodes."""
        self._counts = torch.ones(num_envs, dtype=torch.bool, device=device)
        self._per_env = torch.zeros_like(self.lengths)
        self._sums = torch.zeros((1, 2), dtype=torch.float64, device=device)
        """Return and length, summed over the first episodes of all envs, over their second ones, and so on."""
        self._episodes: list[tuple[Tensor, Tensor, Tensor]] = []

    def for_new_policy(self) -> "EpisodeStatistics":
        """Empty statistics for a policy that takes over. The running episodes go on, but they won't count."""
        statistics = EpisodeStatistics(len(self.returns), self.returns.device)
        statistics.returns, statistics.lengths = self.returns, self.lengths
        statistics._counts[:] = False
        return statistics

    def add(self, reward: Tensor, done: Tensor) -> None:
        """Adds a step: reward ``[num_envs]`` and done (bool ``[num_envs]``)."""
        self.returns += reward
        self.lengths += 1
        ended = done.nonzero().squeeze(1)
        if len(ended):
            counted = ended[self._counts[ended]]
            returns, lengths = self.returns[counted], self.lengths[counted]
            if self.finished < _MOST_EPISODES:
                self._add_sums(self._per_env[counted], torch.stack((returns, lengths), 1))
                self._episodes.append((counted, returns, lengths))
                self._per_env[counted] += 1
            self.finished += len(counted)
            self.returns[ended], self.lengths[ended], self._counts[ended] = 0.0, 0, True

    def means(self) -> tuple[float, float]:
        """Mean return and length of the first episodes, the same number from every env; NaN while some has none.

        Of all finished episodes, the short ones are the most: who falls often finishes often.
        """
        count = self.finished_by_all()
        mean_return, mean_length = (self._sums[:count].sum(0) / (count * len(self.returns))).tolist()
        return mean_return, mean_length

    def finished_by_all(self) -> int:
        """Number of episodes that every env has finished, the slowest one too."""
        return int(self._per_env.min())

    def evaluation(self, steps_per_second: float, diverged: int) -> Evaluation | None:
        """Evaluates the policy as ``gymctl play`` does: over the first episodes, the same number from every env.

        Args:
            steps_per_second: Goes into the result as it is.
            diverged: Goes into the result as it is.

        Returns:
            None while some env has finished no episode yet.
        """
        episodes_per_env = self.finished_by_all()
        if not episodes_per_env:
            return None
        env, returns, lengths = (torch.cat(column) for column in zip(*self._episodes, strict=True))
        order = env.argsort(stable=True)
        first_of_env = self._per_env.cumsum(0) - self._per_env
        number = torch.arange(len(env), device=env.device) - first_of_env[env[order]]
        first = order[number < episodes_per_env]
        return Evaluation(
            len(first), Statistics.of(returns[first]), Statistics.of(lengths[first]), steps_per_second, diverged
        )

    def _add_sums(self, number: Tensor, values: Tensor) -> None:
        """Adds values ``[K, 2]`` to the sums of the episodes with a number ``[K]``."""
        if len(number) and (most := int(number.max()) + 1) > len(self._sums):
            self._sums = torch.cat((self._sums, torch.zeros_like(self._sums).repeat(most // len(self._sums), 1)))
        self._sums.index_add_(0, number, values)
