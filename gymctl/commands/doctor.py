"""``gymctl doctor`` shows what works on this machine."""

from typing import Annotated, Any

import typer

from gymctl.commands.output import Output
from gymctl.commands.text import wrap_lines


def doctor(
    full: Annotated[
        bool,
        typer.Option("--full", metavar="", help="Also step mujoco_warp, which compiles its kernels the first time."),
    ] = False,
    *,
    output: Output,
) -> None:
    """Show versions, devices, which physics engines work, and what to install for those that don't.

    Examples:
      gymctl doctor
      gymctl doctor --full

    Look here first when a device isn't used.
    """
    from gymctl.diagnostics.doctor import examine

    output.waiting("looking for devices and trying the engines")
    fields = examine(full=full)
    output.result(fields, wrap_lines(_text(fields), indent=9))


def _text(fields: dict[str, Any]) -> str:
    lines = ["versions"]
    lines += [f"  {name:<14} {version or 'not installed'}" for name, version in fields["versions"].items()]
    lines += ["devices"]
    for device in fields["devices"]:
        cores = f", {device['cores']} core{'s' * (device['cores'] != 1)}" if "cores" in device else ""
        memory = f", {device['memory_gib']} GiB" if device["memory_gib"] is not None else ""
        lines.append(f"  {device['name']:<14} {device['description']}{cores}{memory}")
    lines += ["engines"]
    for engine in fields["engines"]:
        name = f"{engine['name']} on {engine['device']}"
        lines.append(f"  {'works ' if engine['works'] else 'no    '} {name:<22} {engine['reason'] or ''}".rstrip())
        if engine["fix"]:
            lines.append(f"{'':<9}{engine['fix']}")
    auto, rendering = fields["auto"], fields["rendering"]
    works = f"works  by {rendering['opengl']}" if rendering["works"] else f"no     {rendering['reason']}"
    lines += ["rendering, for videos", f"  {works}", *([f"{'':<9}{rendering['fix']}"] if rendering["fix"] else [])]
    return "\n".join([*lines, f"without --engine and --device: {auto['engine']} on {auto['device']}"])
