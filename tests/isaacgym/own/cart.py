"""A cart that is to stand at the middle of its rail."""

import os

import torch
from isaacgym import gymapi, gymtorch
from vec_task import VecTask

URDF = """<robot name="cart">
  <link name="rail"><collision><geometry><box size="4 0.1 0.1"/></geometry></collision></link>
  <link name="cart"><collision><geometry><box size="0.4 0.2 0.2"/></geometry></collision>
    <inertial><mass value="2"/></inertial></link>
  <joint name="slide" type="prismatic"><parent link="rail"/><child link="cart"/><axis xyz="1 0 0"/>
    <limit lower="-2" upper="2" effort="100" velocity="50"/></joint>
</robot>"""


class Cart(VecTask):
    def create_envs(self):
        folder = self.cfg["env"]["asset"]["assetRoot"]
        with open(os.path.join(folder, "cart.urdf"), "w") as file:
            file.write(URDF)
        options = gymapi.AssetOptions()
        options.fix_base_link = True
        asset = self.gym.load_asset(self.sim, folder, "cart.urdf", options)
        for i in range(self.num_envs):
            env = self.gym.create_env(self.sim, gymapi.Vec3(-2, -2, 0), gymapi.Vec3(2, 2, 2), 8)
            pose = gymapi.Transform()
            pose.p.z = 1.0
            actor = self.gym.create_actor(env, asset, pose, "cart", i, 1, 0)
            props = self.gym.get_actor_dof_properties(env, actor)
            props["driveMode"].fill(gymapi.DOF_MODE_EFFORT)
            self.gym.set_actor_dof_properties(env, actor, props)

    def acquire_tensors(self):
        self.dof_state = gymtorch.wrap_tensor(self.gym.acquire_dof_state_tensor(self.sim))

    def pre_physics_step(self, actions):
        self.gym.set_dof_actuation_force_tensor(self.sim, gymtorch.unwrap_tensor((20.0 * actions).contiguous()))

    def reset_idx(self, env_ids):
        self.dof_state[env_ids, 0] = 2.0 * torch.rand(len(env_ids)) - 1.0
        self.dof_state[env_ids, 1] = 0.0
        indices = gymtorch.unwrap_tensor(env_ids.to(torch.int32))
        self.gym.set_dof_state_tensor_indexed(self.sim, gymtorch.unwrap_tensor(self.dof_state), indices, len(env_ids))
        self.progress_buf[env_ids] = 0
        self.reset_buf[env_ids] = 0

    def compute_observations(self):
        self.gym.refresh_dof_state_tensor(self.sim)
        self.obs_buf[:] = self.dof_state

    def compute_reward(self):
        self.rew_buf[:] = 1.0 - self.obs_buf[:, 0].abs() - 0.1 * self.obs_buf[:, 1].abs()
        self.reset_buf[:] = (self.progress_buf >= self.max_episode_length - 1).long()
