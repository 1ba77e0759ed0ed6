"""``gymctl tasks`` lists the tasks, and shows one."""

from gymctl.commands.failures import with_room_to_start
from gymctl.commands.groups import DefaultGroup
from gymctl.commands.tasks.listing import list_command
from gymctl.commands.tasks.show import show

HELP = (
    "List the tasks, show what one observes and does.\n\n"
    "Examples:\n"
    "  gymctl tasks\n"
    "  gymctl tasks show Ant\n"
    "  gymctl tasks show Anymal --json\n\n"
    "'gymctl tasks COMMAND --help' tells more."
)
COMMANDS = {"list": list_command, "show": with_room_to_start(show)}


class TasksGroup(DefaultGroup):
    """Takes ``gymctl tasks`` for ``gymctl tasks list``, and ``gymctl tasks TASK`` for ``gymctl tasks show``."""

    without_words, with_words = "list", "show"
