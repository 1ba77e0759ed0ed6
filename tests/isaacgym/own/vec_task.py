"""A base of tasks in Isaac Gym's style, as people write them; it knows nothing of gymctl."""

import torch
from isaacgym import gymapi


class VecTask:
    def __init__(self, cfg, rl_device, sim_device, graphics_device_id, headless):
        self.cfg = cfg
        self.device = "cpu"
        self.rl_device = rl_device
        self.num_envs = cfg["env"]["numEnvs"]
        self.num_obs = cfg["env"]["numObservations"]
        self.num_actions = cfg["env"]["numActions"]
        self.max_episode_length = cfg["env"]["episodeLength"]
        self.gym = gymapi.acquire_gym()
        params = gymapi.SimParams()
        params.dt = cfg["sim"]["dt"]
        params.substeps = cfg["sim"]["substeps"]
        params.up_axis = gymapi.UP_AXIS_Z
        params.gravity = gymapi.Vec3(*cfg["sim"]["gravity"])
        params.use_gpu_pipeline = cfg["sim"]["use_gpu_pipeline"]
        self.sim = self.gym.create_sim(0, graphics_device_id, gymapi.SIM_PHYSX, params)
        self.create_envs()
        self.gym.prepare_sim(self.sim)
        self.obs_buf = torch.zeros(self.num_envs, self.num_obs)
        self.rew_buf = torch.zeros(self.num_envs)
        self.reset_buf = torch.ones(self.num_envs, dtype=torch.long)
        self.progress_buf = torch.zeros(self.num_envs, dtype=torch.long)
        self.acquire_tensors()

    def step(self, actions):
        self.pre_physics_step(actions.clamp(-1.0, 1.0))
        self.gym.simulate(self.sim)
        self.gym.fetch_results(self.sim, True)
        self.progress_buf += 1
        self.post_physics_step()
        time_outs = self.progress_buf >= self.max_episode_length - 1
        return {"obs": self.obs_buf.clone()}, self.rew_buf, self.reset_buf, {"time_outs": time_outs}

    def reset(self):
        return {"obs": self.obs_buf.clone()}

    def post_physics_step(self):
        ended = self.reset_buf.nonzero().flatten()
        if len(ended):
            self.reset_idx(ended)
        self.compute_observations()
        self.compute_reward()
