"""``gymctl new`` writes a package with a task for a robot of the user's."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands import completion
from gymctl.commands.output import Output
from gymctl.core.terminal import escaped

if TYPE_CHECKING:
    from gymctl.scaffold.package import NewTask

_KINDS = "walk", "reach", "blank"


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the package, as my_walker. The task is MyWalker.")],
    *,
    robot: Annotated[
        str,
        typer.Option(
            "--robot",
            metavar="MODEL",
            help="An MJCF or URDF, or a name in the package mujoco-menagerie, which downloads it.",
        ),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="walk, reach or blank; else guessed from the model.",
            autocompletion=completion.one_of(*_KINDS),
        ),
    ] = None,
    parent: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where to make the package's directory.")
    ] = Path(),
    inside: Annotated[
        Path | None,
        typer.Option(
            "--inside",
            metavar="DIR",
            help="Folder that has the model and all files that it names; default the model's own.",
        ),
    ] = None,
    output: Output,
) -> None:
    """Write a package with a task for your robot, ready to be trained.

    Examples:
      gymctl new my_walker --robot robot.xml
      gymctl new my_arm --robot arm.urdf --kind reach
      gymctl new my_go2 --robot unitree_go2

    walk: walk at commanded velocities, for robots on legs. reach: bring the
    last body of an arm to a target. blank: a task for you to write. Nothing
    that exists is overwritten.
    """
    from gymctl.config.catalogue import task_names
    from gymctl.core.errors import InputError, suggest
    from gymctl.scaffold.source import find_model

    if kind is not None and kind not in _KINDS:
        raise InputError(f"there is no kind {kind!r}", suggest(kind, _KINDS) or f"use one of {', '.join(_KINDS)}")
    output.waiting("loading MuJoCo")
    from gymctl.scaffold.package import Kind, write_package

    made = write_package(
        name,
        find_model(robot),
        task_names(),
        parent=parent,
        kind=Kind(kind) if kind else None,
        inside=inside,
    )
    output.result(_result(made), _summary(made))


def _result(made: "NewTask") -> dict[str, Any]:
    return {
        "directory": str(made.directory),
        "task": made.name,
        "kind": str(made.kind),
        "observations": made.observations,
        "actions": made.actions,
        "files": list(made.files),
        "guesses": list(made.guesses),
        "traps": list(made.traps),
    }


def _summary(made: "NewTask") -> str:
    lines = [
        f"{escaped(made.directory)}: the task {made.name} ({made.kind}), {made.observations} observations, "
        f"{made.actions} actions",
        *(f"  {line}" for line in made.guesses),
    ]
    if made.traps:
        lines += ["look at these in the model:", *(f"  {escaped(trap)}" for trap in made.traps)]
    lines.append(f"next: pip install -e {escaped(made.directory)} && gymctl train {made.name}")
    return "\n".join(lines)
