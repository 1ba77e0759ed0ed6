"""``isaacgym.gymutil``: command lines, settings, wireframes, domain randomisation."""
# ruff: noqa: F401

import math
from xml.etree import ElementTree

import numpy as np

from gymctl.isaacgym import gymapi
from gymctl.isaacgym.lines import (
    AxesGeometry,
    LineGeometry,
    WireframeBBoxGeometry,
    WireframeBoxGeometry,
    WireframeSphereGeometry,
    draw_line,
    draw_lines,
)
from gymctl.isaacgym.parsing import parse_arguments, parse_device_str, parse_sim_config
from gymctl.isaacgym.randomization import (
    apply_random_samples,
    check_buckets,
    generate_random_samples,
    get_bucketed_val,
    get_default_setter_args,
    get_property_getter_map,
    get_property_setter_map,
)


def _indent_xml(elem: ElementTree.Element, level: int = 0) -> None:
    """Puts each element of a tree on a line of its own."""
    ElementTree.indent(elem, level=level)
