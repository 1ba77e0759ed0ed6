"""Runs ``gymctl`` in processes of its own that needn't import PyTorch first: they are forked from one that has.

A command has its arguments, directory, environment and streams, imports gymctl, and ends as a script does. Half of the
time of a short command is the import of PyTorch, which a worker of the tests does once instead of hundreds of times.
"""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import types
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

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
    command = [str(GYMCTL), *map(str, arguments)]
    wanted = {name: value for name, value in environment.items() if name.startswith(READ_BY_IMPORTS)}
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        streams = [0, stdout.fileno(), stderr.fileno()]
        body = json.dumps({"command": command, "directory": str(directory), "environment": dict(environment)}).encode()
        server = _server(tuple(sorted(wanted.items())))
        socket.send_fds(server, [len(body).to_bytes(8)], streams)
        server.sendall(body)
        pid = int.from_bytes(_receive(server, 8))
        try:
            server.settimeout(timeout)
            code = int.from_bytes(_receive(server, 8), signed=True)
        except TimeoutError:
            server.settimeout(None)
            os.kill(pid, signal.SIGKILL)
            _receive(server, 8)
            raise subprocess.TimeoutExpired(command, timeout) from None
        written = []
        for stream in (stdout, stderr):
            stream.seek(0)
            written.append(stream.read().decode())
    return subprocess.CompletedProcess(command, code, *written)


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
    """Forks a process for each command, and tells its number and how it ended; in that process, it is the command."""
    for module in IMPORTED:
        __import__(module)
    gc.freeze()
    while size := (received := socket.recv_fds(connection, 8, 3))[0]:
        asked = json.loads(_receive(connection, int.from_bytes(size)))
        pid = os.fork()
        if not pid:
            connection.close()
            _be(asked, received[1])
            return
        for stream in received[1]:
            os.close(stream)
        connection.sendall(pid.to_bytes(8))
        _, status = os.waitpid(pid, 0)
        connection.sendall(os.waitstatus_to_exitcode(status).to_bytes(8, signed=True))


def _be(asked: dict, streams: Sequence[int]) -> None:
    """Becomes the command."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked["directory"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv[:] = asked["command"]
    sys.path[0] = str(GYMCTL.parent)
    sys.modules["__main__"] = types.ModuleType("__main__")
    from gymctl.commands.app import main

    main()


def _receive(connection: socket.socket, size: int) -> bytes:
    return connection.recv(size, socket.MSG_WAITALL)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
