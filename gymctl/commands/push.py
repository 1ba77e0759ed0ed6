"""``gymctl push`` uploads a policy to the Hugging Face Hub."""

import shlex
from typing import Annotated

import typer

from gymctl.commands.flags import DEFAULT_RUNS_DIR, RunsDir
from gymctl.commands.output import Output
from gymctl.core.terminal import escaped


def push(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="A run (directory or name), newest, or a .pth file of a run.")
    ],
    repository: Annotated[
        str, typer.Argument(metavar="OWNER/NAME", help="Where to, on the Hub. It is made if there is none.")
    ],
    *,
    private: Annotated[
        bool, typer.Option("--private", metavar="", help="Only you see a repository that is made now.")
    ] = False,
    runs_dir: RunsDir = DEFAULT_RUNS_DIR,
    output: Output,
) -> None:
    """Push a policy to the Hugging Face Hub, with its config and a page about it.

    Examples:
      gymctl push runs/Ant_2026-01-31_12-00-00 ada/ant-runner
      gymctl push newest ada/ant-runner --private

    Then anybody can play it: gymctl play Ant hf://ada/ant-runner. It needs the
    extra 'hub', and a token: run 'hf auth login', or set HF_TOKEN.
    """
    from gymctl.policies.hub.address import parse_address
    from gymctl.policies.hub.push import push as upload

    address = parse_address(repository)
    output.waiting("loading PyTorch")
    pushed = upload(run, address, runs_dir=runs_dir, private=private)
    output.notes((f"{pushed.checkpoint}, {pushed.why}",))
    again = ["gymctl", "play", pushed.task, f"hf://{address.repo}"]
    output.result(
        {
            "url": pushed.url,
            "commit": pushed.commit,
            "task": pushed.task,
            "checkpoint": str(pushed.checkpoint),
            "files": list(pushed.files),
        },
        f"{pushed.url}\ncommit: {pushed.commit}\nnext: {escaped(shlex.join(again))}",
    )
