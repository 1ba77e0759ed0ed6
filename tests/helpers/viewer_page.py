"""What a page of the viewer has and sends: one control of each kind, and where its camera is."""

from typing import Any

import viser

CAMERA = {
    "type": "ViewerCameraMessage",
    "wxyz": [1, 0, 0, 0.0],
    "position": [0.0, 1, 2],
    "look_at": [0, 0, 0],
    "up_direction": [0, 0, 1],
    "fov": 0.8,
    "near": 0.1,
    "far": 1000,
    "image_height": 700,
    "image_width": 800,
}


def add_controls(gui: viser.GuiApi) -> dict[str, Any]:
    """One control of each kind, and one each that is disabled and hidden."""
    return {
        "button": gui.add_button("Pause"),
        "group": gui.add_button_group("", ("Step", "Restart")),
        "dropdown": gui.add_dropdown("Speed", ("1", "2")),
        "checkbox": gui.add_checkbox("Follow", True),
        "slider": gui.add_slider("Sigma", 0.0, 1.0, 0.01, 0.5),
        "text": gui.add_text("Name", "a"),
        "html": gui.add_html(""),
        "upload": gui.add_upload_button("File"),
        "disabled": gui.add_checkbox("Off", True, disabled=True),
        "hidden": gui.add_checkbox("Gone", True, visible=False),
    }
