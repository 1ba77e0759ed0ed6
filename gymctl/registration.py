"""Our tasks in Gymnasium's registry. Imports Gymnasium only once someone else does."""

import re
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

_ADAPTERS = "gymctl.envs.gymnasium"


def register_with_gymnasium() -> None:
    """Registers every task as ``gymctl/<name>-v0``, at once or as soon as Gymnasium is imported.

    Gymnasium 1.0 has given up entry points, so it takes an import of this package. That of the command line would take
    nearly twice as long if it imported Gymnasium for this.
    """
    if "gymnasium" in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _AfterGymnasium())


class _AfterGymnasium(MetaPathFinder):
    """Registers at the end of Gymnasium's import."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "gymnasium":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: ModuleType) -> None:
                execute(module)
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
