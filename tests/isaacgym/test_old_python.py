"""What old task code needs and newer packages lack is there while its script runs, and does what it did."""

import pytest

from tests.isaacgym.scripts import run, write

pytestmark = pytest.mark.slow


def succeeds(folder, text):
    write(folder, "script.py", text)
    done = run(folder, "script.py")
    assert done.returncode == 0, done.stderr


def test_numpys_old_names(tmp_path):
    succeeds(
        tmp_path,
        """
        import isaacgym, math
        import numpy as np
        from numpy import Inf
        assert np.Inf == np.infty == np.Infinity == np.PINF == -np.NINF == Inf == math.inf
        assert math.isnan(np.NaN) and math.isnan(np.NAN)
        assert np.zeros(2, dtype=np.float).dtype == "f8" and np.zeros(2, dtype=np.int).dtype == "i8"
        assert np.zeros(2, dtype=np.bool).dtype == "?" and np.array([None], dtype=np.object).dtype == "O"
        assert np.float_ is np.float64 and np.product([2, 3]) == 6 and np.alltrue([True])
        """,
    )


def test_the_abstract_classes_of_collections(tmp_path):
    succeeds(
        tmp_path,
        """
        import isaacgym, collections
        from collections import Iterable, Mapping, MutableMapping
        assert isinstance({}, Mapping) and isinstance([], collections.Sequence)
        """,
    )


def test_checkpoints_with_numpys_numbers_are_read_and_others_are_not(tmp_path):
    succeeds(
        tmp_path,
        """
        import isaacgym, pickle, numpy as np, torch
        saved = {"mean": np.float64(2.5), "obs": np.arange(3.0), "model": {"w": torch.ones(2)}, "n": np.int64(4)}
        torch.save(saved, "old.pth")
        loaded = torch.load("old.pth")
        assert loaded["mean"] == 2.5 and loaded["obs"].tolist() == [0, 1, 2] and loaded["n"] == 4
        class Evil:
            def __reduce__(self):
                return print, ("run",)
        torch.save({"x": Evil()}, "evil.pth")
        try:
            torch.load("evil.pth")
        except pickle.UnpicklingError:
            pass
        else:
            raise AssertionError
        """,
    )


def test_recurrent_layers_take_sizes_of_numpy(tmp_path):
    """A product of NumPy's is one, and older PyTorch took it."""
    succeeds(
        tmp_path,
        """
        import isaacgym
        import numpy as np
        import torch
        layer = torch.nn.GRU(np.prod((2, 3)), hidden_size=np.int64(4), num_layers=np.int32(2))
        assert layer(torch.zeros(5, 1, 6))[0].shape == (5, 1, 4)
        assert isinstance(torch.nn.LSTM(6, 4), torch.nn.RNNBase)
        try:
            torch.nn.GRU(2.5, 4)
        except TypeError:
            pass
        else:
            raise AssertionError
        """,
    )


SCIPY = '''
import numpy as np

class RectBivariateSpline:
    """Linear in x and y."""

    def __init__(self, x, y, z, kx, ky):
        assert (kx, ky) == (1, 1)
        self.x, self.y, self.z = x, y, z

    def __call__(self, x, y):
        rows = np.array([np.interp(y, self.y, row) for row in self.z])
        return np.array([np.interp(x, self.x, column) for column in rows.T]).T
'''
GONE = "\ndef interp2d(*_, **__):\n    raise NotImplementedError\n"
THERE = "\ndef interp2d(*_, **__):\n    return lambda *_: 'its own'\n"


@pytest.mark.parametrize("now", ["", GONE], ids=["missing", "raising"])
def test_scipys_interp2d_comes_back_where_it_is_gone(tmp_path, now):
    write(tmp_path, "scipy/__init__.py", "")
    write(tmp_path, "scipy/interpolate.py", SCIPY + now)
    succeeds(
        tmp_path,
        """
        import isaacgym
        import numpy as np
        from scipy import interpolate
        z = np.array([[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]])
        f = interpolate.interp2d([0, 1, 2], [0, 5], z, kind="linear")
        assert f([0.5, 1.5], [0, 2.5, 5]).tolist() == [[0.5, 1.5], [5.5, 6.5], [10.5, 11.5]]
        """,
    )


def test_scipys_own_interp2d_stays(tmp_path):
    write(tmp_path, "scipy/__init__.py", "")
    write(tmp_path, "scipy/interpolate.py", THERE)
    succeeds(tmp_path, "import isaacgym; from scipy.interpolate import interp2d; assert interp2d()() == 'its own'")
