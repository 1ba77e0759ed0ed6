"""The choice of an OpenGL: tried out in a process of its own, and the user's own choice is kept."""

import pytest

from gymctl.core.errors import BackendError, InputError
from gymctl.rendering import graphics


def test_the_users_choice_is_taken(opengl, monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", opengl.upper())
    assert graphics.choose() == opengl


def test_rendering_can_be_switched_off(monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "off")
    with pytest.raises(BackendError, match="MUJOCO_GL=off"):
        graphics.choose()


def test_an_opengl_that_mujoco_does_not_know_is_refused(monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "vulkan")
    with pytest.raises(InputError) as refusal:
        graphics.choose()
    assert "egl, osmesa or glfw" in refusal.value.fix


def test_where_none_works_each_reason_is_told_and_what_to_install(monkeypatch):
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setenv("PYOPENGL_PLATFORM", "darwin")  # neither EGL nor OSMesa can be loaded then
    with pytest.raises(BackendError) as refusal:
        graphics.choose()
    assert "egl: " in refusal.value.what
    assert "osmesa: " in refusal.value.what
    assert "apt install libegl1" in refusal.value.fix


def test_without_a_display_a_window_system_is_no_way(monkeypatch):
    monkeypatch.setenv("MUJOCO_GL", "glfw")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(BackendError) as refusal:
        graphics.choose()
    assert "unset MUJOCO_GL" in refusal.value.fix
