"""Runs exported policies: a file in, actions out."""

import json
import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gymctl.core.errors import BackendError, InputError
from gymctl.core.inside import check_regular
from gymctl.policies.export.metadata import FORMAT_VERSION, METADATA_FILE

_LARGEST = 2**31  # bytes: ONNX has no larger files
_MOST_THREADS = 4  # more don't pay for a policy's small matrices, and the simulator needs the cores


class ExportedPolicy(ABC):
    """A policy read from an exported file. It keeps its recurrent state itself."""

    def __init__(self, path: Path, metadata: dict[str, str]) -> None:
        try:
            self._inputs: dict[str, list[Any]] = json.loads(metadata["inputs"])
            self.num_observations = int(metadata["num_observations"])
            self.num_actions = int(metadata["num_actions"])
            version = metadata["format_version"]
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"'{path}' has no gymctl metadata", "give a file that 'gymctl export' made, or a .pth checkpoint"
            ) from error
        if version != FORMAT_VERSION:
            raise InputError(
                f"'{path}' has format version {version}, this gymctl reads {FORMAT_VERSION}", "export it again"
            )
        self.metadata = metadata
        self._states: list[np.ndarray] = []

    @property
    def recurrent(self) -> bool:
        """Whether the policy has memory."""
        return len(self._inputs) > 1

    def act(self, obs: Tensor, done: Tensor | None = None) -> Tensor:
        """Computes the mean actions.

        Args:
            obs: Raw observations. Shape: (num_envs, num_observations).
            done: Where ``obs`` is the first observation of an episode, the policy's memory is cleared. None: nowhere,
                save that the first call, and any with another num_envs, starts all episodes. Shape: (num_envs,).

        Returns:
            Actions, clipped, on the device of ``obs``. Shape: (num_envs, num_actions).

        Raises:
            InputError: If the observations don't have the policy's size.
        """
        if obs.ndim != 2 or obs.shape[1] != self.num_observations:
            raise InputError(
                f"the policy takes {self.num_observations} observations, these have shape {tuple(obs.shape)}",
                f"use it with the task it was trained on ({self.metadata.get('task', 'unknown')})",
            )
        num_envs = obs.shape[0]
        if self.recurrent and (not self._states or self._states[0].shape[1] != num_envs):
            shapes = list(self._inputs.values())[1:]
            self._states = [np.zeros((layers, num_envs, units), np.float32) for layers, _, units in shapes]
        elif self.recurrent and done is not None:
            finished = done.bool().cpu().numpy()
            for state in self._states:
                state[:, finished] = 0.0
        actions, *self._states = self._infer([obs.detach().float().cpu().numpy(), *self._states])
        return torch.from_numpy(actions).to(obs.device)

    @abstractmethod
    def _infer(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        """Runs the file once: observations and states in, actions and next states out."""


class OnnxPolicy(ExportedPolicy):
    """An exported ONNX file, run by ONNX Runtime on the CPU.

    Args:
        path: The file.

    Raises:
        InputError: If it is no ONNX file, or none that gymctl exported.
        BackendError: If ONNX Runtime isn't installed.
    """

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise BackendError(
                "onnxruntime is not installed", "run: pip install onnx onnxruntime onnxscript"
            ) from error
        if not path.is_file():
            raise InputError(f"there is no file '{path}'", "export one with 'gymctl export'")
        check_regular(path, _LARGEST)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(_MOST_THREADS, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises a class of its own for each kind of damage
            raise InputError(
                f"'{path}' can't be read as an ONNX file", "give a file that 'gymctl export' made"
            ) from error
        super().__init__(path, dict(self._session.get_modelmeta().custom_metadata_map))

    def _infer(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        outputs = self._session.run(None, dict(zip(self._inputs, inputs, strict=True)))
        return [np.asarray(output) for output in outputs]


class TorchScriptPolicy(ExportedPolicy):
    """An exported TorchScript file, run by torch on the CPU.

    Args:
        path: The file. TorchScript files hold code: load only what you trust.

    Raises:
        InputError: If it is no TorchScript file, or none that gymctl exported.
    """

    def __init__(self, path: Path) -> None:
        extra_files = {METADATA_FILE: ""}
        try:
            self._module = torch.jit.load(path, map_location="cpu", _extra_files=extra_files)
            metadata = json.loads(extra_files[METADATA_FILE] or "{}")
        except (RuntimeError, ValueError) as error:
            raise InputError(
                f"'{path}' can't be read as a TorchScript file", "give a file that 'gymctl export' made"
            ) from error
        super().__init__(path, metadata)

    def _infer(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        with torch.no_grad():
            outputs = self._module(*map(torch.from_numpy, inputs))
        return [output.numpy() for output in (outputs if self.recurrent else (outputs,))]
