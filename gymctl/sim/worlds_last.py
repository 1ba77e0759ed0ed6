"""Fields of all worlds with the worlds in the last dimension, where operations run over memory in a row."""

import torch
from torch import Tensor


class WorldsLast:
    """A copy in single precision, worlds last, of a field of all worlds.

    Args:
        field: Live ``[N, ...]``.
    """

    def __init__(self, field: Tensor) -> None:
        self._field = field
        self._rows = torch.zeros(field.shape, device=field.device)
        self._turned = self._rows.movedim(0, -1)
        self.value = torch.zeros(self._turned.shape, device=field.device)
        """``[..., N]``, as of the last `read`."""

    def read(self) -> Tensor:
        """Copies the field and returns `value`.

        On a CPU, threads on other cores have written the field. It is read in its own order first: hopping through
        memory that isn't in a cache yet takes twice as long.
        """
        self._rows.copy_(self._field)
        return self.value.copy_(self._turned)
