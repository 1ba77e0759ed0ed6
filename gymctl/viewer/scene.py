"""The 3D scene in the browser: robots, ground, lines, pointer and camera, updated in every frame."""

from collections.abc import Mapping, Sequence

import numpy as np
import viser

from gymctl.policies.motion import ACTUAL, COMMANDED, Motion
from gymctl.viewer import meshes
from gymctl.viewer.ground import HeightFields, add_planes
from gymctl.viewer.poses import Kinematics, Poses
from gymctl.viewer.shapes import Copies, find_copies

_WORLD = "/world"
DIRECTION = (-0.35, -0.85, 0.45)
"""From what the camera looks at to where it is at first."""
_POINTER_COLOUR = (255, 140, 0)
_CATCHING_UP = 0.3
"""Fraction of the distance to the robot that the view moves in a frame."""
_JUMP = 3.0
"""The view jumps to a robot farther away than this, because a new episode began elsewhere [m]."""
_NARROW = 640
"""Width of the page below which viser's panel covers the lower 60 % of it [pixels]."""
_LINE_WIDTH = 2.0
"""[pixels]"""
_ARROW_WIDTH = 0.015
"""Radius of an arrow's shaft, as a multiple of the robot's size."""
_UPRIGHT = 0.7
"""A page that is narrower than this, as a multiple of its height, is a phone's, which may count two or three pixels for
one."""
_LIFT = 0.25
"""How far the camera moves down there, as a multiple of its distance."""


class Scene:
    """Draws some envs side by side, with `begin`, and then as they move, with `show`.

    Only the user moves the camera. To follow a robot, the scene moves the other way: the ground with its parent node,
    and every copy of a mesh by itself, because viser would hide copies that move with a parent.

    Args:
        server: The server whose page shows the scene.
    """

    def __init__(self, server: viser.ViserServer) -> None:
        self._server = server
        server.on_client_connect(self._stand_above_the_panel)

    def begin(self, kinematics: Kinematics, direction: Sequence[float] = DIRECTION) -> None:
        """Draws other envs than before, and takes every page's camera to them.

        Args:
            kinematics: Computes the poses of the envs to show.
            direction: From what the camera looks at to where it is.
        """
        self._server.scene.reset()
        self._size = float(np.median(kinematics.size))
        scene, model = self._server.scene, kinematics.model
        self._world = scene.add_frame(_WORLD, show_axes=False)
        at_rest, first = kinematics.at_rest(), kinematics()
        self._view = first.focus.mean(0)
        add_planes(scene, _WORLD, model, at_rest)
        self._height_fields = HeightFields(scene, _WORLD, model, at_rest)
        self._copies = [(copies, _add(scene, copies, first)) for copies in find_copies(kinematics.models)]
        self._bodies = model.geom_bodyid
        self._pointer = scene.add_mesh_simple(
            "/pointer",
            meshes.POINTER.vertices * 0.15 * self._size,
            meshes.POINTER.faces,
            color=_POINTER_COLOUR,
            cast_shadow=False,
            visible=kinematics.count > 1,
        )
        self._lines: viser.LineSegmentsHandle | None = None
        self._arrows: viser.ArrowsHandle | None = None
        spread = float(np.ptp(kinematics.offsets[:, :2], axis=0).max())
        self._distance = 1.2 * float(np.linalg.norm(kinematics.size)) + 0.8 * max(spread, 6.0 * self._size)
        self.look_from(direction)

    def look_from(self, direction: Sequence[float]) -> None:
        """Moves all cameras so that they look from a direction at what they follow."""
        camera = self._server.initial_camera
        camera.look_at = (0.0, 0.0, 0.0)
        camera.position = tuple(self._distance * np.asarray(direction) / np.linalg.norm(direction))
        camera.fov = np.radians(50.0)
        for client in self._server.get_clients().values():
            with client.atomic():
                client.camera.position, client.camera.look_at = camera.position, camera.look_at
                client.camera.fov = camera.fov
            self._stand_above_the_panel(client)

    def tint(self, tints: Mapping[tuple[int, int], tuple[float, float, float]]) -> None:
        """Gives bodies other colours than their models do; those that aren't named have these again.

        Args:
            tints: rgb from 0 to 1, by shown env and body of the model.
        """
        for copies, handle in self._copies:
            colours = copies.rgba[:, :3].copy()
            places = zip(copies.world.tolist(), self._bodies[copies.geom].tolist(), strict=True)
            for copy, place in enumerate(places):
                if place in tints:
                    colours[copy] = tints[place]
            handle.batched_colors = (255.0 * colours).clip(0.0, 255.0).astype(np.uint8)

    def draw_lines(self, ends: np.ndarray, colours: np.ndarray) -> None:
        """Replaces all lines that are drawn.

        Args:
            ends: Of the lines, where the robots are ``[L, 2, 3]`` [m].
            colours: rgb from 0 to 1 ``[L, 3]``.
        """
        points = np.ascontiguousarray(ends, np.float32)
        colors = np.repeat((255.0 * colours[:, None]).clip(0.0, 255.0).astype(np.uint8), 2, axis=1)
        if self._lines is None:
            self._lines = self._server.scene.add_line_segments(
                f"{_WORLD}/lines", points, colors, thickness=_LINE_WIDTH, thickness_units="screen"
            )
            return
        with self._server.atomic():
            self._lines.points, self._lines.colors = points, colors

    def draw_arrows(self, motion: Motion | None, offsets: np.ndarray) -> None:
        """Draws how robots are told to move, and how they do, where they are told.

        Args:
            motion: Of all shown envs; None where nothing can be told.
            offsets: Positions of their origins ``[N, 3]`` [m].
        """
        if motion is None or motion.command is None:
            return
        points = motion.arrows + offsets[:, None, None]
        points[~motion.has_arrow, 1] = points[~motion.has_arrow, 0]
        colours = (255.0 * np.array([COMMANDED, ACTUAL])).astype(np.uint8)
        points, colours = points.reshape(-1, 2, 3).astype(np.float32), np.tile(colours, (len(points), 1))
        if self._arrows is not None:
            if not np.array_equal(points, self._arrows.points):
                self._arrows.points = points
            return
        width = _ARROW_WIDTH * self._size
        self._arrows = self._server.scene.add_arrows(
            f"{_WORLD}/arrows",
            points,
            colours,
            shaft_radius=width,
            head_radius=2.5 * width,
            head_length=5.0 * width,
        )

    def show(self, poses: Poses, selected: int, follow: bool) -> None:
        """Draws the envs as they are now.

        Args:
            poses: The poses of all shown envs.
            selected: The env that the pointer marks.
            follow: Whether the view follows its robot.
        """
        target = poses.focus[selected]
        if follow:
            self._move_view(target)
        with self._server.atomic():
            self._world.position = -self._view
            for copies, handle in self._copies:  # viser sends only what has changed
                positions, handle.batched_wxyzs = poses.of(copies)
                handle.batched_positions = positions - self._view
            self._pointer.position = target - self._view + (0.0, 0.0, 0.8 * self._size)
            self._height_fields.detail(target)

    def _move_view(self, target: np.ndarray) -> None:
        if np.linalg.norm(target - self._view) > _JUMP:
            self._view = target.copy()
        self._view += _CATCHING_UP * (target - self._view)

    def _stand_above_the_panel(self, client: viser.ClientHandle) -> None:
        """On a phone, where the panel covers the lower part of the page, moves the camera down and so the robots up."""
        width, height = client.camera.image_width, client.camera.image_height
        if width < _NARROW or width < _UPRIGHT * height:
            camera = self._server.initial_camera
            position, look_at = np.array(camera.position), np.array(camera.look_at)
            ahead = look_at - position
            down = np.cross(ahead, np.cross(ahead, (0.0, 0.0, 1.0)))
            shift = _LIFT * np.linalg.norm(ahead) * down / np.linalg.norm(down)
            with client.atomic():
                client.camera.position, client.camera.look_at = position + shift, look_at + shift


def _add(scene: viser.SceneApi, copies: Copies, poses: Poses) -> viser.BatchedMeshHandle:
    positions, rotations = poses.of(copies)
    opacity = copies.rgba[:, 3]
    return scene.add_batched_meshes_simple(
        f"/{copies.name}",
        copies.mesh.vertices,
        copies.mesh.faces,
        batched_wxyzs=rotations,
        batched_positions=positions,
        batched_scales=copies.scale.astype(np.float32),
        batched_colors=copies.rgba[:, :3],
        batched_opacities=opacity if opacity.min() < 1.0 else None,
        flat_shading=copies.mesh.flat,
        lod="off",
    )
