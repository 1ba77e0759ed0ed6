"""What AMP's discriminator learns from: replayed motions, demonstrations, shuffled minibatches."""

from types import SimpleNamespace

import pytest
import torch

from gymctl.learning.on_device.motions import Demonstrations, MotionDataset, ReplayBuffer

CPU = torch.device("cpu")


def numbered(first, count):
    return torch.arange(first, first + count, dtype=torch.float32)[:, None].expand(-1, 2).contiguous()


def held(buffer):
    return sorted(set(buffer.sample(2000)[:, 0].int().tolist()))


def test_a_replay_buffer_holds_all_until_it_is_full_and_keeps_a_part_of_the_rest():
    torch.manual_seed(0)
    buffer = ReplayBuffer(100, 2, keep=0.1, device=CPU)
    buffer.add(numbered(0, 60))
    assert (buffer.filled, held(buffer)) == (60, [*range(60)])
    buffer.add(numbered(60, 60))
    assert (buffer.filled, held(buffer)) == (100, [*range(20, 120)])
    buffer.add(numbered(1000, 60))
    assert buffer.filled == 100
    new = [value for value in held(buffer) if value >= 1000]
    assert len(new) == 6
    assert [value for value in held(buffer) if value < 1000] == [*range(26, 120)]


def test_more_rows_than_it_holds_are_chosen_at_random():
    torch.manual_seed(0)
    buffer = ReplayBuffer(10, 2, keep=0.5, device=CPU)
    buffer.add(numbered(0, 1000))
    assert len(held(buffer)) == 10
    assert max(held(buffer)) > 500


def test_a_restored_replay_buffer_goes_on_exactly():
    def goes_on(buffer):
        torch.manual_seed(1)
        buffer.add(numbered(500, 7))
        return buffer.sample(50)

    first, second = (ReplayBuffer(20, 2, keep=0.5, device=CPU) for _ in range(2))
    for begin in (0, 15):
        first.add(numbered(begin, 15))
    assert second.load_state_dict(first.state_dict())
    assert torch.equal(goes_on(first), goes_on(second))


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        {},
        {"rows": torch.zeros(5, 2)},
        {"rows": torch.zeros(5, 2), "next": torch.tensor(4)},
        {"rows": torch.zeros(5, 2), "next": torch.tensor(-1)},
        {"rows": torch.zeros(5, 2), "next": torch.tensor(5.0)},
        {"rows": torch.zeros(5, 3), "next": torch.tensor(5)},
        {"rows": torch.zeros(21, 2), "next": torch.tensor(1)},
        {"rows": torch.zeros(20, 2), "next": torch.tensor(21)},
        {"rows": torch.zeros(5, 2, dtype=torch.float64), "next": torch.tensor(5)},
        {"rows": torch.full((5, 2), torch.nan), "next": torch.tensor(5)},
    ],
)
def test_what_no_replay_buffer_has_left_is_refused(state):
    buffer = ReplayBuffer(20, 2, keep=0.5, device=CPU)
    assert not buffer.load_state_dict(state)
    assert buffer.filled == 0


def test_a_replay_buffer_too_large_for_a_checkpoint_is_not_saved():
    buffer = ReplayBuffer(100_000, 200, keep=0.5, device=CPU)
    buffer.add(torch.zeros(1000, 200))
    assert buffer.state_dict() is not None
    buffer.add(torch.zeros(99_000, 200))
    assert buffer.state_dict() is None


def make_demonstrations(size=10, count=4, seed=5):
    generator = torch.Generator().manual_seed(seed)

    def demonstrate(count):
        return torch.rand(count, 3, generator=generator)

    task = SimpleNamespace(generator=generator, num_amp_observations=3, demonstrate=demonstrate)
    return Demonstrations(task, size, count, CPU), generator


def test_demonstrations_are_drawn_anew_bit_by_bit():
    demonstrations, _ = make_demonstrations()
    demonstrations.fill(0)
    assert demonstrations.rows.unique().numel() == 30
    before = demonstrations.rows.clone()
    demonstrations.refill(1)
    changed = (demonstrations.rows != before).any(1)
    assert changed.sum() == 4


def test_demonstrations_of_an_epoch_are_the_same_after_a_pause():
    straight, resumed = make_demonstrations()[0], make_demonstrations()[0]
    straight.fill(0)
    for epoch in range(1, 8):
        straight.refill(epoch)
    resumed.fill(6)
    resumed.refill(7)
    assert torch.equal(straight.rows, resumed.rows)
    other = make_demonstrations(seed=6)[0]
    other.fill(7)
    assert not torch.equal(other.rows, straight.rows)


def test_drawing_demonstrations_leaves_the_tasks_own_random_numbers_alone():
    demonstrations, generator = make_demonstrations()
    state = generator.get_state()
    demonstrations.fill(0)
    assert torch.equal(generator.get_state(), state)


def test_minibatches_are_a_new_shuffling_each_time_and_the_discriminator_sees_a_part():
    torch.manual_seed(0)
    dataset = MotionDataset(12, 4, ["amp_obs"], 2, CPU)
    dataset.update_values_dict({"obs": numbered(0, 12), "amp_obs": numbered(0, 12), "rnn_masks": None})
    orders = []
    for _ in range(2):
        minibatches = list(dataset)
        assert all(torch.equal(part["amp_obs"], part["obs"][:2]) for part in minibatches)
        orders.append(torch.cat([part["obs"][:, 0] for part in minibatches]).tolist())
    assert sorted(orders[0]) == sorted(orders[1]) == [*range(12)]
    assert orders[0] != orders[1]
