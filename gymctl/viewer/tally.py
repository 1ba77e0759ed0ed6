"""Returns and lengths of the episodes of a session, under way and finished."""

import torch
from torch import Tensor

from gymctl.policies.evaluate import Evaluation, Statistics

_MOST_EPISODES = 1_000_000
"""More are not kept: they would fill the memory of who lets a viewer run for days."""


class Tally:
    """Counts episodes that one policy played from beginning to end.

    Args:
        num_envs: How many envs there are.
        device: Where their rewards are.
    """

    def __init__(self, num_envs: int, device: torch.device) -> None:
        self.returns = torch.zeros(num_envs, dtype=torch.float64, device=device)
        """Of the episodes under way ``[num_envs]``."""
        self.lengths = torch.zeros(num_envs, dtype=torch.int64, device=device)
        """Of the episodes under way ``[num_envs]`` [control steps]."""
        self.finished = 0
        """Episodes."""
        self._counts = torch.ones(num_envs, dtype=torch.bool, device=device)
        self._per_env = torch.zeros_like(self.lengths)
        self._sums = torch.zeros(2, dtype=torch.float64, device=device)
        self._episodes: list[tuple[Tensor, Tensor, Tensor]] = []

    def begun_anew(self) -> "Tally":
        """An empty tally for a policy that takes over: the episodes under way go on and won't count."""
        tally = Tally(len(self.returns), self.returns.device)
        tally.returns, tally.lengths = self.returns, self.lengths
        tally._counts[:] = False
        return tally

    def add(self, reward: Tensor, done: Tensor) -> None:
        """Takes in a step: reward ``[num_envs]``, done (bool ``[num_envs]``)."""
        self.returns += reward
        self.lengths += 1
        ended = done.nonzero().squeeze(1)
        if len(ended):
            counted = ended[self._counts[ended]]
            returns, lengths = self.returns[counted], self.lengths[counted]
            self._sums += torch.stack((returns.sum(), lengths.sum()))
            if self.finished < _MOST_EPISODES:
                self._episodes.append((counted, returns, lengths))
                self._per_env[counted] += 1
            self.finished += len(counted)
            self.returns[ended], self.lengths[ended], self._counts[ended] = 0.0, 0, True

    def means(self) -> tuple[float, float]:
        """Mean return and length of all finished episodes; NaN without any."""
        mean_return, mean_length = (self._sums / self.finished).tolist()
        return mean_return, mean_length

    def rounds(self) -> int:
        """How many episodes every env has finished."""
        return int(self._per_env.min())

    def evaluation(self, steps_per_second: float, diverged: int) -> Evaluation | None:
        """What ``gymctl play`` would have measured: the same number of episodes from every env, the first ones.

        Args:
            steps_per_second: To be passed on.
            diverged: To be passed on.

        Returns:
            None as long as an env has not finished any.
        """
        rounds = self.rounds()
        if not rounds:
            return None
        env, returns, lengths = (torch.cat(column) for column in zip(*self._episodes, strict=True))
        order = env.argsort(stable=True)
        first_of_env = self._per_env.cumsum(0) - self._per_env
        number = torch.arange(len(env), device=env.device) - first_of_env[env[order]]
        first = order[number < rounds]
        return Evaluation(
            len(first), Statistics.of(returns[first]), Statistics.of(lengths[first]), steps_per_second, diverged
        )
