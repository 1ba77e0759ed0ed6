"""Texts of hostile URDF and MJCF files: a robot of each format with places for values, and files that are broken."""

from collections.abc import Callable
from dataclasses import dataclass

NUMBERS = (
    *("0", "-0", "-1", "1e9", "1e38", "1e200", "1e308", "1.7976931348623157e308", "1e-9", "5e-324", "1e999", "-1e999"),
    *("9" * 10_000, "1" + "0" * 10_000, "0." + "0" * 10_000 + "1", "nan", "inf", "-inf", "infinity", "NAN(7)", "0x7f"),
    *(
        "",
        " ",
        "x",
        "1,5",
        "1_0",
        "\u0661",
        "1 2 3 4 5",
        "1" + " 1" * 100_000,
        "true",
        "&#x9b;2J",
        "1e",
        "--1",
        "1\u00a02",
    ),
)
NAMES = (
    *("", " ", "world", "a/b", "/", "..", "0/base", "base", "arm", "hinge", "base/collision_0", "base/geom_0", "mount"),
    *(
        "&#x9b;2J&#x9b;31m",
        "&#10;error: all is well",
        "&#9;",
        "&#x202e;txt",
        "&#x7f;",
        "&#x200b;",
        "&#xfffe;",
        "&quot;",
    ),
    *(
        "%s%n%d",
        "{0}",
        "$(touch canary)",
        "`touch canary`",
        "x" * 10_000,
        "x" * 1_000_000,
        "名前",
        "\ud800",
        "&lt;a&gt;",
    ),
)


@dataclass(frozen=True)
class Template:
    """A robot with places for values."""

    text: str
    """With ``{PLACE}`` for each."""
    places: dict[str, tuple[str, tuple[str, ...]]]
    """Numbers: what is there in a good robot, and what else than `NUMBERS` to try."""
    names: dict[str, str]
    """Names: what is there in a good robot."""

    def filled(self, place: str = "", value: str = "") -> str:
        """The robot, with a value in one place."""
        values = {name: good for name, (good, _) in self.places.items()} | self.names | {place: value}
        text = self.text
        for name, filled in values.items():
            text = text.replace(f"{{{name}}}", filled) if name else text
        return text


_VECTORS = ("0 0 0", "1e200 1e200 1e200", "1e308 1e308 1e308", "1 2", "1 2 3 4", "nan 0 0", "0 -inf 0", "1e-200 0 0")
URDF = Template(
    '<robot name="{robot}"><material name="{material}"/>'
    '<link name="{base}"><inertial><origin xyz="{com}" rpy="{turn}"/><mass value="{mass}"/>'
    '<inertia ixx="{ixx}" iyy="{iyy}" izz=".1" ixy="{ixy}" ixz="0" iyz="0"/></inertial>'
    '<collision><origin xyz="{pos}" rpy="{rpy}"/><geometry><box size="{box}"/></geometry></collision>'
    '<visual><geometry><sphere radius="{ball}"/></geometry></visual></link>'
    '<link name="{arm}"><inertial><mass value="1"/></inertial>'
    '<collision><geometry><cylinder radius="{radius}" length="{length}"/></geometry></collision></link>'
    '<link name="hand"><collision><geometry><mesh filename="own.obj" scale="{scale}"/></geometry></collision></link>'
    '<joint name="{hinge}" type="{type}"><parent link="{parent}"/><child link="{child}"/>'
    '<origin xyz="{at}" rpy="0 0 0"/><axis xyz="{axis}"/>'
    '<limit lower="{lower}" upper="{upper}" effort="{effort}" velocity="{velocity}"/></joint>'
    '<joint name="slide" type="prismatic"><parent link="{arm}"/><child link="hand"/>'
    '<axis xyz="1 0 0"/></joint></robot>',
    {
        **dict.fromkeys(("com", "turn", "pos", "rpy", "at"), ("0 0 0", _VECTORS)),
        **dict.fromkeys(("box", "scale", "axis"), ("1 1 1", (*_VECTORS, "-1 1 1", "0 1 1"))),
        **dict.fromkeys(("mass", "ixx", "iyy", "radius", "length", "ball"), (".1", ())),
        **dict.fromkeys(("ixy", "effort", "velocity", "lower"), ("0", ())),
        "upper": ("1", ()),
    },
    {"type": "revolute", "parent": "{base}", "child": "{arm}"}
    | {name: name for name in ("robot", "material", "base", "arm", "hinge")},
)
MJCF = Template(
    '<mujoco model="{model}"><compiler angle="{angle}"/>'
    '<default><default class="{class}"><geom density="{density}" friction="{friction}"/></default></default>'
    '<asset><mesh name="{mesh}" file="own.obj" scale="{scale}"/></asset>'
    '<worldbody><body name="{base}" pos="{at}" quat="{quat}"><freejoint/>'
    '<inertial pos="{com}" mass="{mass}" diaginertia="{inertia}"/><geom class="{class}" type="box" size="{box}"/>'
    '<geom name="{geom}" type="capsule" size=".1" fromto="{fromto}"/>'
    '<body name="{arm}" euler="{euler}"><joint name="{hinge}" axis="{axis}" range="{range}" damping="{damping}" '
    'stiffness="{stiffness}" armature="{armature}" ref="{ref}"/><joint name="second" axis="0 1 0"/>'
    '<geom type="sphere" size="{radius}" pos="{pos}" mass="{weight}"/>'
    '<body name="hand" pos="0 0 1"><joint name="slide" type="slide"/><geom type="mesh" mesh="{mesh}" contype="{bits}"/>'
    "</body></body></body></worldbody>"
    '<tendon><fixed name="{tendon}"><joint joint="slide" coef="{coef}"/></fixed></tendon>'
    '<actuator><motor name="{motor}" joint="{moved}" gear="{gear}" ctrlrange="{control}" forcerange="{force}"/>'
    '<position joint="slide" kp="{kp}"/></actuator></mujoco>',
    {
        **dict.fromkeys(("com", "at", "euler", "pos"), ("0 0 0", _VECTORS)),
        **dict.fromkeys(("box", "scale", "axis", "inertia", "friction"), ("1 1 1", (*_VECTORS, "-1 1 1", "0 1 1"))),
        **dict.fromkeys(("mass", "radius", "weight", "damping", "stiffness", "armature"), (".1", ())),
        **dict.fromkeys(("density", "gear", "kp", "coef", "bits"), ("1", ("-5", "4294967297"))),
        **dict.fromkeys(("range", "control", "force"), ("-1 1", ("1 -1", "0 0", "-1e308 1e308", "nan 1", "-9e999 1"))),
        "quat": ("1 0 0 0", ("0 0 0 0", "1e200 1e200 0 0")),
        "fromto": ("0 0 0 0 0 1", ("0 0 0 0 0 0",)),
        "ref": ("0", ()),
    },
    {"angle": "radian", "moved": "{hinge}"}
    | {name: name for name in ("model", "class", "base", "geom", "arm", "hinge", "tendon", "motor", "mesh")},
)
PLACES = {
    "URDF collision": '<robot name="r"><link name="l"><collision><geometry><mesh filename="{}"/></geometry></collision>'
    "</link></robot>",
    "URDF visual": '<robot name="r"><link name="l"><visual><geometry><mesh filename="{}"/></geometry></visual></link>'
    "</robot>",
    "URDF texture": '<robot name="r"><material name="m"><texture filename="{}"/></material><link name="l"/></robot>',
    "MJCF mesh": '<mujoco><asset><mesh name="m" file="{}"/></asset><worldbody><body name="b"><geom type="mesh" '
    'mesh="m"/></body></worldbody></mujoco>',
    "MJCF meshdir": '<mujoco><compiler meshdir="{}"/><asset><mesh name="m" file="mesh.obj"/></asset><worldbody>'
    '<body name="b"><geom type="mesh" mesh="m"/></body></worldbody></mujoco>',
    "MJCF assetdir": '<mujoco><compiler assetdir="{}"/><asset><mesh name="m" file="mesh.obj"/></asset><worldbody>'
    '<body name="b"><geom type="mesh" mesh="m"/></body></worldbody></mujoco>',
    "MJCF include": '<mujoco><include file="{}"/><worldbody>'
    '<body name="b"><geom size="1"/></body></worldbody></mujoco>',
    "MJCF model": '<mujoco><asset><model name="m" file="{}"/></asset><worldbody><body name="b"><geom size="1"/>'
    '<attach model="m" prefix="x"/></body></worldbody></mujoco>',
    "MJCF hfield": '<mujoco><asset><hfield name="h" size="1 1 1 1" file="{}"/></asset><worldbody><body name="b">'
    '<geom type="hfield" hfield="h"/></body></worldbody></mujoco>',
    "MJCF skin": '<mujoco><asset><skin name="s" file="{}"/></asset><worldbody><body name="b"><geom size="1"/></body>'
    "</worldbody></mujoco>",
    "MJCF flexcomp": '<mujoco><worldbody><body name="b"><geom size="1"/><flexcomp name="f" type="mesh" '
    'file="{}"/></body>'
    "</worldbody></mujoco>",
}


def _urdf(*elements: str) -> str:
    return f'<robot name="r">{"".join(elements)}</robot>'


def _link(name: object, rest: str = "") -> str:
    return f'<link name="{name}">{rest}</link>'


def _joint(name: object, parent: object, child: object, type: str = "revolute") -> str:
    return f'<joint name="{name}" type="{type}"><parent link="{parent}"/><child link="{child}"/></joint>'


def _chain(length: int, type: str) -> str:
    links = [_link(number) for number in range(length + 1)]
    return _urdf(*links, *(_joint(number, number, number + 1, type) for number in range(length)))


def _mjcf(body: str, rest: str = "") -> str:
    return f"<mujoco><worldbody>{body}</worldbody>{rest}</mujoco>"


_GEOM, _BALL = '<geom size="1"/>', '<collision><geometry><sphere radius="1"/></geometry></collision>'
COUNTS: dict[str, Callable[[], str]] = {
    "a link is its own parent": lambda: _urdf(_link("a"), _joint("j", "a", "a")),
    "links in a circle": lambda: _urdf(_link("a"), _link("b"), _joint("j", "a", "b"), _joint("k", "b", "a")),
    "links in a circle beside a root": lambda: _urdf(*map(_link, "abc"), _joint("j", "b", "c"), _joint("k", "c", "b")),
    "a chain of 1,900 hinges": lambda: _chain(1900, "revolute"),
    "a chain of 1,900 fixed links": lambda: _chain(1900, "fixed"),
    "a chain of 100,000 hinges": lambda: _chain(10**5, "revolute"),
    "a star of 1,900": lambda: _urdf(*(_link(n) for n in range(1901)), *(_joint(n, 0, n + 1) for n in range(1900))),
    "links of one name": lambda: _urdf(*[_link("a")] * 10**5),
    "joints of one name": lambda: _urdf(_link("a"), _link("b"), *[_joint("j", "a", "b")] * 10**5),
    "100,000 links": lambda: _urdf(*map(_link, range(10**5))),
    "100,000 shapes": lambda: _urdf(_link("a", _BALL * 10**5)),
    "100,000 visuals": lambda: _urdf(_link("a", _BALL.replace("collision", "visual") * 10**5)),
    "1,000,000 elements": lambda: _urdf(_link("a", "<x/>" * 10**6)),
    "40,000 geoms": lambda: _mjcf(f"<body>{_GEOM * 40_000}</body>"),
    "1,000,000 geoms": lambda: _mjcf(f"<body>{_GEOM * 10**6}</body>"),
    "9,000 names that are one": lambda: _mjcf("<body>" + '<geom name="a" size="1"/>' * 9000 + "</body>"),
    "990 geoms of the world": lambda: _mjcf(f"<body>{_GEOM}</body>" + _GEOM * 990),
    "990 bodies of the world": lambda: _mjcf(f"<body>{_GEOM}</body>" * 990),
    "9,000 geoms of the world": lambda: _mjcf(f"<body>{_GEOM}</body>" + _GEOM * 9000),
    "9,000 meshes": lambda: (
        "<mujoco><asset>" + "".join(f'<mesh name="{n}" file="own.obj"/>' for n in range(9000)) + "</asset></mujoco>"
    ),
    "499 links": lambda: _chain(499, "revolute"),
    "999 actuators": lambda: _mjcf(
        f'<body>{_GEOM}<body><joint name="j"/>{_GEOM}</body></body>',
        "<actuator>" + '<motor joint="j"/>' * 999 + "</actuator>",
    ),
    "40,000 names that are one": lambda: _mjcf("<body>" + '<geom name="a" size="1"/>' * 40_000 + "</body>"),
    "20,000 bodies": lambda: _mjcf(f"<body>{_GEOM}" + f"<body>{_GEOM}</body>" * 20_000 + "</body>"),
    "1,000 hinges": lambda: _mjcf(f"<body>{_GEOM}" + f"<body><joint/>{_GEOM}</body>" * 1000 + "</body>"),
    "100 hinges of one body": lambda: _mjcf(
        f"<body>{_GEOM}<body>" + '<joint axis="1 0 0"/>' * 100 + _GEOM + "</body></body>"
    ),
    "290 bodies in each other": lambda: _mjcf(f"<body><joint/>{_GEOM}" * 290 + "</body>" * 290),
    "100,000 bodies in each other": lambda: _mjcf(f"<body>{_GEOM}" * 10**5 + "</body>" * 10**5),
    "10,000 actuators": lambda: _mjcf(
        f'<body>{_GEOM}<body><joint name="j"/>{_GEOM}</body></body>',
        "<actuator>" + '<motor joint="j"/>' * 10**4 + "</actuator>",
    ),
    "replicates": lambda: _mjcf(
        '<body name="b"><geom size="1"/>' + '<replicate count="99999">' * 3 + _GEOM + "</replicate>" * 3 + "</body>"
    ),
    "a composite": lambda: _mjcf('<body name="b"><geom size="1"/><composite type="cable" count="999999 1 1"/></body>'),
    "20,000 defaults": lambda: (
        "<mujoco><default>" + "".join(f'<default class="{n}"/>' for n in range(20_000)) + "</default></mujoco>"
    ),
    "no body": lambda: _mjcf(_GEOM),
    "a ball joint": lambda: _mjcf(f'<body><freejoint/>{_GEOM}<body><joint type="ball"/>{_GEOM}</body></body>'),
    "a free joint below": lambda: _mjcf(f"<body>{_GEOM}<body><freejoint/>{_GEOM}</body></body>"),
    "a mocap body": lambda: _mjcf(f'<body mocap="true">{_GEOM}</body>'),
    "a pair": lambda: _mjcf(
        f'<body>{_GEOM}</body><geom name="g" size="1"/>', '<contact><pair geom1="g" geom2="h"/></contact>'
    ),
    "100 includes": lambda: "<mujoco>" + '<include file="robot.xml"/>' * 100 + "</mujoco>",
}

_DOCTYPE = b'<!DOCTYPE r [<!ENTITY a0 "ha">'
BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "zeros": bytes(10_000),
    "no XML": b"hello",
    "another root": b"<html/>",
    "USD": b"PXR-USDC" + bytes(100),
    "UTF-16": URDF.filled().encode("utf-16"),
    "UTF-16 that is declared": b'<?xml version="1.0" encoding="utf-16"?>' + URDF.filled().encode(),
    "UTF-32": URDF.filled().encode("utf-32"),
    "UTF-7": b'<?xml version="1.0" encoding="utf-7"?>' + URDF.filled("base", "+AAo-").encode(),
    "EBCDIC": b'<?xml version="1.0" encoding="cp037"?>' + URDF.filled().encode("cp037"),
    "Latin-1": b'<?xml version="1.0" encoding="latin-1"?>' + URDF.filled("robot", "é").encode("latin-1"),
    "Latin-1 that is declared": b'<?xml version="1.0" encoding="latin-1"?>' + URDF.filled("robot", "é").encode(),
    "an unknown encoding": b'<?xml version="1.0" encoding="no-such"?>' + URDF.filled().encode(),
    "an encoding that runs code": b'<?xml version="1.0" encoding="rot13"?>' + URDF.filled().encode(),
    "an encoding of a million letters": b'<?xml version="1.0" encoding="'
    + b"x" * 10**6
    + b'"?>'
    + URDF.filled().encode(),
    "a byte order mark": b"\xef\xbb\xbf" + URDF.filled().encode(),
    "no UTF-8": b'<robot name="\xff\xfe"><link name="\xc3\x28"/></robot>',
    "long UTF-8": b'<robot name="\xc0\xae\xc0\xae"><link name="l"/></robot>',
    "a NUL": b'<robot name="a\0b"/>',
    "a NUL at the end": MJCF.filled().encode() + bytes(100),
    "escapes": b'<robot name="\x1b[2J"><link name="\x1b]0;x\x07"/></robot>',
    "an escape as a reference": b'<robot name="&#27;[2J"><link name="l"/></robot>',
    "control characters in an error": b'<robot name="r"><link name="l"/>'
    b'<joint name="\xc2\x9b2J" type="\xc2\x9b2J"/></robot>',
    "a billion laughs": _DOCTYPE
    + b"".join(b'<!ENTITY a%d "%s">' % (i + 1, b"&a%d;" % i * 10) for i in range(10))
    + b']><robot name="&a10;"/>',
    "quadratic entities": b'<!DOCTYPE r [<!ENTITY a "%s">]><robot name="%s"/>' % (b"x" * 10**5, b"&a;" * 10**5),
    "a file as an entity": b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><robot name="r">&a;</robot>',
    "a parameter entity": b'<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]><robot name="r"/>',
    "a DTD elsewhere": b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><robot name="r"/>',
    "an XInclude": b'<robot name="r" xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="/etc/passwd"/></robot>',
    "xacro": b'<robot name="r" xmlns:xacro="http://ros.org/wiki/xacro"><xacro:include filename="$(find x)/a"/>'
    b"<link name=\"${__import__('os').system('touch canary')}\"/></robot>",
    "a style sheet": b'<?xml-stylesheet href="file:///etc/passwd"?><robot name="r"><link name="l"/></robot>',
    "a plugin of MuJoCo": b'<mujoco><extension><plugin plugin="/tmp/evil.so"/></extension>'
    b'<worldbody><body><geom size="1"/>'
    b'<plugin plugin="/tmp/evil.so"/></body></worldbody></mujoco>',
    "a plugin of Gazebo": b'<robot name="r"><link name="l"/><gazebo><plugin filename="/tmp/evil.so"/></gazebo></robot>',
    "deep": b"<robot>" + b"<link>" * 10**5 + b"</link>" * 10**5 + b"</robot>",
    "deep and cut": b"<mujoco>" + b"<default>" * 10**6,
    "many attributes": b"<robot %s/>" % b" ".join(b'a%d=""' % i for i in range(10**5)),
    "one attribute twice": b'<robot name="a" name="b"/>',
    "a long attribute": b'<robot name="%s"><link name="l"/></robot>' % (b"x" * 10**7),
    "a long element": b"<%s/>" % (b"x" * 10**7),
    "a comment without an end": b"<robot><!-- " + b"-" * 10**6,
    "long text": b'<robot name="r"><link name="l"/>' + b"x" * 10**7 + b"</robot>",
    "two roots": b"<robot/><robot/>",
    "a robot in a model": b'<mujoco><robot name="r"><link name="l"/></robot></mujoco>',
    "a name space": b'<r:robot xmlns:r="x" name="r"><link name="l"/></r:robot>',
    "not one link": b'<robot name="r"/>',
    "not one word": b"<robot><link/><joint/></robot>",
    "a joint without ends": b'<robot name="r"><link name="l"/><joint name="j" type="fixed"/></robot>',
}
