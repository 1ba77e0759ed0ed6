"""Groups of commands that do something without one: ``gymctl runs`` lists."""

from typing import Any, ClassVar

from typer.core import TyperGroup


class DefaultGroup(TyperGroup):
    """Puts a command in front where none stands."""

    without_words: ClassVar[str]
    """The command where no word stands, or a flag first."""
    with_words: ClassVar[str]
    """The command where the first word is none of the group's commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts the command in front."""
        if not args and ctx.resilient_parsing:  # a shell asks for the commands
            return super().parse_args(ctx, args)
        if not args or (args[0] not in self.list_commands(ctx) and args[0] not in ("-h", "--help", "--help-all")):
            is_word = bool(args) and not args[0].startswith("-")
            args = [self.with_words if is_word else self.without_words, *args]
        return super().parse_args(ctx, args)
