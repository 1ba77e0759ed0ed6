"""Objects of one shape have the mass and the inertia of their closed forms."""

import math

import mujoco
import numpy as np
import pytest

from gymctl.core.errors import InputError
from gymctl.scene.assets.asset import ImportOptions
from gymctl.scene.assets.shapes import make_box, make_capsule, make_sphere

DENSITY = 700.0
OPTIONS = ImportOptions(density=DENSITY)


def body_of(asset):
    """Mass [kg], centre of mass [m] and inertia in the body's axes [kg m^2] of the only body."""
    model = asset.spec.compile()
    axes = np.zeros(9)
    mujoco.mju_quat2Mat(axes, model.body_iquat[1])
    axes = axes.reshape(3, 3)
    return model.body_mass[1], model.body_ipos[1], axes * model.body_inertia[1] @ axes.T


def test_a_box():
    x, y, z = 0.2, 0.5, 1.1
    mass, centre, inertia = body_of(make_box(x, y, z, OPTIONS))
    assert mass == pytest.approx(DENSITY * x * y * z)
    np.testing.assert_allclose(centre, 0.0, atol=1e-12)
    expected = mass / 12 * np.diag([y**2 + z**2, x**2 + z**2, x**2 + y**2])
    np.testing.assert_allclose(inertia, expected, rtol=1e-9, atol=1e-9)


def test_a_sphere():
    radius = 0.3
    mass, centre, inertia = body_of(make_sphere(radius, OPTIONS))
    assert mass == pytest.approx(DENSITY * 4 / 3 * math.pi * radius**3)
    np.testing.assert_allclose(centre, 0.0, atol=1e-12)
    np.testing.assert_allclose(inertia, 0.4 * mass * radius**2 * np.eye(3), rtol=1e-9, atol=1e-9)


def test_a_capsule_lies_along_x():
    radius, length = 0.2, 0.9
    mass, centre, inertia = body_of(make_capsule(radius, length, OPTIONS))
    cylinder, ball = DENSITY * math.pi * radius**2 * length, DENSITY * 4 / 3 * math.pi * radius**3
    assert mass == pytest.approx(cylinder + ball)
    np.testing.assert_allclose(centre, 0.0, atol=1e-12)
    along = cylinder * radius**2 / 2 + ball * 0.4 * radius**2
    arm = length / 2 + 3 / 8 * radius  # of a half ball's centre of mass
    across = cylinder * (radius**2 / 4 + length**2 / 12) + ball * (83 / 320 * radius**2 + arm**2)
    np.testing.assert_allclose(inertia, np.diag([along, across, across]), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("asset", "reach"),
    [
        (make_box(0.2, 0.5, 1.1, OPTIONS), (0.1, 0.25, 0.55)),
        (make_sphere(0.3, OPTIONS), (0.3, 0.3, 0.3)),
        (make_capsule(0.2, 0.9, OPTIONS), (0.65, 0.2, 0.2)),
    ],
    ids=["box", "sphere", "capsule"],
)
def test_a_shape_reaches_as_far_as_it_says(asset, reach):
    model = asset.spec.compile()
    data, hit = mujoco.MjData(model), np.zeros(1, np.int32)
    mujoco.mj_forward(model, data)
    for axis, length in enumerate(reach):
        start = np.zeros(3)
        start[axis] = 5.0
        distance = mujoco.mj_ray(model, data, start, -np.eye(3)[axis], None, 1, -1, hit)
        assert 5.0 - distance == pytest.approx(length)


@pytest.mark.parametrize("make", [lambda options: make_box(1, 1, 1, options), lambda options: make_sphere(1, options)])
@pytest.mark.parametrize(("without_gravity", "velocity"), [(False, -9.81), (True, 0.0)])
def test_gravity_can_be_left_out(make, without_gravity, velocity):
    spec = make(ImportOptions(disable_gravity=without_gravity)).spec
    spec.worldbody.bodies[0].add_freejoint()
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, round(1.0 / model.opt.timestep))
    assert data.qvel[2] == pytest.approx(velocity, abs=1e-9)


def test_a_shape_is_an_asset_of_one_link_and_no_dofs():
    asset = make_sphere(0.1, OPTIONS)
    assert [(link.name, link.parent) for link in asset.links] == [("sphere", -1)]
    assert [(shape.geom, shape.link) for shape in asset.shapes] == [("sphere", 0)]
    assert (asset.name, asset.dofs.names, asset.joints, asset.notes) == ("sphere", (), [], [])


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda size: make_box(1.0, size, 1.0, OPTIONS), "box"),
        (lambda size: make_sphere(size, OPTIONS), "sphere"),
        (lambda size: make_capsule(size, 1.0, OPTIONS), "capsule"),
        (lambda size: make_capsule(0.1, size, OPTIONS), "capsule"),
    ],
)
def test_a_size_that_no_shape_has_is_refused(make, says, bad):
    with pytest.raises(InputError, match=f"a {says} of .*{bad:g}") as refused:
        make(bad)
    assert "sizes" in refused.value.fix


def test_a_shape_too_large_to_have_a_mass_is_refused():
    with pytest.raises(InputError, match="'sphere'"):
        make_sphere(1e200, OPTIONS)


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_a_density_that_nothing_has_is_refused(bad):
    with pytest.raises(InputError, match="density"):
        make_sphere(0.1, ImportOptions(density=bad))
