"""Reads values of a device on the host, all of an epoch with one copy."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Give = Callable[[], Sequence[Tensor]]
"""Gives tensors, of any shape, type and device."""
Take = Callable[[Sequence[Tensor]], None]
"""Takes the same tensors, on the host."""


class Readback:
    """What is to be read after an epoch, wherever it comes from."""

    def __init__(self) -> None:
        self._readers: list[tuple[Give, Take]] = []

    def add(self, give: Give, take: Take) -> None:
        """Has values read with the others, every epoch.

        Args:
            give: Called at the end of an epoch.
            take: Called right after it, with what was given.
        """
        self._readers.append((give, take))

    def read(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Reads what was added, and some more.

        Returns:
            The tensors, on the host.
        """
        given = [tensors, *(give() for give, _ in self._readers)]
        values = to_host([tensor for group in given for tensor in group])
        groups = []
        for group in given:
            groups.append(values[: len(group)])
            values = values[len(group) :]
        for (_, take), group in zip(self._readers, groups[1:], strict=True):
            take(group)
        return groups[0]


def to_host(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Copies tensors to the host: one copy, and so one wait, for all that are on the same device.

    Args:
        tensors: Of any shape and type; integers of more than 53 bits lose some.
    """
    values = [tensor.detach() for tensor in tensors]
    for device in {tensor.device for tensor in values if tensor.device.type != "cpu"}:
        places = [index for index, tensor in enumerate(values) if tensor.device == device]
        packed = torch.cat([values[index].flatten().double() for index in places]).cpu()
        for index, part in zip(places, packed.split([values[index].numel() for index in places]), strict=True):
            values[index] = part.reshape(values[index].shape).to(values[index].dtype)
    return values
