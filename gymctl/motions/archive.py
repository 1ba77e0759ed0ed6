"""Arrays of an .npz file that a stranger may have made: no pickles, and never more than so many bytes."""

import io
import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, open_regular

_LARGEST, _LARGEST_ARRAY = 16 * 2**20, 128 * 2**20
"""Bytes of the file, and of an array that is unpacked."""
_MOST_ENTRIES, _MOST_VALUES, _MOST_NAMES = 100, 16_000_000, 1000
_FIX = "write it with numpy.savez, as docs/motions.md shows"


class Archive:
    """An .npz file that is open.

    Args:
        path: What to call it in errors.
        archive: Its content.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        entries = archive.infolist()
        if len(entries) > _MOST_ENTRIES:
            raise InputError(f"'{path}' has {len(entries):,} arrays", _FIX)
        self._entries = {entry.filename.removesuffix(".npy"): entry for entry in entries}

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def numbers(self, name: str, dimensions: int) -> np.ndarray:
        """Reads an array of numbers, float64, with so many dimensions.

        Raises:
            InputError: It isn't there, or is something else.
        """
        array = self._read(name)
        if array.dtype.kind not in "fiu" or array.ndim != dimensions:
            raise self._refusal(
                name, f"is no array of numbers with {dimensions} dimensions" if dimensions else "is no number"
            )
        if array.size > _MOST_VALUES:
            raise self._refusal(name, f"has {array.size:,} numbers, more than {_MOST_VALUES:,}")
        return array.astype(np.float64)

    def texts(self, name: str) -> list[str]:
        """Reads a list of different texts.

        Raises:
            InputError: It isn't there, or is something else.
        """
        array = self._read(name)
        if array.dtype.kind != "U" or array.ndim != 1:
            raise self._refusal(name, "is no list of names")
        if array.size > _MOST_NAMES:
            raise self._refusal(name, f"has {array.size:,} names, more than {_MOST_NAMES:,}")
        texts = array.tolist()
        if len(set(texts)) < len(texts):
            raise self._refusal(name, "has a name twice")
        return texts

    def _read(self, name: str) -> np.ndarray:
        entry = self._entries.get(name)
        if entry is None:
            raise self._refusal(name, "is missing")
        if entry.file_size > _LARGEST_ARRAY:
            raise self._refusal(name, f"has {entry.file_size:,} bytes, more than {_LARGEST_ARRAY:,}")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._refusal(name, "is compressed in another way than numpy does")
        try:
            array = _parse(self._archive.read(entry))
        except Exception as error:  # a hostile entry of an archive can fail in any way
            raise self._refusal(name, "is damaged, or no array") from error
        if array is None:
            raise self._refusal(name, "holds Python objects, which could run code: they are never read")
        return array

    def _refusal(self, name: str, problem: str) -> InputError:
        return InputError(f"'{self._path}': the array '{name}' {problem}", _FIX)


@contextmanager
def open_archive(path: Path, inside: Path | None = None) -> Iterator[Archive]:
    """Opens an .npz file.

    Args:
        path: The file.
        inside: The directory that it must not lead out of; None where the user named the file.

    Raises:
        InputError: It can't be read, is too large, or no such file.
    """
    with (
        as_input_errors(f"can't read '{path}'", "give a clip that you may read"),
        open_regular(path, _LARGEST, inside) as file,
    ):
        try:
            archive = zipfile.ZipFile(file)
            content = Archive(path, archive)
        except InputError:
            raise
        except Exception as error:  # a hostile directory of the archive can fail in any way
            raise InputError(f"'{path}' is damaged, or no .npz file", _FIX) from error
        with archive:
            yield content


def _parse(data: bytes) -> np.ndarray | None:
    """The array in the bytes of an .npy file; None where it holds Python objects."""
    stream = io.BytesIO(data)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[np.lib.format.read_magic(stream)]
    shape, by_columns, dtype = read_header(stream)
    if dtype.hasobject:
        return None
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(data) - stream.tell():
        raise ValueError("an array of another size than it says")
    values = np.frombuffer(data, dtype, offset=stream.tell())
    return values.reshape(shape, order="F" if by_columns else "C")
