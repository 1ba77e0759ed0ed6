"""The contract of a task that has demonstrations: motions that a policy is rewarded for looking like."""

from abc import abstractmethod

from torch import Tensor

from gymctl.tasks.base import Task


class MotionPrior(Task):
    """A task with demonstrations, for adversarial motion priors (AMP, https://arxiv.org/abs/2104.02180).

    A discriminator learns to tell the policy's motions from demonstrated ones; a policy that deceives it is rewarded.
    Both are described by *AMP observations*: what a motion looks like in a few consecutive control steps. Other
    algorithms can train the task, too; they don't look at any of it.

    In an episode's first steps there is no history of its own yet: `reset` begins one. Demonstrations are drawn with
    the task's `generator`, so that a resumed training draws the same ones.
    """

    keeps_clips = False
    """Whether ``env.motion_file`` names clips, which a training then keeps in its run.

    Read them with ``read_clips(config.env["motion_file"], model, config.clips_in)``.
    """
    num_amp_observations: int
    """Numbers of an AMP observation, all its steps together; set in ``__init__``."""

    @abstractmethod
    def observe_motion(self) -> Tensor:
        """AMP observations of the last steps, newest first, ``[num_envs, num_amp_observations]`` float32.

        Called once in a control step, after `reward` and before episodes begin anew.
        """

    @abstractmethod
    def demonstrate(self, count: int) -> Tensor:
        """AMP observations of demonstrations, drawn at random, ``[count, num_amp_observations]`` float32.

        They are laid out as those of `observe_motion`, on the simulation's device.
        """
