"""Which of a training's processes this one is, as torchrun tells in environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from gymctl.core.errors import BackendError, InputError
from gymctl.core.system import usable_cores, use_cores
from gymctl.core.words import counted


@dataclass(frozen=True)
class Rank:
    """A process of a training."""

    index: int = 0
    """Among all; the first one writes the run."""
    size: int = 1
    """How many there are."""
    local_index: int = 0
    """Among those of this machine."""
    local_size: int = 1
    """How many there are on this machine."""

    @classmethod
    def of_this_process(cls, variables: Mapping[str, str] = os.environ) -> "Rank":
        """Reads what torchrun sets; without it, the process is alone.

        Raises:
            InputError: A variable is no number, or contradicts another.
        """
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
        if "WORLD_SIZE" not in variables:
            return cls()
        size = variables["WORLD_SIZE"]
        texts = [variables.get(name, default) for name, default in zip(names, ("0", size, "0", size), strict=True)]
        if not all(text.isdecimal() and len(text) < 7 for text in texts):
            raise InputError(
                f"{', '.join(f'{name}={text!r}' for name, text in zip(names, texts, strict=True))} are no numbers",
                "let torchrun set them, or unset them",
            )
        index, size, local_index, local_size = map(int, texts)
        if not (index < size and local_index < local_size <= size):
            raise InputError(
                f"RANK={index} and LOCAL_RANK={local_index} don't fit WORLD_SIZE={size} and "
                f"LOCAL_WORLD_SIZE={local_size}",
                "let torchrun set them, or unset them",
            )
        return cls(index, size, local_index, local_size)

    @property
    def is_first(self) -> bool:
        """Whether it writes the run."""
        return self.index == 0

    def gpu(self, count: int) -> int:
        """The index of its GPU.

        Args:
            count: GPUs of this machine.

        Raises:
            BackendError: There are too few.
        """
        if self.local_size > count:
            raise BackendError(
                f"{counted(self.local_size, 'rank')} on this machine, but {counted(count, 'GPU')}",
                f"start at most {count}, or give --device cpu",
            )
        return self.local_index

    def take_share_of_cores(self) -> None:
        """Divides the cores that this process may use between the ranks of this machine."""
        if self.local_size > 1 and (cores := usable_cores()):
            use_cores(cores[self.local_index :: self.local_size] or [cores[self.local_index % len(cores)]])
