"""``gymctl play TASK A B --compare``: which of two policies is better."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gymctl.commands.arguments import is_word, parse_arguments
from gymctl.commands.flags import ConfigFlags, Directories
from gymctl.commands.measures import measure_fields, shown
from gymctl.commands.output import Output
from gymctl.commands.text import format_table
from gymctl.core.errors import InputError
from gymctl.core.terminal import one_line
from gymctl.core.words import counted

if TYPE_CHECKING:
    from gymctl.policies.comparing import Comparison
    from gymctl.policies.evaluate import Evaluation
    from gymctl.policies.find import PolicySource
    from gymctl.policies.modes import ActionMode
    from gymctl.sim.devices import Backend

_EPISODES = 64


def play_two(
    task: str,
    arguments: Sequence[str],
    mode: "ActionMode",
    episodes: int | None,
    flags: ConfigFlags,
    directories: Directories,
    output: Output,
    *,
    trust: bool,
) -> None:
    """Plays two policies on the same episodes, and prints which one is better.

    Args:
        task: As given.
        arguments: The two policies and settings, as given.
        mode: How actions are drawn.
        episodes: Of each; None means 64.
        flags: As given.
        directories: As given.
        output: Where to print.
        trust: Whether checkpoints may contain any Python objects.
    """
    from gymctl.envs.factory import resolve_backend
    from gymctl.policies.comparing import MOST_ENVS, compare_policies, in_the_same_task
    from gymctl.policies.evaluate import episodes_per_env
    from gymctl.policies.find import find_policy_to_play

    words = [argument for argument in arguments if is_word(argument)]
    if len(words) != 2:
        raise InputError(
            f"--compare needs two policies, and there {'is' if len(words) == 1 else 'are'} {len(words)}",
            "as in 'gymctl play Ant best latest --compare'",
        )
    settings = [argument for argument in arguments if not is_word(argument)]
    episodes = episodes or _EPISODES
    output.waiting("loading PyTorch and MuJoCo")
    found = []
    for word in words:
        given = parse_arguments([task, word, *settings], takes_checkpoint=True)
        found.append(
            find_policy_to_play(
                given.task,
                given.checkpoint,
                episodes=episodes,
                settings=flags.settings | {"num_envs": flags.num_envs or min(episodes, MOST_ENVS)},
                overrides=given.overrides,
                config_dir=directories.config_dir,
                runs_dir=directories.runs_dir,
                trust=trust,
            )
        )
    sources = found[0], in_the_same_task(*found)
    for name, source in zip("AB", sources, strict=True):
        output.notes(f"{name}: {note}" for note in source.notes)
    output.status(f"actions: {mode}")
    config = sources[0].config
    backend, per_env = resolve_backend(config), episodes_per_env(episodes, config.num_envs)
    with output.counter() as count:
        total = config.num_envs * per_env
        comparison = compare_policies(
            sources, mode, backend, per_env, lambda name, ended: count(f"episodes of {name}", ended, total)
        )
    output.result(_fields(sources, mode, backend, comparison), _text(sources, comparison))


def _fields(
    sources: "Sequence[PolicySource]", mode: "ActionMode", backend: "Backend", comparison: "Comparison"
) -> dict[str, Any]:
    from gymctl.core.files import sha256

    config = sources[0].config

    def policy(source: "PolicySource", evaluation: "Evaluation") -> dict[str, Any]:
        return {
            "checkpoint": str(source.path),
            "checkpoint_sha256": sha256(source.file),
            "reward": asdict(evaluation.reward),
            "length": asdict(evaluation.length),
            "measures": measure_fields(evaluation.measures),
            "diverged": evaluation.diverged,
        }

    return {
        "task": sources[0].task,
        "a": policy(sources[0], comparison.a),
        "b": policy(sources[1], comparison.b),
        "difference": asdict(comparison.difference),
        "measure_differences": {name: asdict(d) for name, d in comparison.measure_differences.items()},
        "paired": comparison.paired,
        "better": {"more": "b", "less": "a", "none": None}[comparison.difference.verdict],
        "verdict": comparison.verdict,
        "episodes": comparison.a.episodes,
        "num_envs": config.num_envs,
        "seed": config.seed,
        "action_mode": mode.name,
        "sigma": mode.sigma,
        "device": str(backend.rl_device),
        "engine": backend.engine,
        "physics": config.task.physics,
    }


def _text(sources: "Sequence[PolicySource]", comparison: "Comparison") -> str:
    how = "paired: each two began in the same state" if comparison.paired else "not paired: several from each env"
    lines = [f"{sources[0].task}: {counted(comparison.a.episodes, 'episode')} of each, {how}"]
    lines += [f"{name}  {one_line(source.path)}" for name, source in zip("AB", sources, strict=True)]
    lines.append(f"{'':<18}{'mean':>12}{'95% interval':>26}")
    rows = [
        ("return of A", comparison.a.reward.mean, comparison.a.reward.ci95),
        ("return of B", comparison.b.reward.mean, comparison.b.reward.ci95),
        ("B - A", comparison.difference.mean, comparison.difference.ci95),
    ]
    lines += [_row(*row) for row in rows]
    return "\n".join([*lines, *_measures(comparison), comparison.verdict])


def _measures(comparison: "Comparison") -> list[str]:
    """What the task measures, of both beside each other; differences of what is known of each episode."""
    if not comparison.a.measures:
        return []
    rows = [["", "A", "B", "B - A", "95% interval"]]
    for a, b in zip(comparison.a.measures, comparison.b.measures, strict=True):
        row = [f"{a.name} [{a.unit}]", shown(a.mean), shown(b.mean), "-", "-"]
        if (d := comparison.measure_differences.get(a.name)) is not None:
            row[3] = shown(d.mean)
            row[4] = " to ".join(map(shown, d.ci95)) if d.ci95 else "-"
        rows.append(row)
    return format_table(rows, right=(1, 2, 3, 4)).splitlines()


def _row(name: str, mean: float, interval: tuple[float, float] | None) -> str:
    between = " to ".join(f"{bound:,.2f}" for bound in interval) if interval else "-"
    return f"{name:<18}{mean:>12,.2f}{between:>26}"
