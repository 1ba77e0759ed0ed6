"""Action modes: a policy's mean, its learned noise, Gaussian noise of a given standard deviation, or no policy."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gymctl.core.errors import InputError

if TYPE_CHECKING:
    from torch import Generator, Tensor

AGENTS = ("zero", "random")
"""What acts without a policy; see `gymctl.policies.untrained`."""
_FIXED = {"mean": "mean (deterministic)", "zero": "zero", "random": "uniform in [-1, 1]"}


@dataclass(frozen=True)
class ActionMode:
    """How actions are drawn from a policy's mean and standard deviation, before they are squashed or clipped.

    ``zero`` and ``random`` are the modes of `gymctl.policies.untrained`, where there is no policy.
    """

    name: str
    """``mean``, ``learned``, ``gaussian``, ``zero`` or ``random``, as in the JSON output."""
    sigma: float | None = None
    """Standard deviation of ``gaussian``."""

    @classmethod
    def choose(cls, sigma: float | None, stochastic: bool, agent: str | None = None) -> "ActionMode":
        """The mode that ``--sigma``, ``--stochastic`` or ``--agent`` asks for; none of them is the mean.

        Raises:
            InputError: Two are given, sigma is not a standard deviation, or there is no such agent.
        """
        if agent is not None:
            if agent not in AGENTS:
                raise InputError(f"there is no agent {agent!r}", f"give {' or '.join(AGENTS)}")
            if sigma is not None or stochastic:
                raise InputError(
                    "--agent has no policy that --sigma or --stochastic could add noise to", "leave it out"
                )
            return cls(agent)
        if sigma is None:
            return cls("learned") if stochastic else cls("mean")
        if stochastic:
            raise InputError("--sigma and --stochastic exclude each other", "give one of them")
        if not math.isfinite(sigma) or sigma < 0:
            raise InputError(
                f"--sigma {sigma} is not a standard deviation", "give a number from 0 up; 0 is the mean action"
            )
        return cls("gaussian", sigma) if sigma else cls("mean", 0.0)

    def draw(self, mean: "Tensor", std: "Tensor", generator: "Generator") -> "Tensor":
        """Actions ``[N, num_actions]``, neither squashed nor clipped.

        Args:
            mean: The policy's mean ``[N, num_actions]``.
            std: The policy's learned standard deviation ``[N, num_actions]``.
            generator: Source of the noise.
        """
        if self.name == "mean":
            return mean
        noise = mean.new_empty(mean.shape).normal_(generator=generator)
        return mean + noise * (std if self.sigma is None else self.sigma)

    def __str__(self) -> str:
        if self.name in _FIXED:
            return _FIXED[self.name]
        return "sampled, learned std" if self.sigma is None else f"sampled, std {self.sigma:g} (overridden)"
