"""A test of one OpenGL, run as ``python -m gymctl.rendering.probe NAME``.

It draws a ball. If that fails, it prints the reason and exits with code 1.
"""

import sys

_BALL = '<mujoco><worldbody><light pos="0 0 9"/><geom size="1" rgba="1 1 1 1"/></worldbody></mujoco>'


def draw_ball(graphics: str) -> None:
    """Draws a ball.

    Args:
        graphics: ``egl``, ``osmesa`` or ``glfw``.

    Raises:
        Exception: Whatever its libraries and drivers raise.
        RuntimeError: The picture is black.
    """
    import mujoco

    from gymctl.rendering.canvas import Canvas, tiles

    model = mujoco.MjModel.from_xml_string(_BALL)
    data, scene = mujoco.MjData(model), mujoco.MjvScene(model, maxgeom=10)
    mujoco.mj_forward(model, data)
    camera = mujoco.MjvCamera()
    mujoco.mjv_defaultFreeCamera(model, camera)
    everything = mujoco.mjtCatBit.mjCAT_ALL.value
    mujoco.mjv_updateScene(model, data, mujoco.MjvOption(), None, camera, everything, scene)
    canvas = Canvas(model, 64, 64, graphics)
    if not canvas.draw([scene], tiles(1, 64, 64)).any():
        raise RuntimeError("it draws nothing but black")
    canvas.close()


if __name__ == "__main__":
    try:
        draw_ball(sys.argv[1])
    except Exception as error:  # whatever it is, the caller wants to know
        print((str(error).strip() or type(error).__name__).splitlines()[0])  # noqa: T201
        sys.exit(1)
