"""Sends the curves of a training to Weights & Biases as it goes, under TensorBoard's tags."""

import configparser
import re
import secrets
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from gymctl.config import Config
from gymctl.core.errors import BackendError, InputError
from gymctl.core.extras import how_to_install
from gymctl.core.inside import read_regular
from gymctl.policies.checkpoints.inspecting import listing
from gymctl.runs.directory import Run
from gymctl.runs.history import is_against_env_steps

if TYPE_CHECKING:
    from wandb import Run as WandbRun

    from gymctl.learning.curves import ScalarListener

ENV_STEPS = "global_step"
"""What curves are drawn against there: wandb's own name for TensorBoard's steps."""

_ID = re.compile(r"[\w-]{1,64}", re.ASCII)  # names a directory too
_NOT_SENT = ("offline", "dryrun", "disabled")
_INIT_TIMEOUT, _FINISH_TIMEOUT = 60.0, 120.0  # s
_LARGEST_WORKSPACE = 100_000  # bytes
_WANDB = "https://api.wandb.ai"
_HARMLESS = {"mode", "disabled", "entity", "project"}
_ELSEWHERE = (
    "move it away, since it could send your key to others; what you mean belongs into your own settings: "
    "set WANDB_BASE_URL and the like, or run 'wandb login'"
)
_WITHOUT = "set WANDB_MODE=offline to send it later, or train without --wandb"


def check(config: Config) -> None:
    """Makes sure, before anything is written, that a training can be tracked if its config asks for that.

    Args:
        config: The resolved config, with IsaacGymEnvs' ``wandb_…`` keys.

    Raises:
        BackendError: wandb is not installed, not logged in or can't be reached.
        InputError: There is no directory ``wandb_logcode_dir``.
    """
    if not config.tree["wandb_activate"]:
        return
    code = config.tree["wandb_logcode_dir"]
    if code and not Path(code).is_dir():
        raise InputError(f"wandb_logcode_dir: there is no directory '{code}'", "name the one whose code is to be kept")
    try:
        version("wandb")
    except PackageNotFoundError as error:
        raise BackendError(
            "Weights & Biases' package wandb is not installed",
            f"run: {how_to_install('wandb')}; or train without --wandb",
        ) from error
    _check_workspace(Path("wandb", "settings"))
    import wandb

    with _as_backend_errors("can't be reached"):
        settings = wandb.setup(wandb.Settings(silent=True, console="off")).settings
        if settings.mode not in _NOT_SENT and not wandb.login(prompt=False):
            raise BackendError("you are not logged in to Weights & Biases", f"run 'wandb login', {_WITHOUT}")


def _check_workspace(path: Path) -> None:
    """Refuses W&B's settings of the current directory, which may be a stranger's run, where they could send elsewhere.

    Raises:
        InputError: They set something else than where in W&B runs are put and whether they are sent.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read_regular(path, _LARGEST_WORKSPACE).decode())
        found = {key: value for section in parser for key, value in parser.items(section)}
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise InputError(f"can't read '{path}', W&B's settings here: {_first_line(error)}", _ELSEWHERE) from error
    found = {key: value for key, value in found.items() if (key, value) != ("base_url", _WANDB)}
    if foreign := sorted(found.keys() - _HARMLESS):
        raise InputError(f"'{path}', W&B's settings here, sets {listing(foreign)}", _ELSEWHERE)


@contextmanager
def tracked(config: Config, run: Run, say: Callable[[str], None]) -> "Iterator[ScalarListener | None]":
    """While entered, what the training writes to TensorBoard can go to Weights & Biases too.

    A run that is resumed goes on there as well. What goes wrong after the start is told once and ends the tracking, not
    the training.

    Args:
        config: The resolved config.
        run: The run, whose manifest keeps the id.
        say: Tells the user something.

    Yields:
        What takes the scalars; None if the config doesn't ask for it.

    Raises:
        BackendError: It can't be started.
    """
    if not config.tree["wandb_activate"]:
        yield None
        return
    with _as_backend_errors("didn't start"):
        started = _start(config, run)
    say(
        f"Weights & Biases: 'wandb sync {shlex.quote(str(run.path))}/wandb/offline-run-*' sends the run"
        if started.settings.mode in _NOT_SENT
        else f"Weights & Biases: {started.url}"
    )
    tracker = _Tracker(started, say)
    try:
        yield tracker.add
    except BaseException:
        tracker.finish(1)
        raise
    tracker.finish(0)


def _start(config: Config, run: Run) -> "WandbRun":
    import wandb

    keys, known = config.tree, run.manifest().get("wandb")
    known_id = known.get("id") if isinstance(known, dict) else None
    run_id = known_id if isinstance(known_id, str) and _ID.fullmatch(known_id) else secrets.token_hex(6)
    started = wandb.init(
        id=run_id,
        resume="allow",
        name=keys["wandb_name"] + run.path.absolute().name.removeprefix(run.experiment),
        project=keys["wandb_project"],
        entity=keys["wandb_entity"] or None,
        group=keys["wandb_group"] or None,
        tags=[str(tag) for tag in keys["wandb_tags"]],
        config=keys,
        allow_val_change=True,
        dir=run.path,
        settings=wandb.Settings(init_timeout=_INIT_TIMEOUT, finish_timeout=_FINISH_TIMEOUT),
    )
    started.define_metric("*", step_metric=ENV_STEPS)
    if keys["wandb_logcode_dir"]:
        started.log_code(root=keys["wandb_logcode_dir"])
    run.update_manifest(wandb={"id": run_id, "url": None if started.settings.mode in _NOT_SENT else started.url})
    return started


class _Tracker:
    """Sends the scalars of an epoch together."""

    def __init__(self, run: "WandbRun", say: Callable[[str], None]) -> None:
        self._run = run
        self._say = say
        self._epoch: dict[str, float] = {}
        self._env_steps = 0
        self._works = True

    def add(self, tag: str, value: float, step: int) -> None:
        """Takes a scalar; one with a tag that the epoch has already begins the next epoch."""
        if tag in self._epoch:
            self._send()
        if is_against_env_steps(tag):
            self._env_steps = step
        self._epoch[tag] = value

    def finish(self, exit_code: int) -> None:
        """Sends the rest and waits for it, two minutes at most; what isn't sent by then stays in the run."""
        self._send()
        self._try(lambda: self._run.finish(exit_code))

    def _send(self) -> None:
        epoch, self._epoch = self._epoch, {}
        if epoch:
            self._try(lambda: self._run.log({ENV_STEPS: self._env_steps, **epoch}))

    def _try(self, call: Callable[[], None]) -> None:
        if not self._works:
            return
        try:
            call()
        except Exception as error:  # whatever it is, the training is worth more
            self._works = False
            self._say(f"Weights & Biases stopped tracking: {_first_line(error)}; the training goes on")


@contextmanager
def _as_backend_errors(what: str) -> Iterator[None]:
    try:
        yield
    except BackendError:
        raise
    except Exception as error:  # wandb's own, and those of what it is made of
        raise BackendError(f"Weights & Biases {what}: {_first_line(error)}", _WITHOUT) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
