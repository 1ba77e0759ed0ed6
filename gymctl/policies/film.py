"""A film of several policies at once, each in a tile of its own, with the name of its task."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import mujoco
import numpy as np
import torch

from gymctl.core.files import atomic_write
from gymctl.envs.factory import resolve_backend
from gymctl.envs.vec_env import VecEnv
from gymctl.policies.find import PolicySource
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import open_policy
from gymctl.policies.policy import Policy
from gymctl.rendering.canvas import tiles
from gymctl.rendering.renderer import Renderer
from gymctl.rendering.settings import Timing, VideoSettings
from gymctl.rendering.writers import open_writer

_FPS = {".mp4": 30.0, ".gif": 20.0}
_SECONDS = {".mp4": 8.0, ".gif": 4.0}


def film_policies(
    sources: Sequence[PolicySource],
    settings: VideoSettings,
    graphics: str,
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Films the first env of each policy, with its mean actions. The file is written whole or not at all.

    Args:
        sources: The policies, and the configs to play them in.
        settings: What the video should be like.
        graphics: The OpenGL to use; see `gymctl.rendering.graphics.choose`.
        on_frame: Told after every frame how many there are so far, and how many there will be.

    Returns:
        The video's path, frames, fps, seconds, size and number of envs.

    Raises:
        InputError: A policy can't be played, or the picture is too large for this OpenGL.
    """
    settings = replace(
        settings,
        fps=settings.fps or _FPS[settings.kind],
        seconds=settings.seconds or _SECONDS[settings.kind],
        envs=len(sources),
    )
    width, height = settings.size
    picture = np.zeros((height, width, 3), np.uint8)
    with ExitStack() as stack:
        parts = zip(sources, tiles(len(sources), width, height), strict=True)
        actors = [stack.enter_context(_acting(source, tile, settings, graphics)) for source, tile in parts]
        timing = actors[0].timing
        writer = open_writer(stack.enter_context(atomic_write(settings.path)), settings.kind, settings.size, timing.fps)
        for frame in range(timing.frames):
            for actor in actors:
                actor.draw(frame, picture)
            writer.write(picture)
            on_frame(frame + 1, timing.frames)
        writer.close()
    return {
        "path": str(settings.path),
        "frames": timing.frames,
        "fps": round(float(timing.fps), 3),
        "seconds": round(float(timing.frames / timing.fps), 3),
        "size": list(settings.size),
        "envs": settings.envs,
    }


class _Actor:
    """A policy in its env, and its tile of the picture."""

    def __init__(self, env: VecEnv, policy: Policy, renderer: Renderer, tile: mujoco.MjrRect, timing: Timing) -> None:
        self.timing = timing
        self._env, self._policy, self._renderer, self._tile = env, policy, renderer, tile
        self._observations, self._done = env.reset()["obs"], None
        self._step = 0

    @torch.no_grad()
    def draw(self, frame: int, picture: np.ndarray) -> None:
        """Plays on to a frame, and draws it into the picture ``[height, width, 3]``."""
        steps = self.timing.step_of(frame) - self._step
        for _ in range(steps):
            observations, _, self._done, _ = self._env.step(self._policy.act(self._observations, self._done))
            self._observations = observations["obs"]
        self._step += steps
        running = bool(self._env.episode_steps[0] >= max(steps, 1))
        tile, bottom = self._tile, picture.shape[0] - self._tile.bottom
        picture[bottom - tile.height : bottom, tile.left : tile.left + tile.width] = self._renderer.draw_tiled(
            steps * self._env.control_dt, [running]
        )


@contextmanager
def _acting(source: PolicySource, tile: mujoco.MjrRect, settings: VideoSettings, graphics: str) -> Iterator[_Actor]:
    with open_policy(source, ActionMode("mean"), resolve_backend(source.config)) as (env, policy):
        renderer = Renderer(env.sim, 1, tile.width, tile.height, graphics, source.task)
        try:
            yield _Actor(env, policy, renderer, tile, Timing.of(settings, env.control_dt, env.max_episode_length))
        finally:
            renderer.close()
