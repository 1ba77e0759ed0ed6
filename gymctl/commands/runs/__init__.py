"""``gymctl runs`` lists, shows, follows, plots, compares, reports and prunes runs."""

from gymctl.commands.groups import DefaultGroup
from gymctl.commands.runs.compare import compare
from gymctl.commands.runs.listing import list_command
from gymctl.commands.runs.logs import logs
from gymctl.commands.runs.plot import plot
from gymctl.commands.runs.prune import prune
from gymctl.commands.runs.report import report
from gymctl.commands.runs.show import show

HELP = (
    "List the runs, show, compare and report them, draw learning curves, remove old checkpoints.\n\n"
    "Examples:\n"
    "  gymctl runs\n"
    "  gymctl runs Ant\n"
    "  gymctl runs show newest\n"
    "  gymctl runs logs newest --follow\n"
    "  gymctl runs plot Ant_seed1 Ant_seed2\n"
    "  gymctl runs compare Ant_seed1 newest --output compare.html\n"
    "  gymctl runs report Ant --output ant.html\n"
    "  gymctl runs prune --dry-run\n\n"
    "'gymctl runs COMMAND --help' tells more."
)
COMMANDS = {
    "list": list_command,
    "show": show,
    "logs": logs,
    "plot": plot,
    "compare": compare,
    "report": report,
    "prune": prune,
}


class RunsGroup(DefaultGroup):
    """Takes ``gymctl runs`` and ``gymctl runs TASK`` for ``gymctl runs list``."""

    without_words = with_words = "list"
