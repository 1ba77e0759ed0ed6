"""The options of ``gymapi``: of a simulation, its ground, its assets and cameras, with Isaac Gym's defaults."""

from dataclasses import dataclass

from gymctl.isaacgym.enums import (
    DEFAULT_VIEWER_HEIGHT,
    DEFAULT_VIEWER_WIDTH,
    ContactCollection,
    DofDriveMode,
    MeshNormalMode,
    UpAxis,
    UsdMaterialMode,
)
from gymctl.isaacgym.structs import Struct, struct
from gymctl.isaacgym.values import Transform, Vec3


@struct
class PhysXParams(Struct):
    """Settings of PhysX's solver and contacts."""

    __slots__ = ()
    num_threads: int = 4
    solver_type: int = 1
    num_position_iterations: int = 4
    num_velocity_iterations: int = 1
    contact_offset: float = 0.02
    rest_offset: float = 0.001
    bounce_threshold_velocity: float = 0.2
    max_depenetration_velocity: float = 100.0
    friction_offset_threshold: float = 0.04
    friction_correlation_distance: float = 0.025
    default_buffer_size_multiplier: float = 1.0
    max_gpu_contact_pairs: int = 1024 * 1024
    num_subscenes: int = 0
    use_gpu: bool = True
    contact_collection: ContactCollection = ContactCollection.CC_ALL_SUBSTEPS
    always_use_articulations: bool = False


@struct
class FlexParams(Struct):
    """Settings of Flex, which have no effect here."""

    __slots__ = ()
    solver_type: int = 5
    num_outer_iterations: int = 4
    num_inner_iterations: int = 10
    relaxation: float = 0.75
    warm_start: float = 0.4
    shape_collision_margin: float = 0.01
    shape_collision_distance: float = 0.01
    contact_regularization: float = 1e-5
    deterministic_mode: bool = False
    dynamic_friction: float = 0.5
    static_friction: float = 0.5
    particle_friction: float = 0.5
    friction_mode: int = 2
    geometric_stiffness: float = 1.0
    max_rigid_contacts: int = 524288
    max_soft_contacts: int = 524288
    return_contacts: bool = False


@struct
class SimParams(Struct):
    """Settings of a simulation: the time between two steps in s, its substeps, gravity in m/s²."""

    __slots__ = ()
    dt: float = 1.0 / 60.0
    substeps: int = 2
    up_axis: UpAxis = UpAxis.UP_AXIS_Y
    gravity: Vec3 = Vec3(0.0, -9.8, 0.0)
    num_client_threads: int = 0
    use_gpu_pipeline: bool = False
    physx: PhysXParams
    flex: FlexParams
    enable_actor_creation_warning: bool = True
    stress_visualization: bool = False
    stress_visualization_min: float = 0.0
    stress_visualization_max: float = 1e5


@struct
class PlaneParams(Struct):
    """The ground plane: normal · point = -distance, and its friction."""

    __slots__ = ()
    normal: Vec3 = Vec3(0.0, 1.0, 0.0)
    distance: float = 0.0
    static_friction: float = 1.0
    dynamic_friction: float = 1.0
    restitution: float = 0.0
    segmentation_id: int = 0


@struct
class HeightFieldParams(Struct):
    """A height field: how many samples, their spacing and unit in m, the pose of its corner, its friction."""

    __slots__ = ()
    nbRows: int  # noqa: N815
    nbColumns: int  # noqa: N815
    row_scale: float = 1.0
    column_scale: float = 1.0
    vertical_scale: float = 1.0
    transform: Transform
    static_friction: float = 1.0
    dynamic_friction: float = 1.0
    restitution: float = 0.0
    segmentation_id: int = 0


@struct
class TriangleMeshParams(Struct):
    """A triangle mesh of the ground: its size, pose and friction."""

    __slots__ = ()
    nb_vertices: int
    nb_triangles: int
    transform: Transform
    static_friction: float = 1.0
    dynamic_friction: float = 1.0
    restitution: float = 0.0
    segmentation_id: int = 0


@struct
class VhacdParams(Struct):
    """Settings of the convex decomposition of meshes."""

    __slots__ = ()
    resolution: int = 100_000
    concavity: float = 0.0
    alpha: float = 0.05
    beta: float = 0.05
    convex_hull_downsampling: int = 4
    plane_downsampling: int = 4
    max_num_vertices_per_ch: int = 64
    min_volume_per_ch: float = 1e-4
    max_convex_hulls: int = 64
    mode: int = 0
    pca: int = 0
    convex_hull_approximation: bool = True
    ocl_acceleration: bool = True
    project_hull_vertices: bool = True


@struct
class AssetOptions(Struct):
    """How a file becomes an asset."""

    __slots__ = ()
    angular_damping: float = 0.5
    linear_damping: float = 0.0
    max_angular_velocity: float = 64.0
    max_linear_velocity: float = 1000.0
    armature: float = 0.0
    density: float = 1000.0
    thickness: float = 0.02
    fix_base_link: bool = False
    disable_gravity: bool = False
    collapse_fixed_joints: bool = False
    replace_cylinder_with_capsule: bool = False
    slices_per_cylinder: int = 20
    default_dof_drive_mode: int = int(DofDriveMode.DOF_MODE_NONE)
    flip_visual_attachments: bool = False
    use_mesh_materials: bool = False
    mesh_normal_mode: MeshNormalMode = MeshNormalMode.FROM_ASSET
    use_physx_armature: bool = True
    enable_gyroscopic_forces: bool = True
    override_com: bool = False
    override_inertia: bool = False
    vhacd_enabled: bool = False
    vhacd_params: VhacdParams
    convex_decomposition_from_submeshes: bool = False
    tendon_limit_stiffness: float = 1.0
    min_particle_mass: float = 1e-12


@struct
class CameraProperties(Struct):
    """A camera's picture in pixels, its field of view in degrees and clipping planes in m."""

    __slots__ = ()
    width: int = DEFAULT_VIEWER_WIDTH
    height: int = DEFAULT_VIEWER_HEIGHT
    horizontal_fov: float = 90.0
    near_plane: float = 0.01
    far_plane: float = 20_000_000.0
    supersampling_horizontal: int = 1
    supersampling_vertical: int = 1
    use_collision_geometry: bool = False
    enable_tensors: bool = False


@struct
class UsdExportOptions(Struct):
    """What is written to a USD file."""

    __slots__ = ()
    export_physics: bool = True
    material_mode: UsdMaterialMode = UsdMaterialMode.USD_MATERIAL_DISPLAY_COLOR
    scale: float = 1.0
    single_file: bool = False
    use_geom_subsets: bool = False
    use_physics_visuals: bool = False


@dataclass(slots=True, eq=False)
class OmniConnectionParams:
    """Where an Omniverse server is."""

    server: str = ""
    username: str = ""
    password: str = ""
    enable_cache: bool = True
    enable_debug_output: bool = False
