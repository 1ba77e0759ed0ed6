"""``gymctl tasks show`` tells what a task observes, does and rewards, by name."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gymctl.commands.arguments import Overrides, Task, parse_arguments
from gymctl.commands.flags import ConfigDir
from gymctl.commands.output import Output
from gymctl.commands.text import format_table
from gymctl.core.words import counted

if TYPE_CHECKING:
    from gymctl.tasks.shown import ShownTask

_LISTED = 4


def show(
    task: Task,
    overrides: Overrides = None,
    *,
    config_dir: ConfigDir = None,
    output: Output,
) -> None:
    """Show a task: observations, actions, reward, terminations, model and times.

    Examples:
      gymctl tasks show Ant
      gymctl tasks show Cartpole task.env.maxEffort=100
      gymctl tasks show Anymal --json

    Observations are (value - offset) × scale, in this order. It is what exported
    policies say in their contract: docs/export.md.
    """
    from gymctl.config import compose

    given = parse_arguments([task, *(overrides or [])], takes_checkpoint=False)
    config = compose(given.task, overrides=given.overrides, config_dir=config_dir)
    output.waiting("loading MuJoCo")
    from gymctl.tasks import registry
    from gymctl.tasks.shown import show_task

    if registry.is_in_isaacgym_style(config.task.name):
        from gymctl.envs.trial import try_task

        try_task(config)  # only an object of its class knows its sizes
    shown = show_task(config)
    output.result({"task": given.task, **asdict(shown)}, _text(given.task, shown))


def _text(name: str, shown: "ShownTask") -> str:
    lines = [f"{name}: {shown.summary}", "", *_times(shown)]
    told = shown.description
    if told is None:
        return "\n".join([*lines, "", f"What they are, {name} doesn't say: {shown.how}."])
    numbers = [0]
    for part in told.observations:
        numbers.append(numbers[-1] + part.size)
    observations = [
        [
            _range(start, part.size),
            part.name,
            " ".join(filter(None, (part.unit and f"[{part.unit}]", part.frame and f"{part.frame} axes"))),
            _number(part.offset),
            _number(part.scale),
            _list(part.elements) or part.note,
        ]
        for start, part in zip(numbers, told.observations, strict=False)
    ]
    actions = [
        [
            str(number),
            action.name,
            f"{'moves the ' if action.increment else ''}{action.kind} [{action.unit}]",
            _number(action.offset),
            _number(action.scale),
            "" if action.limits is None else "{:.4g} to {:.4g}".format(*action.limits),
            _drive(action),
        ]
        for number, action in enumerate(told.actions)
    ]
    blocks = [
        ("observations", [["", "name", "", "offset", "scale", "of"], *observations]),
        ("actions", [["", "name", "", "offset", "scale", "limits", ""], *actions]),
        ("commands", [[c.name, c.unit and f"[{c.unit}]", _limits(c.low, c.high)] for c in told.commands]),
        ("reward", [[term.name, f"{term.weight:.4g}", term.note] for term in told.rewards]),
        ("an episode ends if", [[reason] for reason in told.terminations]),
    ]
    for title, rows in blocks:
        if rows:
            lines += ["", title, *(f"  {line}" for line in format_table(rows).splitlines())]
    return "\n".join(lines)


def _times(shown: "ShownTask") -> list[str]:
    size, times = shown.model, shown.times
    lines = [f"{counted(shown.num_observations, 'observation')}, {counted(shown.num_actions, 'action')}"]
    if size is not None:
        lines.append(
            f"model: {size.bodies} bodies, {size.joints} joints, {size.dofs} degrees of freedom, "
            f"{size.actuators} actuators, {size.geoms} shapes"
        )
    lines.append(
        f"a control step: {times.control_dt * 1000:g} ms, {counted(times.physics_steps, 'physics step')} of "
        f"{times.physics_dt * 1000:g} ms, MuJoCo's timestep {times.timestep * 1000:g} ms"
    )
    if shown.description is not None and shown.description.episode_steps is not None:
        steps = shown.description.episode_steps
        lines.append(f"an episode: at most {counted(steps, 'control step')}, {steps * times.control_dt:.4g} s")
    return lines


def _range(start: int, size: int) -> str:
    return f"{start}" if size == 1 else f"{start}-{start + size - 1}"


def _number(value: Any) -> str:
    """One number, or how far several go."""
    if isinstance(value, tuple | list):
        low, high = min(value), max(value)
        return f"{low:.4g}" if low == high else f"{low:.3g} … {high:.3g}"
    return f"{value:.4g}"


def _limits(low: float, high: float) -> str:
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _list(names: tuple[str, ...]) -> str:
    if len(names) <= _LISTED:
        return ", ".join(names)
    return f"{', '.join(names[: _LISTED - 1])}, … {names[-1]}"


def _drive(action: Any) -> str:
    if action.relative_to:
        return f"× {action.relative_to}"
    if action.stiffness is None:
        return ""
    limit = "" if action.effort_limit is None else f", at most {action.effort_limit:g}"
    return f"stiffness {action.stiffness:g}, damping {action.damping:g}{limit}"
