"""Robots and objects from URDF and MJCF files, or from simple shapes, before they are put into a world."""
