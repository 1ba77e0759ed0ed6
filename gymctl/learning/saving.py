"""Writing a checkpoint: whole or not at all."""

import io
from pathlib import Path
from typing import Any

import torch

from gymctl.core.files import atomic_write


def write_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Writes a checkpoint under its name once it is complete.

    Args:
        state: Plain values and tensors.
        path: The ``.pth`` file.

    Raises:
        OSError: It can't be written; what was there before is left as it was.
    """
    content = io.BytesIO()  # written by Python: PyTorch's own writer doesn't say why it fails, as of a full disk
    torch.save(state, content)
    with atomic_write(path) as temporary:
        temporary.write_bytes(content.getbuffer())
