"""Packages that are written: whole, installable, and trained without an edit."""

import importlib.util
import os
import shutil

import pytest
import yaml

from gymctl.api import train
from gymctl.config import compose
from gymctl.config.catalogue import cpu_settings, task_names
from gymctl.core.errors import InputError
from gymctl.envs.trial import try_task
from gymctl.learning.prepare import prepare_training
from gymctl.scaffold.package import write_package
from gymctl.tasks import registry
from tests.scaffold.conftest import BLANK, MODELS, ROBOTS, location

every_robot = pytest.mark.parametrize("robot", MODELS)


def write(tmp_path, package="my_robot", model=ROBOTS / "arm.xml", **settings):
    return write_package(package, model, task_names(), parent=tmp_path, **settings)


@every_robot
def test_the_kind_is_guessed_from_the_model(made, robot):
    assert made[robot].kind == {"quadruped": "walk", "arm": "reach", "hopper": "walk"}[robot]


@every_robot
def test_it_has_all_that_a_package_needs(made, robot):
    task = made[robot]
    package = task.directory / f"my_{robot}"
    assert {path.name for path in task.directory.iterdir()} == {
        "pyproject.toml", "README.md", "AGENTS.md", "tests", package.name,
    }  # fmt: skip
    assert (package / "model" / MODELS[robot]).read_bytes() == (ROBOTS / MODELS[robot]).read_bytes()
    for name in task.files:
        text = (task.directory / name).read_text()
        assert "<<" not in text
        assert text.endswith("\n")
        if name.endswith(".py"):
            compile(text, name, "exec")
            assert all(len(line) <= 120 for line in text.splitlines())


@every_robot
@pytest.mark.slow
def test_it_trains_where_it_is_installed_and_its_own_test_passes(installed, robot, tmp_path, monkeypatch):
    task = installed(robot)
    monkeypatch.chdir(tmp_path)
    assert registry.summary(task.name).observations == task.observations
    train(task.name, num_envs=16, max_iterations=2, device="cpu")
    assert list((tmp_path / "runs").glob(f"{task.name}_*/nn/*.pth"))
    spec = importlib.util.spec_from_file_location("own", task.directory / "tests" / f"test_my_{robot}.py")
    own = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(own)
    tests = [value for name, value in vars(own).items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()


@every_robot
def test_worlds_can_be_chosen_by_masks_as_on_a_gpu(made, robot):
    assert try_task(compose(location(made[robot])), masks=True) == []


@pytest.mark.parametrize("robot", BLANK)
def test_a_blank_task_of_any_robot_keeps_the_contract(made, robot):
    assert try_task(compose(location(made[robot]))) == []


def test_settings_for_a_cpu_are_found_in_the_package_by_name_and_by_path(installed, tmp_path):
    task = installed("arm")
    own = task.directory / task.directory.name / "configs"
    device = {"sim_device": "cpu", "rl_device": "cpu"}

    def num_envs(task, **settings):
        return prepare_training(task, settings=device, runs_dir=tmp_path, **settings).config.num_envs

    assert num_envs(task.name) == num_envs(location(task)) == 512
    assert num_envs(location(task), overrides=["train=CartpolePPO"]) == 512
    assert num_envs(location(task), overrides=["num_envs=32", "train=CartpolePPO"]) == 32
    assert num_envs(location(task), config_dir=own) == num_envs(task.name, config_dir=own) == 4096


def test_a_class_by_its_path_has_no_settings_of_another_task_of_its_name(made, tmp_path):
    task = made["arm"]
    folder = shutil.copytree(task.directory / task.directory.name, tmp_path / "own")
    for file in (folder / "task.py", *folder.glob("configs/*/*.yaml")):
        file.write_text(file.read_text().replace("MyArm", "Ant"))
        file.rename(file.with_name(file.name.replace("MyArm", "Ant")))
    (folder / "configs/cpu/Ant.yaml").unlink()
    assert cpu_settings("Ant")
    assert not cpu_settings(f"{folder}/task.py:Ant")


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "my_robot").mkdir()
    (tmp_path / "my_robot" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="already"):
        write(tmp_path)
    assert os.listdir(tmp_path / "my_robot") == ["mine.txt"]
    os.symlink("nowhere", tmp_path / "my_link")
    with pytest.raises(InputError, match="already"):
        write(tmp_path, "my_link")


def test_only_files_that_the_model_names_are_copied(tmp_path):
    source = tmp_path / "source"
    (source / "parts").mkdir(parents=True)
    (source / "secret.txt").write_text("secret")
    text = (ROBOTS / "arm.xml").read_text()
    (source / "parts" / "arm.xml").write_text(text)
    (source / "scene.xml").write_text('<mujoco><include file="parts/arm.xml"/></mujoco>')
    task = write(tmp_path, "my_scene", source / "scene.xml")
    model = task.directory / "my_scene" / "model"
    copied = {str(path.relative_to(model)) for path in model.rglob("*") if path.is_file()}
    assert copied == {"scene.xml", "parts/arm.xml"}


def test_a_model_with_files_outside_its_folder_is_refused_unless_a_larger_one_is_named(tmp_path):
    (tmp_path / "xml").mkdir()
    (tmp_path / "arm.xml").write_text((ROBOTS / "arm.xml").read_text())
    model = tmp_path / "xml" / "scene.xml"
    model.write_text('<mujoco><include file="../arm.xml"/></mujoco>')
    with pytest.raises(InputError, match="outside"):
        write(tmp_path, model=model)
    task = write(tmp_path, model=model, inside=tmp_path)
    assert (task.directory / "my_robot" / "model" / "xml" / "scene.xml").is_file()
    assert '"xml/scene.xml"' in (task.directory / "my_robot" / "task.py").read_text()


def test_missing_files_are_listed_with_their_lines(tmp_path):
    text = (ROBOTS / "arm.xml").read_text()
    model = tmp_path / "arm.xml"
    model.write_text(text.replace("<worldbody>", '<asset>\n<mesh file="no.stl"/>\n</asset>\n<worldbody>'))
    with pytest.raises(InputError, match="1 file that is missing") as refused:
        write(tmp_path, model=model)
    line = model.read_text().splitlines().index('<mesh file="no.stl"/>') + 1
    assert refused.value.details == (f"arm.xml:{line}: file 'no.stl'",)


def test_odd_names_in_a_model_are_quoted_or_refused(tmp_path):
    text = (ROBOTS / "arm.xml").read_text()
    model = tmp_path / "arm.xml"
    model.write_text(text.replace('"elbow"', '"on"').replace('"turn"', '"1: 2"'))
    task = write(tmp_path, "my_odd", model)
    settings = yaml.safe_load((task.directory / "my_odd/configs/task/MyOdd.yaml").read_text())
    assert {"on", "1: 2"} < settings["env"]["control"]["stiffness"].keys()
    for name in ("${oc.env:HOME}", "a'b", "a&#10;b", "\N{RIGHT-TO-LEFT OVERRIDE}b", "<<x>>".replace("<", "&lt;")):
        model.write_text(text.replace('"elbow"', f'"{name}"'))
        with pytest.raises(InputError, match="the model has the name"):
            write(tmp_path, "my_odder", model)
    assert not (tmp_path / "my_odder").exists()
