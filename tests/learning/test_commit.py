"""The commit that a training was started from."""

import subprocess

import pytest

from gymctl.learning.commit import commit_of


@pytest.fixture
def repository(tmp_path):
    """A repository with a commit, whose config would run a program."""
    directory = tmp_path / "repository"
    (directory / "deep" / "down").mkdir(parents=True)
    git("init", "-q", cwd=directory)
    git("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "--allow-empty", "-m", "x", cwd=directory)
    with (directory / ".git" / "config").open("a") as config:
        config.write(f"[core]\n\tfsmonitor = touch {tmp_path}/canary\n\tpager = touch {tmp_path}/canary\n")
    return directory


def git(*arguments, cwd):
    return subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout.strip()


def test_it_is_the_one_that_git_says(repository, tmp_path):
    head = (repository / ".git" / "HEAD").read_text().strip().removeprefix("ref: ")
    commit = (repository / ".git" / head).read_text().strip()
    assert commit_of(repository) == commit_of(repository / "deep" / "down") == commit
    git("pack-refs", "--all", cwd=repository)
    assert commit_of(repository) == commit
    git("worktree", "add", "-q", "-b", "a/b", str(tmp_path / "tree"), cwd=repository)
    assert commit_of(tmp_path / "tree") == commit
    (repository / ".git" / "HEAD").write_text(commit)
    (tmp_path / "canary").unlink(missing_ok=True)
    assert commit_of(repository) == commit
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    "head", ["", "ref: ../../secret", "ref: refs/heads/../../../secret", "ref: refs/heads/none", "g" * 40, "\udcff"]
)
def test_a_head_that_leads_nowhere_tells_nothing(repository, tmp_path, head):
    (tmp_path / "secret").write_text("not a commit")
    (repository / ".git" / "HEAD").write_bytes(head.encode("utf-8", "surrogateescape"))
    assert commit_of(repository) is None


@pytest.mark.parametrize("content", ["", "gitdir: /nowhere", "gitdir: .", "x" * 5000])
def test_a_file_that_leads_nowhere_tells_nothing(tmp_path, content):
    (tmp_path / ".git").write_text(content)
    assert commit_of(tmp_path) is None


def test_without_a_repository_there_is_none(tmp_path):
    assert commit_of(tmp_path) is None
