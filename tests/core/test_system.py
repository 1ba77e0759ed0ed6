"""What only some systems have is asked for in one module; without it, everything else works, and less is promised."""

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import gymctl
from gymctl.core.system import Directory, flush_to_disk, lower_priority, try_lock

PACKAGE = Path(gymctl.__file__).parent
MODULES = {
    *("fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"),
    *("msvcrt", "winreg", "_winapi", "winsound"),
}
NAMES = {
    "os": {
        *("O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "PRIO_PROCESS", "WNOHANG"),
        *("chown", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getloadavg", "getpgid"),
        *("getpriority", "getuid", "killpg", "mkfifo", "nice", "openpty", "posix_spawn", "pipe2", "sched_getaffinity"),
        *("sched_setaffinity", "setpgid", "setpriority", "setsid", "statvfs", "sync", "sysconf", "uname", "wait"),
    },
    "signal": {
        *("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGSTOP", "SIGTSTP", "SIGUSR1", "SIGUSR2", "SIGWINCH"),
        *("alarm", "pause", "pthread_kill", "pthread_sigmask", "setitimer", "sigwait"),
    },
    "time": {"clock_gettime", "CLOCK_MONOTONIC", "CLOCK_BOOTTIME", "tzset"},
}
ARGUMENTS = {"dir_fd", "preexec_fn", "start_new_session", "process_group", "pass_fds", "src_dir_fd"}

HIDDEN = f"""
import builtins, os, sys, types

MODULES, NAMES = {MODULES!r}, {NAMES!r}
real_import = builtins.__import__


def refuse_directory(path):
    if isinstance(path, int):
        raise TypeError("a descriptor is no path here")
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", str(path))


def windows_open(path, flags, mode=0o777):
    refuse_directory(path)
    return os.open(path, flags, mode)


def windows_scandir(path="."):
    if isinstance(path, int):
        raise TypeError("a descriptor is no path here")
    return os.scandir(path)


def without(module):
    copy = types.ModuleType(module.__name__)
    copy.__dict__.update({{key: value for key, value in vars(module).items() if key not in NAMES[module.__name__]}})
    if module is os:
        copy.__dict__.update(
            open=windows_open, scandir=windows_scandir, supports_dir_fd=set(), unlink=lambda path: os.unlink(path)
        )
    return copy


COPIES = {{name: without(real_import(name)) for name in NAMES}}


def hiding_import(name, globals=None, locals=None, fromlist=(), level=0):
    asking = (globals or {{}}).get("__name__", "")
    if asking.partition(".")[0] == "gymctl" and level == 0:
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
        if name in COPIES:
            return COPIES[name]
    return real_import(name, globals, locals, fromlist, level)


builtins.__import__ = hiding_import
"""


def in_a_child(code, directory):
    """Runs code where gymctl's modules find no more than Windows has."""
    return subprocess.run(
        [sys.executable, "-c", HIDDEN + textwrap.dedent(code)],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def uses(tree):
    """What a module takes that not every system has: the line and the name."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from ((node.lineno, alias.name) for alias in node.names if alias.name in MODULES)
            case ast.ImportFrom(module=str(module)):
                yield from ((node.lineno, module) for _ in [0] if module in MODULES)
                names = NAMES.get(module, set())
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names if alias.name in names)
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in NAMES.get(module, ()):
                yield node.lineno, f"{module}.{name}"
            case ast.Call():
                yield from ((node.lineno, word.arg) for word in node.keywords if word.arg in ARGUMENTS)


def test_nothing_but_one_module_asks_for_what_not_every_system_has():
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != PACKAGE / "core" / "system.py"
        for line, name in uses(ast.parse(path.read_text()))
    ]
    assert found == []


def test_the_search_finds_each_kind_of_use():
    code = "import fcntl\nfrom os import fork\nos.setsid()\nos.open('x', 0, dir_fd=3)\nfrom pwd import getpwnam\n"
    assert sorted(uses(ast.parse(code))) == [
        (1, "fcntl"), (2, "os.fork"), (3, "os.setsid"), (4, "dir_fd"), (5, "pwd"),
    ]  # fmt: skip


def test_a_directory_refuses_a_link_in_its_path(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    with Directory(tmp_path, ("there",)) as directory, directory.scan() as entries:
        assert list(entries) == []
    with pytest.raises(OSError, match="link"):
        Directory(tmp_path, ("link",))


def test_what_may_have_ended_already_has_no_priority():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        lower_priority(process.pid, 5)


def test_a_lock_keeps_others_out_until_it_is_closed(tmp_path):
    path = tmp_path / "lock"
    path.touch()
    flush_to_disk(path)
    flush_to_disk(tmp_path)
    with path.open("ab") as one, path.open("ab") as other:
        assert try_lock(one)
        assert not try_lock(other)
    with path.open("rb") as reader, path.open("rb") as another:
        assert try_lock(reader, shared=True)
        assert try_lock(another, shared=True)


@pytest.mark.slow
def test_all_modules_and_commands_work_where_a_system_has_less(tmp_path):
    done = in_a_child(
        """
        import importlib, pkgutil
        from gymctl.commands.app import main
        def run(*words):
            sys.argv = ["gymctl", *words]
            try:
                main()
            except SystemExit as end:
                assert not end.code, (words, end.code)
        run("--help")
        run("tasks")
        run("train", "Cartpole", "--num-envs", "16", "--max-iterations", "2", "--device", "cpu")
        run("play", "Cartpole", "--episodes", "4", "--num-envs", "4")
        run("runs")
        import gymctl
        for module in pkgutil.walk_packages(gymctl.__path__, "gymctl."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
        from gymctl.core import system
        from gymctl.diagnostics.doctor import _cpu
        assert system.fcntl is None and system.resource is None and system.NO_WAITING == 0
        assert [signal.name for signal in system.STOP_SIGNALS] == ["SIGINT", "SIGTERM"]
        assert _cpu()["memory_gib"] is None and _cpu()["cores"] > 0
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Cartpole: 4 episodes" in done.stdout
