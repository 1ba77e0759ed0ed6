"""Registration of the tasks with Gymnasium, under ``gymctl/<name>-v0``.

Since version 1.0 Gymnasium knows the envs of another package only after that package was imported. So ``import gymctl``
has to register them. The plain way would be to import Gymnasium there, but that takes 90 ms, about as long as all the
rest of ``gymctl --help``. So if nobody has imported Gymnasium yet, `register_with_gymnasium` leaves a finder in
``sys.meta_path``: it registers the tasks at the end of Gymnasium's import, whoever imports it, and removes itself.
"""

import re
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_ADAPTERS = "gymctl.envs.gymnasium"


def register_with_gymnasium() -> None:
    """Registers every task, at once if Gymnasium is imported already, else as soon as it is."""
    if "gymnasium" in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _GymnasiumFinder())


class _GymnasiumFinder(MetaPathFinder):
    """Finds Gymnasium as the other finders do, and adds the registration to the end of its import."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "gymnasium":
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        spec = next(filter(None, (finder.find_spec(fullname, path, target) for finder in others)), None)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: ModuleType) -> None:
                execute(module)
                if self in sys.meta_path:
                    sys.meta_path.remove(self)
                    _register()

            spec.loader.exec_module = execute_and_register
        return spec


def _register() -> None:
    from gymnasium.envs.registration import register, registry

    from gymctl.config.catalogue import task_names

    for name in task_names():
        env_id = f"gymctl/{name}-v0"
        if re.fullmatch(r"[\w.-]+", name) and env_id not in registry:
            register(
                env_id,
                entry_point=f"{_ADAPTERS}:TaskEnv",
                vector_entry_point=f"{_ADAPTERS}:TaskVectorEnv",
                kwargs={"task": name},
            )
