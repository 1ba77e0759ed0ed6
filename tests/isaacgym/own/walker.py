"""A body on two legs, on steps, with a box to push: several actors, terrain, contacts and randomised properties."""

import os

import numpy as np
import torch
from isaacgym import gymapi, gymtorch
from isaacgym.terrain_utils import SubTerrain, convert_heightfield_to_trimesh, stairs_terrain
from isaacgym.torch_utils import quat_rotate_inverse
from vec_task import VecTask

LEG = """
  <link name="{side}_thigh"><collision><origin xyz="0 0 -0.15"/><geometry><capsule radius="0.04" length="0.2"/></geometry>
    </collision><inertial><origin xyz="0 0 -0.15"/><mass value="1"/>
    <inertia ixx="0.01" iyy="0.01" izz="0.002" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <link name="{side}_foot"><collision><geometry><sphere radius="0.06"/></geometry></collision>
    <inertial><mass value="0.3"/><inertia ixx="0.001" iyy="0.001" izz="0.001" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <joint name="{side}_hip" type="revolute"><parent link="base"/><child link="{side}_thigh"/><origin xyz="0 {y} -0.1"/>
    <axis xyz="0 1 0"/><limit lower="-1" upper="1" effort="40" velocity="20"/></joint>
  <joint name="{side}_ankle" type="fixed" dont_collapse="true"><parent link="{side}_thigh"/><child link="{side}_foot"/>
    <origin xyz="0 0 -0.3"/></joint>"""
URDF = f"""<robot name="walker">
  <link name="base"><collision><geometry><box size="0.2 0.3 0.2"/></geometry></collision>
    <inertial><mass value="4"/><inertia ixx="0.05" iyy="0.05" izz="0.05" ixy="0" ixz="0" iyz="0"/></inertial></link>
  {LEG.format(side="left", y=0.15)}{LEG.format(side="right", y=-0.15)}
</robot>"""


class Walker(VecTask):
    def create_envs(self):
        terrain = SubTerrain("steps", 40, 40, 0.005, 0.25)
        stairs_terrain(terrain, step_width=1.0, step_height=0.05)
        vertices, triangles = convert_heightfield_to_trimesh(terrain.height_field_raw, 0.25, 0.005, 1.5)
        params = gymapi.TriangleMeshParams()
        params.nb_vertices, params.nb_triangles = vertices.shape[0], triangles.shape[0]
        params.static_friction = params.dynamic_friction = 1.0
        self.gym.add_triangle_mesh(self.sim, vertices.flatten(), triangles.flatten(), params)
        folder = self.cfg["env"]["asset"]["assetRoot"]
        with open(os.path.join(folder, "walker.urdf"), "w") as file:
            file.write(URDF)
        options = gymapi.AssetOptions()
        options.collapse_fixed_joints = True
        options.default_dof_drive_mode = gymapi.DOF_MODE_POS
        robot = self.gym.load_asset(self.sim, folder, "walker.urdf", options)
        box = self.gym.create_box(self.sim, 0.2, 0.2, 0.2, gymapi.AssetOptions())
        self.feet = [self.gym.find_asset_rigid_body_index(robot, f"{side}_foot") for side in ("left", "right")]
        shapes = self.gym.get_asset_rigid_shape_properties(robot)
        for i in range(self.num_envs):
            env = self.gym.create_env(self.sim, gymapi.Vec3(), gymapi.Vec3(), 8)
            for shape in shapes:
                shape.friction = np.random.uniform(0.5, 1.25)
            self.gym.set_asset_rigid_shape_properties(robot, shapes)
            pose = gymapi.Transform(gymapi.Vec3(2.0, 5.0, 0.8), gymapi.Quat(0, 0, 0, 1))
            actor = self.gym.create_actor(env, robot, pose, "walker", i, 0, 0)
            props = self.gym.get_actor_dof_properties(env, actor)
            props["stiffness"].fill(60.0)
            props["damping"].fill(2.0)
            self.gym.set_actor_dof_properties(env, actor, props)
            bodies = self.gym.get_actor_rigid_body_properties(env, actor)
            bodies[0].mass += np.random.uniform(0.0, 1.0)
            self.gym.set_actor_rigid_body_properties(env, actor, bodies, recomputeInertia=True)
            pose.p.x = 4.0
            self.gym.create_actor(env, box, pose, "box", i, 0, 0)

    def acquire_tensors(self):
        wrap, n = gymtorch.wrap_tensor, self.num_envs
        self.roots = wrap(self.gym.acquire_actor_root_state_tensor(self.sim)).view(n, 2, 13)
        self.dof_state = wrap(self.gym.acquire_dof_state_tensor(self.sim)).view(n, 2, 2)
        self.contacts = wrap(self.gym.acquire_net_contact_force_tensor(self.sim)).view(n, -1, 3)
        self.gym.refresh_actor_root_state_tensor(self.sim)
        self.start = self.roots.clone()
        self.actor_ids = torch.arange(2 * n, dtype=torch.int32).view(n, 2)

    def pre_physics_step(self, actions):
        self.gym.set_dof_position_target_tensor(self.sim, gymtorch.unwrap_tensor((0.5 * actions).contiguous()))

    def reset_idx(self, env_ids):
        self.roots[env_ids] = self.start[env_ids]
        self.dof_state[env_ids] = 0.0
        ids = self.actor_ids[env_ids].flatten()
        self.gym.set_actor_root_state_tensor_indexed(
            self.sim, gymtorch.unwrap_tensor(self.roots), gymtorch.unwrap_tensor(ids), len(ids)
        )
        ids = self.actor_ids[env_ids, 0].contiguous()
        self.gym.set_dof_state_tensor_indexed(
            self.sim, gymtorch.unwrap_tensor(self.dof_state), gymtorch.unwrap_tensor(ids), len(ids)
        )
        self.progress_buf[env_ids] = 0
        self.reset_buf[env_ids] = 0

    def compute_observations(self):
        self.gym.refresh_actor_root_state_tensor(self.sim)
        self.gym.refresh_dof_state_tensor(self.sim)
        self.gym.refresh_net_contact_force_tensor(self.sim)
        robot, down = self.roots[:, 0], torch.tensor([[0.0, 0.0, -1.0]]).expand(self.num_envs, 3)
        self.obs_buf[:] = torch.cat(
            (
                robot[:, 2:3],
                quat_rotate_inverse(robot[:, 3:7], down),
                robot[:, 7:10],
                self.dof_state.flatten(1),
                (self.contacts[:, self.feet, 2] > 1.0).float(),
            ),
            dim=1,
        )

    def compute_reward(self):
        fallen = self.obs_buf[:, 3] > -0.5
        self.rew_buf[:] = torch.where(fallen, torch.tensor(-1.0), 1.0 + self.obs_buf[:, 4].clamp(-1.0, 1.0))
        self.reset_buf[:] = (fallen | (self.progress_buf >= self.max_episode_length - 1)).long()
