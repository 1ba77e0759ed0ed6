"""Summing up a run."""

from gymctl.runs.history import read_history
from gymctl.runs.reporting import read_report
from gymctl.runs.summary import summarize
from tests.helpers.written_events import epochs, event_file, run


def test_curves_that_have_been_read_are_not_read_again(tmp_path):
    made = run(tmp_path, "Ant", task="Ant", status="running")
    file = event_file(made.summaries_dir, 1000.0, epochs([1, 2, 3]))
    history = read_history(made)
    file.unlink()
    summary = summarize(made, history)
    assert (summary.epochs, summary.best_reward) == (3, 3.0)


def test_a_run_without_a_history_is_read(tmp_path):
    made = run(tmp_path, "Ant", task="Ant", status="running")
    event_file(made.summaries_dir, 1000.0, epochs([1, 2]))
    assert summarize(made).epochs == read_report(made).summary.epochs == 2
