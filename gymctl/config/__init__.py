"""Config: IsaacGymEnvs' schema, composed from YAMLs, flags and overrides into one checked dict; imports no torch."""

from gymctl.config.catalogue import PACKAGED, task_names, train_names
from gymctl.config.compose import OtherTaskError, check_task, compose
from gymctl.config.config import Config, Section, TaskConfig
from gymctl.config.effects import without_inert
from gymctl.config.origins import annotated_yaml
from gymctl.config.settings import settings_of
from gymctl.config.yaml_io import load_yaml, to_yaml

__all__ = [
    "PACKAGED",
    "Config",
    "OtherTaskError",
    "Section",
    "TaskConfig",
    "annotated_yaml",
    "check_task",
    "compose",
    "load_yaml",
    "settings_of",
    "task_names",
    "to_yaml",
    "train_names",
    "without_inert",
]
