"""Models of one structure are compiled to one layout."""

import mujoco
import pytest
import torch

from gymctl.core.errors import InputError
from gymctl.scene.layouts import compile_alike
from gymctl.sim.mujoco_engine import MujocoSimulation

MODEL = """
<mujoco>
  <compiler inertiafromgeom="{origin}"/>
  <worldbody>
    <geom type="plane" size="5 5 .1"/>
    <body name="thing" pos="0 0 .2"><freejoint/><geom type="box" size=".1 .1 .1" pos="{offset} 0 0"/></body>
    <body name="arm" pos="1 0 0"><joint/><geom type="capsule" size=".05 .2"/>
      <inertial mass="3" pos="0 0 0" diaginertia="1 1 1"/>
    </body>
  </worldbody>
</mujoco>
"""


def specs(origin):
    return [mujoco.MjSpec.from_string(MODEL.format(origin=origin, offset=offset)) for offset in (0, 0.02, -0.02)]


@pytest.mark.parametrize("origin", ["auto", "true"])
def test_a_free_body_may_have_its_mass_at_its_origin_in_some_models_only(origin):
    separate = [spec.compile() for spec in specs(origin)]
    with pytest.raises(InputError, match="nC differs"):
        MujocoSimulation(separate, 3, kinds=[0, 1, 2])
    models = compile_alike(specs(origin))
    for one, other in zip(models, separate, strict=True):
        for name in ("body_mass", "body_inertia", "body_ipos", "body_iquat"):
            torch.testing.assert_close(*(torch.from_numpy(getattr(m, name)) for m in (one, other)), atol=2e-6, rtol=0)
    together = MujocoSimulation(models, 3, kinds=[0, 1, 2])
    for _ in range(50):
        together.step()
    alone = MujocoSimulation(separate[0], 1)
    for _ in range(50):
        alone.step()
    torch.testing.assert_close(together.qpos[0], alone.qpos[0], atol=1e-4, rtol=0)


def test_models_that_are_alike_stay_as_they_are():
    first, second = compile_alike(specs("auto")[1:])
    assert first.body("thing").ipos.tolist() == [0.02, 0, 0]
    assert second.body("thing").ipos.tolist() == [-0.02, 0, 0]


def test_models_of_other_structure_are_left_to_the_simulation_to_refuse():
    other = mujoco.MjSpec.from_string("<mujoco><worldbody><geom size='.1'/></worldbody></mujoco>")
    models = compile_alike([specs("auto")[0], other])
    with pytest.raises(InputError, match="nq differs"):
        MujocoSimulation(models, 2, kinds=[0, 1])
