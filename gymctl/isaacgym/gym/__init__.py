"""The simulation behind ``gymapi``."""


class Gym:
    """The calls on a simulation."""


class Sim:
    """A simulation."""


class Env:
    """An env of a simulation."""


class Asset:
    """A loaded file."""


class Viewer:
    """A window."""


_gym = Gym()


def acquire_gym(*_args: object, **_kwargs: object) -> Gym:
    """The one ``Gym`` of this process."""
    return _gym
