"""A policy at work, by what its contract says: measured values in, commands out. Needs NumPy and ONNX Runtime only."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnxruntime

Slice = dict[str, Any]
"""What the contract says of a slice of the observations."""


STANDING = 0.1
"""Walkers whose commanded velocities are all within plus and minus this are to stand [m/s, rad/s]."""


def gait_clock(seconds: float, period: float, velocities: Sequence[float], phase: float = 0.0) -> np.ndarray:
    """What a walker observes as ``gait clock``: sine and cosine of an angle that turns once in a period.

    Args:
        seconds: Since the start.
        period: As the contract says.
        velocities: What the walker is told to do, all of them.
        phase: Where it begins, 0 to 1.
    """
    angle = 2.0 * np.pi * (phase + seconds / period)
    return np.array([np.sin(angle), np.cos(angle)]) * (np.abs(velocities).max() > STANDING)


class Interface:
    """Turns measured values into observations, and actions into commands.

    Args:
        contract: What is in the metadata of an exported file under ``contract``, or what
            ``gymctl export --contract`` wrote.
    """

    def __init__(self, contract: dict[str, Any]) -> None:
        if contract["schema_version"] != 1:
            raise SystemExit(f"the contract has schema version {contract['schema_version']}, this code reads 1")
        self.contract = contract
        self._slices, self._actions = contract["observations"], contract["actions"]
        self._offset, self._scale = (self._spread(part[key] for part in self._slices) for key in ("offset", "scale"))
        bounds = [part["clip"] or (-np.inf, np.inf) for part in self._slices]
        self._least, self._most = (self._spread(bound[side] for bound in bounds) for side in (0, 1))
        wraps = self._spread(np.nan if part["wrap"] is None else part["wrap"] for part in self._slices)
        self._wrapped = np.isfinite(wraps)
        self._starts = wraps[self._wrapped]
        self._gain, self._rest, adds = (
            np.array([action[key] for action in self._actions], float) for key in ("scale", "offset", "increment")
        )
        weight = np.array([action.get("moving_average", 1.0) for action in self._actions])
        self._keeps = adds + 1.0 - weight
        self._gain, self._rest = weight * self._gain, weight * self._rest
        limits = [action["limits"] or (-np.inf, np.inf) for action in self._actions]
        self._lower, self._upper = np.array(limits, float).T
        self._switches = np.array([action.get("switch", False) for action in self._actions])
        names = [action["name"] for action in self._actions]
        self._factors = [(i, names.index(a["relative_to"])) for i, a in enumerate(self._actions) if a["relative_to"]]
        self.reset({})

    def _spread(self, values: Any) -> np.ndarray:
        """One number for each observation, of one or several for each slice."""
        return np.concatenate([np.broadcast_to(v, s["size"]) for v, s in zip(values, self._slices, strict=True)])

    def reset(self, positions: dict[str, float]) -> None:
        """Begins an episode.

        Args:
            positions: Of joints, by name [rad or m]: where position targets begin that actions move.
        """
        targets = (positions.get(a["joint"], 0.0) if a["kind"] == "position target" else 0.0 for a in self._actions)
        self._values = np.array(list(targets))
        self.action = np.zeros(len(self._actions), np.float32)
        """The last one, as the policy gave it."""

    def observe(self, measure: Callable[[Slice], Any]) -> np.ndarray:
        """The observations.

        Args:
            measure: Gives the values ``[size]`` of a slice, in the unit and frame that the contract says.
        """
        told = (self.action if part["name"] == "last action" else measure(part) for part in self._slices)
        values = self._spread(told)
        values[self._wrapped] = self._starts + (values[self._wrapped] - self._starts) % (2.0 * np.pi)
        return (np.clip(values - self._offset, self._least, self._most) * self._scale).astype(np.float32)

    def command(self, action: np.ndarray) -> np.ndarray:
        """What an action commands, each in its unit."""
        self.action = action
        values = self._keeps * self._values + self._rest + self._gain * action
        values = np.where(self._switches, np.where(action >= 0.0, self._upper, self._lower), values)
        self._values = np.clip(values, self._lower, self._upper)
        commands = self._values.copy()
        for number, factor in self._factors:
            commands[number] *= self._values[factor]
        return commands


class Controller(Interface):
    """Runs an exported policy.

    Args:
        path: The .onnx file. Its contract is in its metadata.
    """

    def __init__(self, path: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a policy is small
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        metadata = self.session.get_modelmeta().custom_metadata_map
        if "contract" not in metadata:
            raise SystemExit(f"{path} has no contract: export it again, and read the notes")
        super().__init__(json.loads(metadata["contract"]))

    def reset(self, positions: dict[str, float]) -> None:
        """Begins an episode; see `Interface.reset`. A policy with memory forgets."""
        super().reset(positions)
        shapes = {node.name: [n if isinstance(n, int) else 1 for n in node.shape] for node in self.session.get_inputs()}
        self._states = {name: np.zeros(shape, np.float32) for name, shape in shapes.items() if name != "obs"}

    def act(self, observations: np.ndarray) -> np.ndarray:
        """What the policy commands, given the observations."""
        actions, *states = self.session.run(None, {"obs": observations[None], **self._states})
        self._states = dict(zip(self._states, states, strict=True))
        return self.command(actions[0])
