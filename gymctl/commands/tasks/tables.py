"""What ``gymctl tasks show`` and the documentation tell of a task, as lines and tables of text."""

from itertools import accumulate
from typing import TYPE_CHECKING

from gymctl.core.words import counted

if TYPE_CHECKING:
    from gymctl.tasks.description import Action, HandControl, Numbers, Observation, TaskDescription
    from gymctl.tasks.shown import ShownTask

_LISTED = 4


def sizes_and_times(shown: "ShownTask") -> list[str]:
    """How many observations and actions there are, how large the model is, and how time is divided."""
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


def tables(told: "TaskDescription") -> dict[str, list[list[str]]]:
    """Observations, actions, commands, reward and terminations: rows by title, without those that have none."""
    rows = {
        "observations": _observations(told.observations),
        "what the critic sees": _observations(told.states),
        "actions": [_action(number, action) for number, action in enumerate(told.actions)],
        "torques from the hand's motions": _hand_control(told.hand_control),
        "commands": [[c.name, c.unit and f"[{c.unit}]", _limits(c.low, c.high)] for c in told.commands],
        "reward": [[term.name, f"{term.weight:.4g}", term.note] for term in told.rewards],
        "an episode ends if": [[reason] for reason in told.terminations],
    }
    seen = [["", "name", "", "offset", "scale", "of"]]
    headings = {
        "observations": seen,
        "what the critic sees": seen,
        "actions": [["", "name", "", "offset", "scale", "limits", ""]],
    }
    return {title: headings.get(title, []) + lines for title, lines in rows.items() if lines}


def _observations(parts: "tuple[Observation, ...]") -> list[list[str]]:
    starts = accumulate((part.size for part in parts), initial=0)
    return [_observation(start, part) for start, part in zip(starts, parts, strict=False)]


def _observation(start: int, part: "Observation") -> list[str]:
    return [
        f"{start}" if part.size == 1 else f"{start}-{start + part.size - 1}",
        part.name,
        " ".join(filter(None, (part.unit and f"[{part.unit}]", part.frame and f"{part.frame} axes"))),
        _number(part.offset),
        _number(part.scale),
        _list(part.elements) or part.note,
    ]


def _action(number: int, action: "Action") -> list[str]:
    return [
        str(number),
        action.name,
        _effect(action),
        _number(action.offset),
        _number(action.scale),
        "" if action.limits is None else "{:.4g} to {:.4g}".format(*action.limits),
        _drive(action),
    ]


def _effect(action: "Action") -> str:
    """What an action does to what it controls."""
    told = f"{'moves the ' if action.increment else ''}{action.kind} [{action.unit}]"
    return told if action.moving_average == 1.0 else f"{told}, moving average {_number(action.moving_average)}"


def _number(value: "Numbers") -> str:
    """One number, or how far several go."""
    if isinstance(value, tuple):
        low, high = min(value), max(value)
        return f"{low:.4g}" if low == high else f"{low:.3g} … {high:.3g}"
    return f"{value:.4g}"


def _limits(low: float, high: float) -> str:
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _list(names: tuple[str, ...]) -> str:
    if len(names) <= _LISTED:
        return ", ".join(names)
    return f"{', '.join(names[: _LISTED - 1])}, … {names[-1]}"


def _drive(action: "Action") -> str:
    if action.relative_to:
        return f"× {action.relative_to}"
    if action.switch:
        return f"the upper limit for 0 or more, else the lower; the same for {_list(action.followers)}"
    told = [] if action.stiffness is None else [f"stiffness {action.stiffness:g}, damping {action.damping:g}"]
    if action.safety_damping:
        told.append(f"safety damping {action.safety_damping:g}")
    if told and action.effort_limit is not None:
        told.append(f"at most {action.effort_limit:g}")
    return ", ".join(told + ["once in a control step"] * action.by_controller)


def _hand_control(control: "HandControl | None") -> list[list[str]]:
    if control is None:
        return []
    gains = "stiffness {:.4g}/s², damping {:.4g}/s".format
    return [
        [control.body, gains(control.stiffness, control.damping), f"at {_numbers(control.point)} m in its frame"],
        [
            "posture",
            gains(control.posture_stiffness, control.posture_damping),
            f"{_numbers(control.posture)} rad, as far as the hand doesn't notice",
        ],
        ["most", "", f"{_numbers(control.effort_limits)} N m"],
    ]


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
