"""Makes the contract of a policy from what its task tells, if that can be had; an export needs no simulator."""

from typing import NamedTuple

from gymctl.config.config import Config
from gymctl.core.errors import GymctlError, InputError
from gymctl.policies.export.actor import Clips

_WITHOUT = "the file has no contract"


class Told(NamedTuple):
    """A contract, or why there is none."""

    contract: str | None
    """JSON; see `gymctl.policies.export.contract`."""
    problem: InputError | None


def tell(config: Config, bounds: Clips, sizes: tuple[int, int], checkpoint_sha256: str) -> Told:
    """Asks the task of a policy, and writes the contract. The task's model is compiled, nothing is simulated.

    Args:
        config: The composed config.
        bounds: What observations and actions are clamped to.
        sizes: Of the policy: observations and actions.
        checkpoint_sha256: The checkpoint's hash.
    """
    try:
        return Told(_make(config, bounds, sizes, checkpoint_sha256), None)
    except ImportError as error:
        return Told(None, InputError(f"{_WITHOUT}: {error}", "install MuJoCo: pip install mujoco"))
    except GymctlError as error:
        return Told(None, InputError(f"{_WITHOUT}: {error.what}", error.fix))


def _make(config: Config, bounds: Clips, sizes: tuple[int, int], checkpoint_sha256: str) -> str:
    from gymctl.policies.export.contract import make_contract  # these import MuJoCo
    from gymctl.tasks import registry
    from gymctl.tasks.describing import HOW, describe_task

    name = config.task.name
    description, model = describe_task(config)
    if description is None or model is None:
        raise InputError(f"the task {name} doesn't say what its observations and actions are", HOW)
    own = registry.sizes(config.task)
    if sizes != own:
        raise InputError(
            f"the policy has {sizes[0]} observations and {sizes[1]} actions, {name} has {own[0]} and {own[1]}",
            "export it with the config that it was trained with",
        )
    return make_contract(config, description, model, bounds, registry.version(name), checkpoint_sha256)
