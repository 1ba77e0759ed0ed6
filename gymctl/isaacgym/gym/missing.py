"""Methods of Isaac Gym's `Gym` that aren't implemented: each raises NotImplementedError with its name."""

from collections.abc import Callable
from typing import Any, NoReturn

MISSING = {
    "images of cameras": """get_camera_image get_camera_image_gpu_tensor
        get_camera_proj_matrix get_camera_transform get_camera_view_matrix
        write_camera_image_to_file""",
    "soft bodies and particles": """acquire_particle_state_tensor acquire_pneumatic_pressure_tensor
        acquire_pneumatic_target_tensor create_cloth_grid create_tet_grid draw_env_soft_contacts
        get_actor_soft_body_count get_actor_soft_materials get_actor_tetrahedra_range get_actor_triangle_range
        get_asset_soft_body_count get_asset_soft_materials get_pneumatic_pressure get_pneumatic_target
        get_sim_tetrahedra get_sim_tetrahedra_count get_sim_triangle_count get_sim_triangles get_soft_contacts
        refresh_particle_state_tensor refresh_pneumatic_pressure_tensor refresh_pneumatic_target_tensor
        reset_actor_particles_to_rest set_actor_soft_materials set_particle_state_tensor
        set_particle_state_tensor_indexed set_pneumatic_pressure set_pneumatic_pressure_tensor
        set_pneumatic_pressure_tensor_indexed set_pneumatic_target set_pneumatic_target_tensor
        set_pneumatic_target_tensor_indexed""",
    "USD and other files": """create_usd_exporter destroy_usd_exporter export_usd_asset export_usd_sim
        get_usd_export_root load_opensim load_sim load_usd omni_connect omni_disconnect set_usd_export_root""",
    "single links, joints and DOFs": """apply_body_force_at_pos apply_body_forces apply_dof_effort
        get_actor_dof_forces get_actor_dof_frames get_actor_joint_transforms get_dof_frame get_dof_type_string
        get_joint_handle get_joint_name get_joint_position get_joint_target_position get_joint_target_velocity
        get_joint_transform get_joint_type_string get_joint_velocity get_vec_actor_dof_states
        get_vec_rigid_angular_velocity get_vec_rigid_linear_velocity get_vec_rigid_transform
        set_env_rigid_body_states set_joint_target_position set_joint_target_velocity set_rigid_angular_velocity
        set_rigid_body_state_tensor set_rigid_linear_velocity set_rigid_transform set_sim_rigid_body_states""",
    "tendons, sensors and attractors": """find_actor_actuator_index get_actor_force_sensor
        get_actor_force_sensor_count get_sensor set_actor_fixed_tendon_joint_coefficients
        set_asset_fixed_tendon_joint_coefficients set_attractor_properties""",
    "looks and the rest": """attach_sim create_performance_timers create_texture_from_buffer debug_print_asset
        destroy_env destroy_performance_timers free_texture get_performance_timers get_rigid_body_color
        get_rigid_body_segmentation_id get_rigid_body_texture get_viewer_camera_handle
        reset_actor_materials set_sim_device""",
}
"""Names of methods by what they are for."""
_ADVICE: dict[str, str] = dict.fromkeys(
    ("set_actor_fixed_tendon_joint_coefficients", "set_asset_fixed_tendon_joint_coefficients"),
    "all tendons have their file's coefficients; change them in the asset's file",
)
"""What to do instead of calling a method."""


class Missing:
    """Methods of `Gym` that raise NotImplementedError."""


def _refusing(name: str) -> Callable[..., NoReturn]:
    def refuse(self: Missing, *args: Any, **kwargs: Any) -> NoReturn:
        advice = _ADVICE.get(name)
        raise NotImplementedError(f"gym.{name} is not implemented" + (f": {advice}" if advice else ""))

    refuse.__name__, refuse.__doc__ = name, "Not implemented."
    refuse.not_implemented = True  # pyright: ignore[reportFunctionMemberAccess]
    return refuse


for _names in MISSING.values():
    for _name in _names.split():
        setattr(Missing, _name, _refusing(_name))
