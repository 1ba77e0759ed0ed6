"""Domain randomisation as IsaacGymEnvs' tasks do it: maps of setters and getters, random samples, buckets."""

import bisect
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gymctl.isaacgym.options import SimParams
from gymctl.isaacgym.values import Vec3

_KINDS = {
    "dof_properties": "actor_dof_properties",
    "tendon_properties": "actor_tendon_properties",
    "rigid_body_properties": "actor_rigid_body_properties",
    "rigid_shape_properties": "actor_rigid_shape_properties",
    "sim_params": "sim_params",
}


def get_property_setter_map(gym: Any) -> dict[str, Callable[..., Any]]:
    """For each kind of property, the call that sets it."""
    return {kind: getattr(gym, f"set_{name}") for kind, name in _KINDS.items()}


def get_property_getter_map(gym: Any) -> dict[str, Callable[..., Any]]:
    """For each kind of property, the call that reads it."""
    return {kind: getattr(gym, f"get_{name}") for kind, name in _KINDS.items()}


def get_default_setter_args(gym: Any) -> dict[str, list[Any]]:
    """For each kind of property, what its setter takes last: of bodies, that their inertia follows their mass."""
    return {kind: [True] if kind == "rigid_body_properties" else [] for kind in _KINDS}


def generate_random_samples(
    attr_randomization_params: Mapping[str, Any],
    shape: Any,
    curr_gym_step_count: int,
    extern_sample: Any = None,
) -> Any:
    """Draws from NumPy's global generator, weakened as the schedule says.

    Args:
        attr_randomization_params: ``range`` (bounds; of ``gaussian``, mean and standard deviation), ``distribution``
            (``uniform``, ``loguniform``, ``gaussian``), ``operation`` (``additive``, ``scaling``), and optionally
            ``schedule`` (``linear``, ``constant``) with ``schedule_steps``.
        shape: Of the samples.
        curr_gym_step_count: How many steps were simulated.
        extern_sample: Taken instead of drawing.

    Raises:
        ValueError: The distribution is unknown.
    """
    low, high = attr_randomization_params["range"]
    strength = _strength(attr_randomization_params, curr_gym_step_count)
    neutral = 1.0 if attr_randomization_params["operation"] == "scaling" else 0.0
    if extern_sample is not None:
        return extern_sample * strength + neutral * (1.0 - strength)
    distribution = attr_randomization_params["distribution"]
    if distribution == "gaussian":
        return np.random.normal(low * strength + neutral * (1.0 - strength), high * strength, shape)
    low, high = (bound * strength + neutral * (1.0 - strength) for bound in (low, high))
    if distribution == "uniform":
        return np.random.uniform(low, high, shape)
    if distribution == "loguniform":
        return np.exp(np.random.uniform(math.log(low), math.log(high), shape))
    raise ValueError(f"there is no distribution {distribution!r}; use uniform, loguniform or gaussian")


def get_bucketed_val(new_prop_val: Any, attr_randomization_params: Mapping[str, Any]) -> float:
    """The lower bound of the bucket that a value falls into.

    Args:
        new_prop_val: The value.
        attr_randomization_params: ``num_buckets`` equal ones span ``range``, of ``gaussian`` two standard deviations
            to both sides.
    """
    low, high = attr_randomization_params["range"]
    if attr_randomization_params["distribution"] == "gaussian":
        low, high = low - 2.0 * math.sqrt(high), low + 2.0 * math.sqrt(high)
    buckets = np.linspace(low, high, attr_randomization_params["num_buckets"], endpoint=False)
    return float(buckets[max(bisect.bisect(buckets, float(np.squeeze(new_prop_val))) - 1, 0)])


def apply_random_samples(
    prop: Any,
    og_prop: Any,
    attr: str,
    attr_randomization_params: Mapping[str, Any],
    curr_gym_step_count: int,
    extern_sample: Any = None,
    bucketing_randomization_params: Mapping[str, Any] | None = None,
) -> None:
    """Changes one attribute of a property: the original, times or plus random samples.

    Args:
        prop: What is changed: settings of the simulation, an array of DOF properties, or an object.
        og_prop: The original values by name.
        attr: Which attribute.
        attr_randomization_params: As in ``generate_random_samples``; with ``num_buckets``, an object's value is
            rounded to one of so many.
        curr_gym_step_count: How many steps were simulated.
        extern_sample: Taken instead of drawing.
        bucketing_randomization_params: The buckets, if they are others.
    """
    scaling = attr_randomization_params["operation"] == "scaling"

    def changed(value: Any, sample: Any) -> Any:
        return value * sample if scaling else value + sample

    def samples(shape: Any) -> Any:
        return generate_random_samples(attr_randomization_params, shape, curr_gym_step_count, extern_sample)

    original = og_prop[attr]
    if isinstance(prop, SimParams):
        if attr == "gravity":
            drawn = samples(3)
            prop.gravity = Vec3(*(changed(getattr(original, axis), drawn[i]) for i, axis in enumerate("xyz")))
        else:
            setattr(prop, attr, changed(original, samples(1)))
    elif isinstance(prop, np.ndarray):
        prop[attr] = changed(original, samples(prop[attr].shape))
    else:
        value = changed(original, samples(1))
        if attr_randomization_params.get("num_buckets", 0) > 0:
            value = get_bucketed_val(value, bucketing_randomization_params or attr_randomization_params)
        setattr(prop, attr, value)


def check_buckets(gym: Any, envs: Any, dr_params: Any) -> None:
    """Does nothing: MuJoCo has no limit on how many materials there are."""


def _strength(params: Mapping[str, Any], step: int) -> float:
    schedule = params.get("schedule")
    if schedule == "linear":
        return min(step, params["schedule_steps"]) / params["schedule_steps"]
    if schedule == "constant":
        return float(step >= params["schedule_steps"])
    return 1.0
