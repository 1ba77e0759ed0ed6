"""Statistics of the episodes that the viewer plays: returns, lengths and measures, running and finished."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gymctl.policies.evaluate import Evaluation, Statistics
from gymctl.policies.measuring import put_together
from gymctl.tasks.measures import Measure

_MOST_EPISODES = 1_000_000
"""Later episodes are not kept one by one; a viewer that runs for days would fill the memory."""


class EpisodeStatistics:
    """Returns, reward terms and lengths of the episodes that one policy played from beginning to end.

    Args:
        num_envs: Number of envs.
        device: Where their rewards are.
        measures: What the task measures besides.
        control_dt: Time of a control step [s].
    """

    def __init__(
        self, num_envs: int, device: torch.device, measures: Sequence[Measure] = (), control_dt: float = 1.0
    ) -> None:
        self._measures, self._control_dt = measures, control_dt
        self._measured = torch.zeros(num_envs, len(measures), dtype=torch.float64, device=device)
        """Sums over the steps of the running episodes ``[num_envs, measures]``."""
        self.terms: dict[str, Tensor] = {}
        """What the returns of the running episodes are the sum of, by name, each ``[num_envs]``."""
        self.returns = torch.zeros(num_envs, dtype=torch.float64, device=device)
        """Of the running episodes ``[num_envs]``."""
        self.lengths = torch.zeros(num_envs, dtype=torch.int64, device=device)
        """Of the running episodes ``[num_envs]`` [control steps]."""
        self.finished = 0
        """Number of finished episodes."""
        self._counts = torch.ones(num_envs, dtype=torch.bool, device=device)
        self._per_env = torch.zeros_like(self.lengths)
        self._sums = torch.zeros((1, 2), dtype=torch.float64, device=device)
        """Return, length and then each term, summed over the first episodes of all envs, their second ones, and so on.
        """
        self._episodes: list[tuple[Tensor, ...]] = []
        """Of each step in which some ended: their envs, returns, lengths, and sums and last values of measures."""

    def for_new_policy(self) -> "EpisodeStatistics":
        """Empty statistics for a policy that takes over. The running episodes go on, but they won't count."""
        statistics = EpisodeStatistics(len(self.returns), self.returns.device, self._measures, self._control_dt)
        statistics.returns, statistics.lengths, statistics.terms = self.returns, self.lengths, self.terms
        statistics._sums = torch.zeros_like(self._sums[:1])
        statistics._counts[:] = False
        return statistics

    def add(
        self,
        reward: Tensor,
        done: Tensor,
        terms: Mapping[str, Tensor] | None = None,
        measured: Tensor | None = None,
    ) -> None:
        """Adds a step.

        Args:
            reward: ``[num_envs]``.
            done: Which episodes end with it, bool ``[num_envs]``.
            terms: What the reward is the sum of, by name, each ``[num_envs]``; the same names in every step.
            measured: What was measured ``[num_envs, measures]``; None where the task measures nothing.
        """
        measured = self._measured.new_zeros(self._measured.shape) if measured is None else measured.double()
        self._measured += measured
        self.returns += reward
        self.lengths += 1
        for name, term in (terms or {}).items():
            if name not in self.terms:
                self.terms[name] = torch.zeros_like(self.returns)
                self._sums = torch.nn.functional.pad(self._sums, (0, 1))
            self.terms[name] += term
        ended = done.nonzero().squeeze(1)
        if len(ended):
            counted = ended[self._counts[ended]]
            returns, lengths = self.returns[counted], self.lengths[counted]
            if self.finished < _MOST_EPISODES:
                of_terms = [values[counted] for values in self.terms.values()]
                self._add_sums(self._per_env[counted], torch.stack((returns, lengths, *of_terms), 1))
                self._episodes.append((counted, returns, lengths, self._measured[counted], measured[counted]))
                self._per_env[counted] += 1
            self.finished += len(counted)
            self.returns[ended], self.lengths[ended], self._counts[ended] = 0.0, 0, True
            self._measured[ended] = 0.0
            for values in self.terms.values():
                values[ended] = 0.0

    def means(self) -> tuple[float, float]:
        """Mean return and length of the first episodes, the same number from every env; NaN while some has none.

        Of all finished episodes, the short ones are the most: who falls often finishes often.
        """
        mean_return, mean_length = self._means()[:2]
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
        env, returns, lengths, sums, last = (torch.cat(column) for column in zip(*self._episodes, strict=True))
        order = env.argsort(stable=True)
        first_of_env = self._per_env.cumsum(0) - self._per_env
        number = torch.arange(len(env), device=env.device) - first_of_env[env[order]]
        first = order[number < episodes_per_env]
        shape = (len(self.returns), episodes_per_env)
        sums, last = (values[first].view(*shape, len(self._measures)) for values in (sums, last))
        return Evaluation(
            len(first),
            Statistics.of(returns[first]),
            Statistics.of(lengths[first]),
            steps_per_second,
            diverged,
            measures=put_together(self._measures, sums, last, lengths[first].view(shape), self._control_dt),
            reward_terms=dict(zip(self.terms, self._means()[2:], strict=True)),
        )

    def _means(self) -> list[float]:
        """Of return, length and each term."""
        count = self.finished_by_all()
        return (self._sums[:count].sum(0) / (count * len(self.returns))).tolist()

    def _add_sums(self, number: Tensor, values: Tensor) -> None:
        """Adds values ``[K, 2 + terms]`` to the sums of the episodes with a number ``[K]``."""
        if len(number) and (most := int(number.max()) + 1) > len(self._sums):
            self._sums = torch.cat((self._sums, torch.zeros_like(self._sums).repeat(most // len(self._sums), 1)))
        self._sums.index_add_(0, number, values)
