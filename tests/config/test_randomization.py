"""Domain randomisation in the config."""

import pytest

from gymctl.config import compose
from gymctl.config.randomization import Draw, parse
from gymctl.core.errors import InputError

PARAMS = "task.task.randomization_params"
DAMPING = f"{PARAMS}.actor_params.ant.dof_properties.damping"
DRAW = "{range: [0.5, 1.5], operation: scaling, distribution: uniform}"


def composed(*overrides, **kwargs):
    return compose("Ant", overrides=["task.task.randomize=True", *overrides], **kwargs)


def test_the_parameters_are_read_with_their_defaults():
    read = parse(composed(f"+{PARAMS}.observations.range_correlated=[0, 0.001]").tree)
    assert read.frequency == 600
    assert read.observations.white == Draw((0, 0.002), "gaussian", "additive")
    assert read.observations.correlated == Draw((0, 0.001), "gaussian", "additive")
    assert read.actions.correlated is None
    assert read.gravity is None
    assert read.actors["ant"]["rigid_body_properties.mass"].setup_only
    assert set(read.actors["ant"]) == {
        "rigid_body_properties.mass",
        *(f"dof_properties.{name}" for name in ("damping", "stiffness", "lower", "upper")),
    }


@pytest.mark.parametrize(
    ("override", "told"),
    [
        (f"{PARAMS}=3", "section"),
        (f"{PARAMS}.frequency=0", "at least 1"),
        (f"{PARAMS}.frequency=2.5", "integer"),
        (f"+{PARAMS}.frequenzy=3", "did you mean 'task.task.randomization_params.frequency'"),
        (f"{PARAMS}.observations=3", "section"),
        (f"{PARAMS}.observations.distribution=loguniform", "gaussian, uniform"),
        (f"{PARAMS}.observations.range=[0, -0.1]", "standard deviation of at least 0"),
        (f"+{PARAMS}.observations.range_correlated=[0, -0.1]", "range_correlated can't be"),
        (f"+{PARAMS}.observations.schedule=linear", "schedule_steps is missing"),
        (f"+{PARAMS}.observations.schedule=cosine", "linear, constant"),
        (f"+{PARAMS}.actions={{schedule: linear, schedule_steps: 0}}", "at least 1"),
        (f"+{PARAMS}.sim_params={{rest_offset: {DRAW}}}", "what can be randomised there is gravity"),
        (f"+{PARAMS}.sim_params={{gravity: {{range: [0, 1]}}}}", "gravity.distribution is missing"),
        (f"{PARAMS}.actor_params=3", "section"),
        (f"{PARAMS}.actor_params.ant=3", "section"),
        (f"+{PARAMS}.actor_params.ant.dof_propertys={{damping: {DRAW}}}", "dof_properties"),
        (f"+{PARAMS}.actor_params.ant.dof_properties.velocity={DRAW}", "stiffness, damping, lower"),
        (f"+{PARAMS}.actor_params.ant.dof_properties.effort={{range: [1, 2]}}", "effort.distribution is missing"),
        (f"+{PARAMS}.actor_params.ant.scale={DRAW}", "scale.setup_only=True"),
        (f"+{PARAMS}.actor_params.ant.rigid_body_properties.inertia={DRAW}", "mass"),
        (
            f"+{PARAMS}.actor_params.ant.rigid_shape_properties.restitution"
            "={range: [0, 0.5], operation: additive, distribution: uniform}",
            "one of scaling",
        ),
        (f"{DAMPING}.range=[1.5, 0.5]", "lower bound first"),
        (f"{DAMPING}.range=0.5", "two finite numbers"),
        (f"{DAMPING}.range=[0.5, 1, 1.5]", "two finite numbers"),
        (f"{DAMPING}.range=[0.5, .inf]", "two finite numbers"),
        (f"{DAMPING}={{distribution: loguniform, range: [0, 1]}}", "two numbers above 0"),
        (f"{DAMPING}.distribution=normal", "uniform, loguniform, gaussian"),
        (f"{DAMPING}.operation=multiply", "additive, scaling"),
        (f"+{DAMPING}.setup_only=1", "True or False"),
    ],
)
def test_what_can_not_be_drawn_is_refused_with_what_can(override, told):
    with pytest.raises(InputError) as error:
        composed(override)
    assert told in f"{error.value.what}; {error.value.fix}"


def test_parameters_are_left_alone_while_randomisation_is_off():
    config = compose("Ant", overrides=[f"{DAMPING}.range=[1.5, 0.5]", f"+{PARAMS}.adr={{queue: 256}}"]).tree
    assert config["task"]["task"]["randomization_params"]["adr"] == {"queue": 256}


def test_randomisation_without_parameters_is_refused():
    with pytest.raises(InputError, match="there is no section task"):
        compose("Cartpole", overrides=["task.task.randomize=True"])


def test_what_has_no_effect_is_said_in_one_line():
    friction = "{num_buckets: 250, range: [0.7, 1.3], operation: scaling, distribution: uniform}"
    restitution = "{range: [0, 0.7], operation: scaling, distribution: uniform}"
    shapes = f"+{PARAMS}.actor_params.ant.rigid_shape_properties={{friction: {friction}, restitution: {restitution}}}"
    notes = composed(shapes).notes
    assert notes == ("domain randomisation without effect in MuJoCo: color, num_buckets, restitution",)
    assert not any("MuJoCo" in note for note in compose("Ant", overrides=[shapes]).notes)


def test_a_schedule_that_begins_after_the_only_draw_is_told():
    mass = f"+{PARAMS}.actor_params.ant.rigid_body_properties.mass"
    notes = composed(f"{PARAMS}.actor_params.ant.color=False", f"{mass}.schedule=linear", f"{mass}.schedule_steps=9")
    assert list(notes.notes) == [
        "ant's rigid_body_properties.mass is drawn once, before its schedule has begun, and so stays as it is"
    ]
