"""What HumanoidAMP's YAML says, checked."""

from dataclasses import dataclass

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError

_SHOWN_STARTS = {"Default": 0.0, "Start": 1.0, "Random": 1.0}
"""Share of the episodes that start in a pose of the motions; of ``Hybrid``, ``hybridInitProb`` says it."""


@dataclass(frozen=True)
class HumanoidAMPConstants:
    """Starts, observations, controls and falls; see `from_config` for the YAML's keys."""

    dt: float
    """Time of a control step [s]."""
    at_begin: bool
    """Whether episodes start in a motion's first pose, not in any."""
    shown_starts: float
    """Share of the episodes that start in a pose of the motions, not in the default pose."""
    amp_steps: int
    """Control steps in an AMP observation."""
    local_root: bool
    """Whether the heading is taken out of the root's observed orientation."""
    pd_control: bool
    """Whether actions are targets of drives, not torques."""
    power_scale: float
    """Share of a joint's effort that action 1 is, where actions are torques."""
    early_termination: bool
    """Whether a fall ends the episode."""
    termination_height: float
    """Below this a body is low [m]."""
    contact_bodies: tuple[str, ...]
    """Those that may touch the ground and be low."""
    motion_file: str
    """See `gymctl.motions.files.read_clips`."""

    @classmethod
    def from_config(cls, config: TaskConfig) -> "HumanoidAMPConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config.

        Raises:
            InputError: There is no such way to start, or a number can't be.
        """
        env = config.env
        start, share, known = env["stateInit"], env["hybridInitProb"], [*_SHOWN_STARTS, "Hybrid"]
        steps = env["numAMPObsSteps"]
        for key, is_right, advice in (
            ("stateInit", start in known, f"one of {', '.join(known)}"),
            ("hybridInitProb", 0.0 <= share <= 1.0, "a share, from 0 to 1"),
            ("numAMPObsSteps", steps in range(2, 101), "2 or more, up to 100: one step shows no motion"),
        ):
            if not is_right:
                raise InputError(f"task.env.{key} is {env[key]}", f"give {advice}")
        return cls(
            dt=config.control_dt,
            at_begin=start == "Start",
            shown_starts={**_SHOWN_STARTS, "Hybrid": share}[start],
            amp_steps=int(steps),
            local_root=env["localRootObs"],
            pd_control=env["pdControl"],
            power_scale=env["powerScale"],
            early_termination=env["enableEarlyTermination"],
            termination_height=env["terminationHeight"],
            contact_bodies=tuple(env["contactBodies"]),
            motion_file=env["motion_file"],
        )
