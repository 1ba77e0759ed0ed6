"""Root may read and write everything, whatever a file's permissions say, unless it gives up the right to."""

import ctypes
import os

_VERSION = 0x20080522  # of what Linux takes; it has a header, and two words each of three sets
_DROP_FROM_BOUNDING_SET = 24
_OVERRIDES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


def give_up_roots_rights() -> None:
    """Lets permissions hold for this process and its children, whoever they run as; there is no way back.

    Raises:
        OSError: They can't be given up here.
    """
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = (ctypes.c_uint32 * 2)(_VERSION, 0), (ctypes.c_uint32 * 6)()
    calls = [libc.capget(header, sets)]
    for number in _OVERRIDES:
        calls.append(libc.prctl(_DROP_FROM_BOUNDING_SET, number, 0, 0, 0))
        for index in range(3):
            sets[index] &= ~(1 << number)
    calls.append(libc.capset(header, sets))
    if any(calls):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
