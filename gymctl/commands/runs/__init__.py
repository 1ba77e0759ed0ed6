"""``gymctl runs`` lists, shows, plots and prunes runs."""

from gymctl.commands.groups import DefaultGroup
from gymctl.commands.runs.listing import list_command
from gymctl.commands.runs.plot import plot
from gymctl.commands.runs.prune import prune
from gymctl.commands.runs.show import show

HELP = (
    "List the runs, show one, draw learning curves, remove old checkpoints.\n\n"
    "Examples:\n"
    "  gymctl runs\n"
    "  gymctl runs Ant\n"
    "  gymctl runs show newest\n"
    "  gymctl runs plot Ant_seed1 Ant_seed2\n"
    "  gymctl runs prune --dry-run\n\n"
    "'gymctl runs COMMAND --help' tells more."
)
COMMANDS = {"list": list_command, "show": show, "plot": plot, "prune": prune}


class RunsGroup(DefaultGroup):
    """Takes ``gymctl runs`` and ``gymctl runs TASK`` for ``gymctl runs list``."""

    without_words = with_words = "list"
