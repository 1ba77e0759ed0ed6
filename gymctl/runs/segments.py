"""The segments of a run: from its beginning or a resume to the next one, each with its config and what it changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write
from gymctl.core.inside import entries, read_regular
from gymctl.core.numbers import finite_int
from gymctl.runs.directory import Run

if TYPE_CHECKING:  # it takes ten times as long as all else that lists of runs need
    from gymctl.config import Config
    from gymctl.config.changes import Changes

_MOST = 200
"""Segments that a manifest keeps: beyond that, the oldest go that changed nothing."""
_LARGEST = 500_000
"""Bytes that they take in it."""
_LONGEST_VALUE = 200
_LARGEST_CONFIG = 4_000_000  # bytes
_OWN = ("command", "seed", "physics", "task_version", "engine", "sim_device", "rl_device", "versions", "git")
_OF_ITS_END = ("ended", "status", "stopped_by", "epochs", "best_reward")
_KEPT = *_OWN, *_OF_ITS_END


@dataclass(frozen=True)
class Segment:
    """A part of a training."""

    number: int
    """From 1."""
    after_epoch: int = 0
    """The epoch that it goes on from; 0 for a beginning."""
    after_env_steps: int = 0
    """Env steps until then."""
    changed: "Changes" = field(default_factory=dict)
    """What its config has other than that of the segment before."""
    learns_alike: bool = False
    """Whether it only goes on: what is learned doesn't depend on what it changed."""
    returns_alike: bool = True
    """Whether its returns can be compared with those of the segment before: it didn't change the task."""
    checkpoint: Mapping[str, Any] | None = None
    """``path``, in the run, and ``sha256`` of what it goes on from."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """``started``, ``command``, ``seed``, ``versions``, ``ended`` and the like, as in the manifest."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as in the manifest and in ``gymctl runs show --json``."""
        return {
            "number": self.number,
            "after_epoch": self.after_epoch,
            "after_env_steps": self.after_env_steps,
            "changed": {key: list(values) for key, values in self.changed.items()},
            "learns_alike": self.learns_alike,
            "returns_alike": self.returns_alike,
            "checkpoint": self.checkpoint,
            **self.facts,
        }


def segments_of(run: Run, manifest: Mapping[str, Any]) -> list[Segment]:
    """Reads the segments of a run, the first one first; ``[]`` for a run that is not ours.

    A run that an earlier version made has one, however often it was resumed.

    Args:
        run: The run.
        manifest: Its manifest.
    """
    kept = manifest.get("segments")
    found = [segment for content in kept[:_MOST] if (segment := _read(content))] if isinstance(kept, list) else []
    if not found and "schema_version" in manifest:
        found = [Segment(1, checkpoint=_mapping(manifest.get("checkpoint")), facts=_taken(manifest, ("started",)))]
    if found:  # what the manifest says is of the last one
        now = {key: value for key, value in _taken(manifest, _KEPT).items() if value is not None}
        found[-1] = replace(found[-1], facts={**now, **found[-1].facts})
    return found


def parts_of(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Puts those together that are one training, only stopped and resumed.

    Segments of which nothing is left, since a later one began before or where they did, are left out.

    Args:
        segments: Of a run, the first one first.
    """
    left: list[Segment] = []
    for segment in segments:
        dropped = False
        while left and left[-1].after_epoch >= segment.after_epoch:
            dropped = not left.pop().learns_alike or dropped
        left.append(replace(segment, learns_alike=False) if dropped else segment)
    parts: list[list[Segment]] = []
    for segment in left:
        if parts and segment.learns_alike:
            parts[-1].append(segment)
        else:
            parts.append([segment])
    return parts


def last_task_change(segments: Sequence[Segment]) -> Segment:
    """The segment from which on all returns of a run can be compared: the first one if the task never changed."""
    changed = [segment for segment in segments if not segment.returns_alike]
    return changed[-1] if changed else Segment(1)


def config_of_segment(run: Run, segment: Segment) -> dict[str, Any]:
    """Reads the config of a segment.

    Raises:
        InputError: It can't be read.
    """
    later = [number for path in entries(run.path, run.path, prefix="config.", suffix=".yaml") if (number := _of(path))]
    kept = min((number for number in later if number >= segment.number), default=None)
    if kept is None:
        return run.read_config()
    from gymctl.config import load_yaml

    return load_yaml(_kept_config(run, kept), inside=run.path)


def config_at(run: Run, epoch: int | None) -> dict[str, Any]:
    """Reads the config with which a run was trained at an epoch.

    Args:
        run: The run.
        epoch: From 1; None for the latest.

    Raises:
        InputError: It can't be read.
    """
    try:
        segments = [] if epoch is None else segments_of(run, run.manifest())
    except InputError:  # the config can do without
        segments = []
    at = [segment for segment in segments if segment.after_epoch < (epoch or 0)]
    return config_of_segment(run, at[-1]) if at else run.read_config()


def begin_segment(run: Run, config: "Config", segment: Segment, facts: Mapping[str, Any]) -> Segment:
    """Writes the manifest and the config of a training that begins. What earlier segments were stays on record.

    Args:
        run: The run that is trained into.
        config: The config of the new segment.
        segment: The new segment; its number and the time are set here.
        facts: Fields of the manifest.

    Returns:
        The segment as it was written.

    Raises:
        InputError: The manifest can't be read.
        OSError: A file can't be written.
    """
    from gymctl.config import to_yaml

    has_begun = run.config_path.is_file()
    earlier = segments_of(run, run.manifest()) if has_begun else []
    if has_begun:
        before = read_regular(run.config_path, _LARGEST_CONFIG, inside=run.path)
        kept = _kept_config(run, earlier[-1].number if earlier else 1)
        if before != to_yaml(config.tree).encode() and not kept.exists():
            with atomic_write(kept, inside=run.path) as temporary:
                temporary.write_bytes(before)
        earlier = earlier or [Segment(1)]  # a run of IsaacGymEnvs
    segment = replace(
        segment,
        number=earlier[-1].number + 1 if earlier else 1,
        changed={key: (_short(was), _short(now)) for key, (was, now) in segment.changed.items()},
        facts={"started": datetime.now().astimezone().isoformat()},
    )
    written = [one.as_dict() for one in (*_thinned(earlier), segment)]
    run.update_manifest(**{**dict.fromkeys(_OF_ITS_END), **facts, "status": "running", "segments": written})
    run.write_config(config)
    return segment


def _thinned(segments: list[Segment]) -> list[Segment]:
    """So many that the manifest stays readable, the last one as it was left."""
    last = segments[-1:]
    if last and last[0].facts.get("status") == "running":
        segments = [*segments[:-1], replace(last[0], facts={**last[0].facts, "status": "killed"})]
    while len(segments) >= _MOST or (len(segments) > 2 and _size(segments) > _LARGEST):
        segments.remove(next((one for one in segments[1:-1] if not one.changed), segments[1]))
    return segments


def _size(segments: Sequence[Segment]) -> int:
    return len(json.dumps([segment.as_dict() for segment in segments]))


def _read(content: Any) -> Segment | None:
    """A segment in a manifest, which may be anyone's; None if it is none."""
    if not isinstance(content, dict) or not isinstance(content.get("changed"), dict):
        return None
    number, epoch, env_steps = (finite_int(content.get(key)) for key in ("number", "after_epoch", "after_env_steps"))
    if number is None or number < 1 or epoch is None or epoch < 0 or env_steps is None or env_steps < 0:
        return None
    pairs = {key: (v[0], v[1]) for key, v in content["changed"].items() if isinstance(v, list) and len(v) == 2}
    alike, checkpoint = content.get("learns_alike") is True, _mapping(content.get("checkpoint"))
    comparable = content.get("returns_alike") is not False
    return Segment(number, epoch, env_steps, pairs, alike, comparable, checkpoint, _taken(content, ("started", *_KEPT)))


def _mapping(content: Any) -> Mapping[str, Any] | None:
    return content if isinstance(content, dict) else None


def _taken(content: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: content[key] for key in keys if key in content}


def _short(value: Any) -> Any:
    """A value as JSON holds it, or the beginning of its text: the whole is in the config."""
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        text = value = str(value)
    return value if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _kept_config(run: Run, number: int) -> Path:
    return run.path / f"config.{number}.yaml"


def _of(path: Path) -> int:
    """The number in ``config.<number>.yaml``; 0 if there is none."""
    text = path.name.removeprefix("config.").removesuffix(".yaml")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
