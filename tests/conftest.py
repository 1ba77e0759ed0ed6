"""What tests of several packages need."""

import pytest


@pytest.fixture(scope="session")
def opengl():
    """The OpenGL that draws here; without one the test is skipped."""
    from gymctl.errors import BackendError
    from gymctl.rendering import graphics

    try:
        return graphics.choose()
    except BackendError as error:
        pytest.skip(f"{error.what} ({error.fix})")
