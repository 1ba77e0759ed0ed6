"""Names that task code of Isaac Gym's time uses and that Python, NumPy, SciPy and PyTorch have removed since."""

import collections
import collections.abc
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

_NUMPY = {
    "float": float,
    "int": int,
    "complex": complex,
    "object": object,
    "str": str,
    "unicode": str,
    "bool": bool,
    "bool8": np.bool_,
    "float_": np.float64,
    "complex_": np.complex128,
    "unicode_": np.str_,
    "string_": np.bytes_,
    "Inf": np.inf,
    "Infinity": np.inf,
    "infty": np.inf,
    "PINF": np.inf,
    "NINF": -np.inf,
    "NaN": np.nan,
    "NAN": np.nan,
    "PZERO": 0.0,
    "NZERO": -0.0,
    "product": np.prod,
    "cumproduct": np.cumprod,
    "alltrue": np.all,
    "sometrue": np.any,
    "round_": np.round,
    "mat": np.asmatrix,
    "row_stack": np.vstack,
}


def put_back() -> None:
    """Gives NumPy and ``collections`` the names that they lack."""
    for name, value in _NUMPY.items():
        if name not in vars(np):
            setattr(np, name, value)
    for name in collections.abc.__all__:
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))


def _let_torch_load_numpy(torch: ModuleType) -> None:
    """Lets ``torch.load`` read NumPy's numbers and arrays, which old checkpoints have; they run no code."""
    from numpy._core import multiarray

    plain: list[Any] = [
        np.ndarray,
        np.dtype,
        *(type(np.dtype(code)) for code in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?")),
    ]
    for module in ("numpy.core.multiarray", "numpy._core.multiarray"):  # of NumPy 1 and of 2
        plain += [(multiarray.scalar, f"{module}.scalar"), (multiarray._reconstruct, f"{module}._reconstruct")]
    torch.serialization.add_safe_globals(plain)


def _let_torch_layers_take_numpy_sizes(torch: ModuleType) -> None:
    """Lets recurrent layers take NumPy's integers for their sizes, which PyTorch refuses since."""
    layer = torch.nn.RNNBase
    plain = layer.__init__

    @wraps(plain)
    def initialise(self: Any, *args: Any, **kwargs: Any) -> None:
        plain(self, *map(_as_int, args), **{name: _as_int(value) for name, value in kwargs.items()})

    layer.__init__ = initialise


def _as_int(value: Any) -> Any:
    return int(value) if isinstance(value, np.integer) else value


def _mend_torch(torch: ModuleType) -> None:
    _let_torch_load_numpy(torch)
    _let_torch_layers_take_numpy_sizes(torch)


def _give_scipy_interp2d(interpolate: ModuleType) -> None:
    """Gives SciPy ``interp2d``, on which terrain generators were built, where it is gone."""
    try:
        interpolate.interp2d([0.0, 1.0], [0.0, 1.0], [[0.0, 0.0], [0.0, 0.0]])
    except (AttributeError, NotImplementedError):
        splines = {"linear": 1, "cubic": 3, "quintic": 5}

        class interp2d:  # noqa: N801
            """A spline through values ``z[y, x]`` on a grid."""

            def __init__(self, x: Any, y: Any, z: Any, kind: str = "linear", **_: Any) -> None:
                x, y = np.unique(x), np.unique(y)
                degree = splines[kind]
                values = np.reshape(z, (len(y), len(x)))
                self._spline = interpolate.RectBivariateSpline(x, y, values.T, kx=degree, ky=degree)

            def __call__(self, x: Any, y: Any) -> np.ndarray:
                return np.squeeze(self._spline(np.sort(np.atleast_1d(x)), np.sort(np.atleast_1d(y))).T)

        interpolate.interp2d = interp2d  # type: ignore[attr-defined]


AFTER_IMPORT: dict[str, Callable[[ModuleType], None]] = {
    "torch": _mend_torch,
    "scipy.interpolate": _give_scipy_interp2d,
}
