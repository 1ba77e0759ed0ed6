"""What checkpoint file names say."""

import pytest

from gymctl.runs.checkpoint_names import CheckpointName, parse


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("Ant", CheckpointName("Ant")),
        ("last_Ant_ep_500_rew_5981.3", CheckpointName("Ant", epoch=500, reward=5981.3)),
        ("last_Ant_ep_500_rew__5981.3_", CheckpointName("Ant", epoch=500, reward=5981.3)),
        ("last_Ant_ep_500_rew__15._", CheckpointName("Ant", epoch=500, reward=15.0)),
        ("last_Ant_ep_7_rew_-0.25", CheckpointName("Ant", epoch=7, reward=-0.25)),
        ("last_Ant_ep_7_rew_1.5e-05", CheckpointName("Ant", epoch=7, reward=1.5e-05)),
        ("last_Ant_ep_7_rew_-inf", CheckpointName("Ant", epoch=7)),
        ("last_Ant_ep_7_rew_nan", CheckpointName("Ant", epoch=7)),
        ("last_Ant_ep_7_rew__12.5  3.25_", CheckpointName("Ant", epoch=7, reward=12.5)),
        ("last_Ant_frame_65536_rew__1.5_", CheckpointName("Ant", frame=65536, reward=1.5)),
        ("Ant_ep_500_rew_5981.3", CheckpointName("Ant", epoch=500, reward=5981.3)),
        ("last_Antep=501rew[5981.31]", CheckpointName("Ant", epoch=501, reward=5981.31)),
        ("last_Cartpoleep100rew[491.5]", CheckpointName("Cartpole", epoch=100, reward=491.5)),
        ("last_Cartpoleep100rew[ 491.5   3.]", CheckpointName("Cartpole", epoch=100, reward=491.5)),
        ("last_Sleepep7rew[-inf]", CheckpointName("Sleep", epoch=7)),
        ("last_Ant_ep_500_rew_[5981.3]", CheckpointName("Ant", epoch=500, reward=5981.3)),
        ("last_Ant_ep_500_rew_[-0.5 2.5]", CheckpointName("Ant", epoch=500, reward=-0.5)),
        ("ep_7100_rew_7423.4507", CheckpointName("", epoch=7100, reward=7423.4507)),
        ("HumanoidAMP_25-11-30-12", CheckpointName("HumanoidAMP", dated=True)),
        ("HumanoidAMP_25-11-30-12_500", CheckpointName("HumanoidAMP", epoch=500, dated=True)),
        ("last_Ant_custom_stop_ep_500", CheckpointName("Ant", epoch=500)),
        ("last_my Ant_ep_3_rew_2_ep_40_rew_9.5", CheckpointName("my Ant_ep_3_rew_2", epoch=40, reward=9.5)),
    ],
)
def test_every_layout_of_rl_games_is_understood(stem, expected):
    assert parse(stem) == expected


@pytest.mark.parametrize("stem", ["Sleep_5", "Crew", "last_mile", "Ant_2026-11-22_10-00-00", "brew7", "step=5"])
def test_a_name_that_only_resembles_a_layout_is_the_experiments(stem):
    assert parse(stem) == CheckpointName(stem)
    assert parse(stem).is_best


NAMES = [
    "Ant_ep_5_rew_3",
    "last_Ant",
    "last_last_Ant_ep_9_rew_1",
    "best",
    "latest",
    "A_25-11-30-12",
    "Xep=1rew[2]",
    "a.b*",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_experiments_name_passes_for_something_else_where_it_is_known(name):
    assert parse(name, [name]) == CheckpointName(name)
    assert parse(name, [name]).is_best
    for stem, last in ((f"last_{name}_ep_40_rew_9.5", True), (f"{name}_ep_40_rew__9.5_", False)):
        found = parse(stem, [name])
        assert (found, found.last) == (CheckpointName(name, epoch=40, reward=9.5), last)
    assert parse(f"last_{name}ep40rew[9.5]", [name]) == CheckpointName(name, epoch=40, reward=9.5)


def test_names_are_those_of_the_run_or_what_the_file_itself_says():
    assert parse("last_Ant_ep_5_rew_1", ["renamed"]) == CheckpointName("Ant", epoch=5, reward=1.0)
    assert parse("Ant_ep_5_rew_3", ["Ant"]) == CheckpointName("Ant", epoch=5, reward=3.0)
    assert parse("Ant_ep_5_rew_3", ["Ant", "Ant_ep_5_rew_3"]) == CheckpointName("Ant_ep_5_rew_3")


@pytest.mark.parametrize("stem", ["A_ep_" + "9" * 200, "A_ep_٣", "A_rew_" + "9" * 240, "_ep_3", "last_", "ep=1rew[1]"])
def test_odd_names_are_read_without_an_error(stem):
    parse(stem)
