"""How to install optional packages, in a clone and elsewhere."""

import shlex

from gymctl.core.extras import how_to_install


def test_a_clone_is_installed_again_with_the_extra(tmp_path):
    clone = tmp_path / "my clone"
    clone.mkdir()
    (clone / "constraints.txt").touch()
    words = shlex.split(how_to_install("cuda", clone))
    assert words == ["pip", "install", "-c", str(clone / "constraints.txt"), "-e", f"{clone}[cuda]"]


def test_without_a_clone_the_packages_are_named(tmp_path):
    assert [word.partition(">")[0] for word in shlex.split(how_to_install("cuda", tmp_path))] == [
        *("pip", "install", "mujoco-warp", "warp-lang")
    ]
