"""The API of the package ``isaacgym`` on gymctl's simulation: task code written for Isaac Gym runs unedited.

``install()`` makes ``import isaacgym`` find it; ``gymctl isaacgym SCRIPT.py`` does so for a script.
"""

from gymctl.isaacgym.importing import install

__all__ = ["install"]
