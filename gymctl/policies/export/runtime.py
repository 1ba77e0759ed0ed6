"""Runs exported policies: a file in, actions out."""

import json
import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, overload

import numpy as np
import torch
from torch import Tensor

from gymctl.core.errors import BackendError, InputError
from gymctl.core.memory import bounded_memory
from gymctl.core.words import counted
from gymctl.policies.export.contract import read_contract
from gymctl.policies.export.inspecting import FIX, read_onnx
from gymctl.policies.export.metadata import CONTRACT, METADATA_FILE, Interface, read_interface
from gymctl.policies.export.waiting import within

_MOST_THREADS = 4  # more don't pay for a policy's small matrices, and the simulator needs the cores

_SILENT = 4  # ONNX Runtime's level of fatal errors
_SPARE = 2**30  # bytes that a run may take
_NUM_PROBES = 3
_ARRAYS = "give tensors or NumPy arrays"
_LONGEST_PROBE, _LONGEST_RUN = 3.0, 60.0  # seconds for a few observations, and for any number


class ExportedPolicy(ABC):
    """A policy read from an exported file. It keeps its recurrent state itself."""

    def __init__(self, path: Path, metadata: dict[str, str]) -> None:
        interface = read_interface(metadata, path)
        self._inputs, self._outputs = interface.inputs, interface.outputs
        self.num_observations, self.num_actions = interface.num_observations, interface.num_actions
        self.path = path
        self.metadata = metadata
        if CONTRACT in metadata:
            _check_contract(metadata[CONTRACT], path, interface)
        self._states: list[np.ndarray] = []

    @property
    def recurrent(self) -> bool:
        """Whether the policy has memory."""
        return len(self._inputs) > 1

    @overload
    def act(self, obs: Tensor, done: Tensor | None = None) -> Tensor: ...

    @overload
    def act(self, obs: np.ndarray, done: np.ndarray | None = None) -> np.ndarray: ...

    def act(self, obs: Any, done: Any = None) -> Any:
        """Computes the mean actions.

        Args:
            obs: Raw observations, a tensor or a NumPy array. Shape: (num_envs, num_observations).
            done: Where ``obs`` is the first observation of an episode, the policy's memory is cleared. None: nowhere,
                save that the first call, and any with another num_envs, starts all episodes. Shape: (num_envs,).

        Returns:
            Actions, clipped: a tensor on the device of ``obs``, or an array if that is one. Shape: (num_envs,
            num_actions).

        Raises:
            InputError: If the observations or ``done`` don't have the policy's size, or the file can't be run on them.
        """
        is_tensor = isinstance(obs, Tensor)
        observations = _array(obs, np.float32)
        num_envs = observations.shape[0] if observations.ndim else 0
        if observations.shape != (num_envs, self.num_observations):
            raise InputError(
                f"the policy takes {counted(self.num_observations, 'observation')}, "
                f"these have shape {observations.shape}",
                f"use it with the task it was trained on ({self.metadata.get('task', 'unknown')[:80]})",
            )
        if self.recurrent and (not self._states or self._states[0].shape[1] != num_envs):
            self._states = self._initial_states(num_envs)
        elif self.recurrent and done is not None:
            finished = _array(done, np.bool_)
            if finished.shape != (num_envs,):
                raise InputError(
                    f"done has shape {finished.shape}, there should be {counted(num_envs, 'value')}",
                    "give one value for each env",
                )
            for state in self._states:
                state[:, finished] = 0.0
        actions, *self._states = self._infer([observations, *self._states])
        return torch.from_numpy(actions).to(obs.device) if is_tensor else actions

    def _initial_states(self, num_envs: int) -> list[np.ndarray]:
        shapes = list(self._inputs.values())[1:]
        return [np.zeros((int(layers), num_envs, int(units)), np.float32) for layers, _, units in shapes]

    def _check_runs(self) -> list[np.ndarray]:
        """Runs the file once and returns what comes out, which has to be what the metadata promise.

        Raises:
            InputError: It isn't, or the file can't be run.
        """
        obs = np.zeros((_NUM_PROBES, self.num_observations), np.float32)
        outputs = self._infer([obs, *self._initial_states(_NUM_PROBES)])
        shapes = [tuple(_NUM_PROBES if n == "batch" else n for n in shape) for shape in self._outputs.values()]
        if [output.shape for output in outputs] != shapes or any(o.dtype != np.float32 for o in outputs):
            raise _unlike_metadata(self.path)
        return outputs

    @abstractmethod
    def _infer(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        """Runs the file once: observations and states in, actions and next states out."""


class OnnxPolicy(ExportedPolicy):
    """An exported ONNX file, run by ONNX Runtime on the CPU.

    Args:
        path: The file.

    Raises:
        InputError: If it is no ONNX file, or none that gymctl exported.
        BackendError: If ONNX or ONNX Runtime isn't installed.
    """

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise BackendError(
                "onnxruntime is not installed", "run: pip install onnx onnxruntime onnxscript"
            ) from error
        content, metadata, inputs, outputs = read_onnx(path)
        super().__init__(path, metadata)
        if list(inputs.items()) != list(self._inputs.items()) or list(outputs.items()) != list(self._outputs.items()):
            raise _unlike_metadata(path)
        onnxruntime.set_default_logger_severity(_SILENT)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(_MOST_THREADS, os.cpu_count() or 1)
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.disable_prepacking", "1")  # a copy of the weights for every product
        options.log_severity_level = _SILENT
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # computes nothing now
        self._run_options = onnxruntime.RunOptions()
        self._run_options.log_severity_level = _SILENT

        def load() -> Any:
            with bounded_memory(8 * len(content) + _SPARE):
                return onnxruntime.InferenceSession(
                    content, options, providers=["CPUExecutionProvider"], enable_fallback=0
                )  # a second try on the CPU would only be printed

        try:
            self._session = within(_LONGEST_RUN, load, lambda: None)
        except Exception as error:  # ONNX Runtime raises a class of its own for each kind of damage
            raise InputError(f"'{path}' can't be read as an ONNX file", FIX) from error
        self._seconds = _LONGEST_PROBE
        outputs = self._check_runs()
        self._seconds = _LONGEST_RUN
        if not all(np.isfinite(output).all() for output in outputs):
            raise InputError(f"'{path}' gives actions that are no numbers", "give a file of another checkpoint")

    def _infer(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        try:
            outputs = within(self._seconds, lambda: self._run(inputs), self._terminate)
        except TimeoutError as error:
            raise InputError(f"'{self.path}' takes more than {self._seconds:g} s for a step", FIX) from error
        except Exception as error:  # again
            raise InputError(f"'{self.path}' can't be run", FIX) from error
        return [np.asarray(output) for output in outputs]

    def _run(self, inputs: list[np.ndarray]) -> Any:
        with bounded_memory(_SPARE):
            return self._session.run(None, dict(zip(self._inputs, inputs, strict=True)), self._run_options)

    def _terminate(self) -> None:
        self._run_options.terminate = True


class TorchScriptPolicy(ExportedPolicy):
    """An exported TorchScript file, run by torch on the CPU.

    Args:
        path: The file.
        trust: TorchScript files hold code, which may do anything: True says that you know who made this one.

    Raises:
        InputError: If it isn't trusted, is no TorchScript file, or none that gymctl exported.
    """

    def __init__(self, path: Path, *, trust: bool = False) -> None:
        if not trust:
            raise InputError(
                f"'{path}' is a TorchScript file, which holds code",
                "if you know who made it, say trust=True; an .onnx file holds none",
            )
        extra_files = {METADATA_FILE: ""}
        try:
            self._module = torch.jit.load(path, map_location="cpu", _extra_files=extra_files)
            metadata = json.loads(extra_files[METADATA_FILE] or "{}")
        except (RuntimeError, ValueError) as error:
            raise InputError(f"'{path}' can't be read as a TorchScript file", FIX) from error
        super().__init__(path, metadata)
        self._check_runs()

    def _infer(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        try:
            with torch.no_grad():
                outputs = self._module(*map(torch.from_numpy, inputs))
        except RuntimeError as error:
            raise InputError(f"'{self.path}' can't be run", FIX) from error
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        if not all(isinstance(output, Tensor) for output in outputs):
            raise _unlike_metadata(self.path)
        return [output.numpy() for output in outputs]


def _check_contract(text: str, path: Path, interface: Interface) -> None:
    contract = read_contract(text, path)
    if (contract.num_observations, len(contract.actions)) != (interface.num_observations, interface.num_actions):
        raise _unlike_metadata(path)


def _array(values: Any, dtype: type) -> np.ndarray:
    """Values as a contiguous array of a type, whatever they are."""
    if isinstance(values, Tensor):
        values = values.detach().cpu().numpy()
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise InputError(f"observations and done must be arrays: {error}", _ARRAYS) from error
    if array.dtype.kind not in "biuf":
        raise InputError(f"observations and done must be numbers, these are {array.dtype}", _ARRAYS)
    return np.ascontiguousarray(array, dtype)


def _unlike_metadata(path: Path) -> InputError:
    return InputError(f"'{path}' doesn't take and give what its metadata say", FIX)
