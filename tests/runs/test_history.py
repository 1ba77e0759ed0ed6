"""Learning curves from event files."""

from pathlib import Path

import pytest
from tensorboardX import SummaryWriter

from gymctl.core.errors import InputError
from gymctl.runs.directory import Run
from gymctl.runs.events import Budget, event_files, read_events
from gymctl.runs.history import EPOCHS, REWARD, Best, Curve, History, best_of, read_history
from tests.helpers import written_events


def test_a_file_is_read_as_it_was_written(tmp_path):
    path = written_events.event_file(
        tmp_path, 1000.0, [(1.5, "rewards/step", 64, 2.5), (2.0, "losses/a_loss", 64, -1.0)]
    )
    began, scalars = read_events(path)
    assert began == 1000.0
    assert scalars == [(1001.5, "rewards/step", 64, 2.5), (1002.0, "losses/a_loss", 64, -1.0)]


def test_tags_can_be_picked_by_their_whole_name_only(tmp_path):
    path = written_events.event_file(
        tmp_path, 0.0, [(1.0, "rewards/step", 1, 1.0), (1.0, "shaped_rewards/step", 1, 2.0)]
    )
    assert [scalar.tag for scalar in read_events(path, ["rewards/step"]).scalars] == ["rewards/step"]


def test_a_file_that_breaks_off_anywhere_is_read_up_to_there(tmp_path):
    path = written_events.event_file(tmp_path, 0.0, written_events.epochs(range(1, 4)))
    whole, data = read_events(path).scalars, path.read_bytes()
    lengths = set()
    for end in range(len(data)):
        path.write_bytes(data[:end])
        scalars = read_events(path).scalars
        assert scalars == whole[: len(scalars)]
        lengths.add(len(scalars))
    assert lengths == set(range(len(whole)))


@pytest.mark.parametrize("noise", [b"\xff" * 64, b"\0" * 64, bytes(range(64))])
def test_a_file_with_noise_at_its_end_is_read_up_to_there(tmp_path, noise):
    path = written_events.event_file(tmp_path, 0.0, written_events.epochs([1, 2]))
    whole = read_events(path).scalars
    path.write_bytes(path.read_bytes() + noise)
    assert read_events(path).scalars == whole


def test_what_tensorboardx_writes_for_rl_games_is_read(tmp_path):
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("rewards/step", 1.5, 128)
        writer.add_text("note", "not a scalar")
        writer.add_scalar("rewards/iter", 1.5, 2)
    (path,) = event_files(tmp_path)
    assert [scalar[1:] for scalar in read_events(path).scalars] == [
        ("rewards/step", 128, 1.5),
        ("rewards/iter", 2, 1.5),
    ]


def test_every_curve_is_over_env_steps_and_seconds_whatever_it_was_drawn_against(tmp_path):
    run = written_events.run(tmp_path, "Ant")
    written_events.event_file(
        run.summaries_dir, 500.0, written_events.epochs(range(1, 4), seconds=lambda index: 10.0 * index)
    )
    history = read_history(run)
    assert history.began == 500.0
    for tag in ("rewards/step", "rewards/iter", "rewards/time", "Episode/height", "performance/step_fps"):
        assert history.curve(tag).env_steps == [100, 200, 300], tag
        assert history.curve(tag).seconds == [10.0, 20.0, 30.0], tag


def test_what_a_resumed_training_did_anew_counts_once_and_the_pause_not_at_all(tmp_path):
    run = written_events.run(tmp_path, "Ant")
    written_events.event_file(run.summaries_dir, 1000.0, written_events.epochs(range(1, 8), reward=lambda epoch: epoch))
    resumed = list(written_events.epochs(range(5, 9), reward=lambda epoch: 10.0 * epoch))
    late = [scalar for scalar in resumed if not (scalar[1].startswith("rewards") and scalar[3] == 50.0)]
    written_events.event_file(
        run.summaries_dir, 9000.0, late
    )  # in the first epoch after the resume no episode has ended
    curve = read_history(run).curve(REWARD)
    assert curve.env_steps == [100, 200, 300, 400, 600, 700, 800]
    assert curve.values == [1, 2, 3, 4, 60, 70, 80]
    assert curve.seconds == [1, 2, 3, 4, 6, 7, 8]
    assert read_history(run, [REWARD]).curve(REWARD) == curve


def test_event_files_are_in_the_order_of_their_beginning_not_of_their_names(tmp_path):
    for name in (
        "events.out.tfevents.999.5.host.1",
        "events.out.tfevents.1000.host",
        "events.out.tfevents.1000.25.host.1",
    ):
        (tmp_path / name).touch()
    names = [path.name.removeprefix("events.out.tfevents.") for path in event_files(tmp_path)]
    assert names == ["999.5.host.1", "1000.host", "1000.25.host.1"]


def test_a_curve_that_is_not_there_is_answered_with_a_suggestion(tmp_path):
    run = written_events.run(tmp_path, "Ant")
    with pytest.raises(InputError, match="no learning curves"):
        read_history(run).curve(REWARD)
    written_events.event_file(run.summaries_dir, 0.0, written_events.epochs([1]))
    with pytest.raises(InputError) as error:
        read_history(run).curve("reward/step")
    assert "'rewards/step'" in error.value.fix


def test_a_damaged_file_that_counts_backwards_gives_an_ascending_curve(tmp_path):
    run = written_events.run(tmp_path, "Ant")
    steps = [100, 200, -5, 150, 300, -(2**63), 2**63 - 1]
    written_events.event_file(run.summaries_dir, 0.0, [(1.0, REWARD, step, 1.0) for step in steps])
    assert read_history(run).curve(REWARD).env_steps == [100, 200, 200, 200, 300, 300, 2**63 - 1]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_points_that_are_no_numbers_are_left_out(tmp_path, value):
    run = written_events.run(tmp_path, "Ant")
    written_events.event_file(run.summaries_dir, 0.0, [(1.0, REWARD, 1, 1.0), (2.0, REWARD, 2, value)])
    assert read_history(run).curve(REWARD).values == [1.0]


@pytest.mark.parametrize("began", [float("nan"), float("inf"), -1.0, 1e30])
def test_times_that_are_none_give_seconds_that_are_some(tmp_path, began):
    run = written_events.run(tmp_path, "Ant")
    written_events.event_file(run.summaries_dir, began, [(1.0, REWARD, 1, 1.0), (2.0, REWARD, 2, 1.0)])
    assert all(0.0 <= seconds < 1e10 for seconds in read_history(run).curve(REWARD).seconds)


def test_an_endless_file_is_left_off_at_once(tmp_path):
    path = written_events.event_file(tmp_path / "summaries", 0.0, written_events.epochs([1]))
    whole = read_events(path).scalars
    with path.open("r+b") as file:
        file.truncate(3 * 10**9)
    assert read_events(path).scalars == whole


def test_what_is_read_of_a_run_is_bounded_over_its_files_and_their_points(tmp_path):
    paths = [written_events.event_file(tmp_path / "summaries", 9.0 * n, written_events.epochs([1, 2])) for n in (0, 1)]
    whole = read_events(paths[0]).scalars
    budget = Budget(points=len(whole) + 210)
    assert read_events(paths[0], budget=budget).scalars == whole
    assert 0 < len(read_events(paths[1], (REWARD,), budget).scalars) < len(whole)
    small = Budget(size=paths[0].stat().st_size // 2)
    assert 0 < len(read_events(paths[0], budget=small).scalars) < len(whole)
    assert small.is_spent


def history(rewards):
    steps = [10 * n for n in range(len(rewards))]
    epochs = [float(n + 1) for n in range(len(rewards))]
    return History(Run(Path("run")), {REWARD: Curve(steps, [], rewards), EPOCHS: Curve(steps, [], epochs)}, 0.0)


def test_the_best_is_the_highest_point_of_the_curve():
    found = history([1.0, 5.0, 3.0])
    assert best_of(found) == Best(5.0, 2)
    assert best_of(found, since=20) == Best(3.0, 3)
    assert best_of(found, saved=1.0) == Best(1.0, 1)
    assert best_of(found, saved=7.0) == Best(7.0, None)
    assert best_of(History(Run(Path("run")), {}, None)) is None
