"""The part of the panel that exchanges the policy: checkpoints to choose from, and noise."""

from pathlib import Path

import viser

from gymctl.core.errors import InputError
from gymctl.policies.find import PolicySource
from gymctl.policies.modes import ActionMode
from gymctl.runs.checkpoint_names import CheckpointName, parse
from gymctl.runs.checkpoints import checkpoint_files, locate_checkpoint, run_of
from gymctl.viewer.figures import SMALL
from gymctl.viewer.requests import Requests
from gymctl.viewer.session import Session


class PolicyPanel:
    """Controls of a session's policy.

    Args:
        gui: Where they are built.
        session: The session, with a policy's file.
        requests: Where the user's wishes go.
    """

    def __init__(self, gui: viser.GuiApi, session: Session, requests: Requests) -> None:
        self._session, exported = session, session.source.exported
        self._choices = checkpoint_choices(session.source)
        self._checkpoint = gui.add_dropdown(
            "Checkpoint", tuple(self._choices), initial_value=self._label_of(session.source.path)
        )
        requests.on(self._checkpoint, lambda label: self._load(self._choices.get(label)))
        reload = gui.add_button_group("", ("Read it again",), disabled=exported)
        requests.on(reload, lambda _: session.use_checkpoint(session.source.file))
        sigma = session.mode.sigma or 0.0
        hint = "An exported file holds only the mean action." if exported else "0 is the mean action."
        self._sigma = gui.add_slider("Sigma", 0.0, max(1.0, sigma), 0.01, sigma, disabled=exported, hint=hint)
        self._learned = gui.add_checkbox("Learned noise", session.mode.name == "learned", disabled=exported, hint=hint)
        requests.on(self._sigma, lambda _: self._use_noise())
        requests.on(self._learned, lambda _: self._use_noise())
        if exported:
            gui.add_html(f'<p style="{SMALL}">No noise: an exported file holds only the mean action.</p>')

    def show_choice(self) -> None:
        """Shows the checkpoint that plays."""
        self._checkpoint.value = self._label_of(self._session.source.path)

    def refresh_choices(self) -> None:
        """Adds new checkpoints to the list, and drops deleted ones."""
        choices = checkpoint_choices(self._session.source)
        if choices != self._choices:
            self._choices = choices
            self._checkpoint.options = tuple(choices)
            self.show_choice()

    def _use_noise(self) -> None:
        learned = self._learned.value
        self._sigma.disabled = learned
        self._session.use_mode(ActionMode.choose(None if learned else self._sigma.value, learned))

    def _load(self, path: Path | None) -> None:
        if path is None:  # chosen just before it left the list
            raise InputError("this checkpoint is no longer there", "choose another one")
        if path != self._session.source.path:
            self._session.use_checkpoint(path)

    def _label_of(self, path: Path | None) -> str:
        return next(label for label, choice in self._choices.items() if choice == path)


def checkpoint_choices(source: PolicySource) -> dict[str, Path]:
    """The checkpoints of the run that a policy comes from, by label: best and latest, then the newest epoch first.

    Args:
        source: The policy that plays. If its file is in no run, it is the only choice.
    """
    run = None if source.exported else run_of(source.file)
    if run is None:
        return {source.file.name: source.file}
    choices: dict[str, Path] = {}
    names = run.names
    try:
        files = {path: parse(path.stem, names) for path in checkpoint_files(run.nn_dir)}
    except (InputError, OSError):  # what lies there now leads out of the run, or can't be read
        files = {}
    for which in ("best", "latest"):
        try:
            path = locate_checkpoint(source.task, str(run.path), run.path.parent, prefer=which).path
        except (InputError, OSError):  # deleted since the listing
            continue
        if path not in choices.values():
            choices[f"{which}: {_describe(path, parse(path.stem, names))}"] = path
    for path, name in sorted(files.items(), key=lambda item: item[1].epoch or 0, reverse=True):
        if path not in choices.values():
            choices[_describe(path, name)] = path
    if source.path not in choices.values():
        choices[source.file.name] = source.file
    return choices


def _describe(path: Path, name: CheckpointName) -> str:
    if name.epoch is None:
        return path.name
    return f"epoch {name.epoch}" + (f", reward {name.reward:.4g}" if name.reward is not None else "")
