"""Runs ``gymctl`` in processes of its own that needn't import PyTorch first: they are forked from one that has.

A command has its arguments, directory, environment and streams, imports gymctl, and ends as a script does. Half of the
time of a short command is the import of PyTorch, which a worker of the tests does once instead of hundreds of times.
"""

import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import types
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

GYMCTL = Path(sys.executable).with_name("gymctl")
IMPORTED = ("torch", "torch._dynamo", "torch.utils.tensorboard")
READ_BY_IMPORTS = ("CUDA", "KMP_", "LD_", "MKL_", "OMP_", "OPENBLAS_", "PYTHON", "TORCH", "TF_")
"""How the variables begin that must be in place before these modules are imported."""
ROOT = Path(__file__).parents[2]


def run_gymctl(
    arguments: Sequence[object], directory: Path, environment: Mapping[str, str] = os.environ, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, as `subprocess.run` with ``capture_output`` does.

    Raises:
        subprocess.TimeoutExpired: It took longer than this many seconds, and was killed.
    """
    return _run([GYMCTL, *arguments], directory, environment, timeout)


def run_python(
    arguments: Sequence[object], directory: Path, environment: Mapping[str, str] = os.environ, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """As `run_gymctl`, of Python: arguments are those of a script after its path, or of a module after ``-m``."""
    return _run([sys.executable, *arguments], directory, environment, timeout)


def _run(
    command: Sequence[object], directory: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = Started(command, directory, environment, (stdout.fileno(), stderr.fileno()))
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        written = []
        for stream in (stdout, stderr):
            stream.seek(0)
            written.append(stream.read().decode())
    assert process.returncode is not None
    return subprocess.CompletedProcess(process.args, process.returncode, *written)


class Started:
    """A command under way, with what the tests use of `subprocess.Popen`; no signal is ignored, as in a terminal.

    Args:
        command: Its program and arguments.
        directory: Where it runs.
        environment: Its variables.
        streams: Where its stdout and stderr go; pipes without.
    """

    def __init__(
        self,
        command: Sequence[object],
        directory: Path,
        environment: Mapping[str, str] = os.environ,
        streams: tuple[int, int] | None = None,
    ) -> None:
        self.args = [*map(str, command)]
        self.returncode: int | None = None
        wanted = {name: value for name, value in environment.items() if name.startswith(READ_BY_IMPORTS)}
        asked = {"command": self.args, "directory": str(directory), "environment": dict(environment)}
        body = json.dumps(asked).encode()
        self._end, there = socket.socketpair()
        pipes = [] if streams else [os.pipe(), os.pipe()]
        given = [0, *(streams or (pipe[1] for pipe in pipes)), there.fileno()]
        server = _server(tuple(sorted(wanted.items())))
        socket.send_fds(server, [len(body).to_bytes(8)], given)
        server.sendall(body)
        there.close()
        for _, writing in pipes:
            os.close(writing)
        self.stdout, self.stderr = (os.fdopen(pipe[0]) for pipe in pipes) if pipes else (None, None)
        self.pid = int.from_bytes(_receive(self._end, 8))

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0.001)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; minus the signal's number if one killed it.

        Raises:
            subprocess.TimeoutExpired: It runs still.
        """
        if self.returncode is None:
            self._end.settimeout(timeout)
            try:
                self.returncode = int.from_bytes(_receive(self._end, 8), signed=True)
            except TimeoutError:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0) from None
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it has still to say, to its end.

        Raises:
            subprocess.TimeoutExpired: It runs still.
        """
        assert self.stdout is not None
        assert self.stderr is not None
        texts: dict[Any, str] = {}
        readers = [
            Thread(target=lambda stream=stream: texts.update({stream: stream.read()}), daemon=True)
            for stream in (self.stdout, self.stderr)
        ]
        for reader in readers:
            reader.start()
        self.wait(timeout)
        for reader in readers:
            reader.join(timeout)
        return texts[self.stdout], texts[self.stderr]

    def send_signal(self, number: int) -> None:
        """Sends it a signal, if it hasn't ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Sends it SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Sends it SIGKILL."""
        self.send_signal(signal.SIGKILL)


@cache
def _server(wanted: tuple[tuple[str, str], ...]) -> socket.socket:
    """A connection to a process that has imported PyTorch with these variables; it ends with this one."""
    here, there = socket.socketpair()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(READ_BY_IMPORTS)}
    subprocess.Popen(
        [sys.executable, "-m", __name__, str(there.fileno())],
        cwd=ROOT,
        env=environment | dict(wanted),
        pass_fds=[there.fileno()],
    )
    there.close()
    return here


def _serve(connection: socket.socket) -> None:
    """Forks, for each command, a process that tells the command's number and how it ended, and forks the command."""
    for module in IMPORTED:
        __import__(module)
    gc.freeze()
    keepers = 0
    while size := (received := socket.recv_fds(connection, 8, 4))[0]:
        asked = json.loads(_receive(connection, int.from_bytes(size)))
        *streams, end = received[1]
        if not os.fork():
            connection.close()
            _keep(asked, streams, socket.socket(fileno=end))
            return
        for descriptor in received[1]:
            os.close(descriptor)
        keepers += 1
        while keepers and os.waitpid(-1, os.WNOHANG)[0]:
            keepers -= 1


def _keep(asked: dict, streams: Sequence[int], end: socket.socket) -> None:
    pid = os.fork()
    if not pid:
        end.close()
        _be(asked, streams)
        return
    for stream in streams:
        os.close(stream)
    end.sendall(pid.to_bytes(8))
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):
        end.sendall(os.waitstatus_to_exitcode(status).to_bytes(8, signed=True))
    os._exit(0)


def _be(asked: dict, streams: Sequence[int]) -> None:
    """Becomes the command."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked["directory"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.modules["__main__"] = types.ModuleType("__main__")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # nohup and scripts set others, which are inherited
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    program, *arguments = asked["command"]
    if program == str(GYMCTL):
        sys.argv[:], sys.path[0] = asked["command"], str(GYMCTL.parent)
        from gymctl.commands.app import main

        main()
    elif arguments[0] == "-m":
        sys.argv[:], sys.path[0] = arguments[1:], asked["directory"]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv[:], sys.path[0] = arguments, str(Path(arguments[0]).parent)
        runpy.run_path(arguments[0], run_name="__main__")


def _receive(connection: socket.socket, size: int) -> bytes:
    received = connection.recv(size, socket.MSG_WAITALL)
    assert len(received) == size, "the other process has died"
    return received


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
