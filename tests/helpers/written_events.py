"""Run directories and event files made by hand."""

import json

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboardX.record_writer import RecordWriter

from gymctl.config import Config
from gymctl.runs.directory import Run


def event_file(directory, began, scalars):
    """Writes an event file of `(seconds since it was begun, tag, step, value)`."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"events.out.tfevents.{began:.6f}.host.1"
    writer = RecordWriter(str(path))
    writer.write(Event(wall_time=began, file_version="brain.Event:2").SerializeToString())
    for seconds, tag, step, value in scalars:
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        writer.write(Event(wall_time=began + seconds, step=step, summary=summary).SerializeToString())
    writer.close()
    return path


def epochs(numbers, *, reward=float, seconds=float, frames=100):
    """The scalars of some epochs in rl_games' order, an epoch of `frames` env steps."""
    for index, epoch in enumerate(numbers):
        at, step = seconds(index + 1), epoch * frames
        yield at, "performance/step_fps", step, 1000.0
        yield at, "info/epochs", step, float(epoch)
        yield at, "Episode/height", epoch, 0.5
        yield at, "rewards/step", step, reward(epoch)
        yield at, "rewards/iter", epoch, reward(epoch)
        yield at, "rewards/time", int(at), reward(epoch)


def run(runs_dir, name, checkpoints=(), config=None, **manifest):
    """Makes a run's directory; without a manifest it is as IsaacGymEnvs left it."""
    made = Run(runs_dir / name)
    made.nn_dir.mkdir(parents=True)
    for stem in checkpoints:
        (made.nn_dir / f"{stem}.pth").write_bytes(b"x" * 1000)
    if manifest:
        made.manifest_path.write_text(json.dumps({"schema_version": 1, **manifest}))
    if config is not None:
        made.write_config(Config(config))
    return made
