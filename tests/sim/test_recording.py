"""A body is recorded after it has run some times, and goes on without where it can't be."""

import contextlib
import gc

import pytest
import torch

from gymctl.sim.recording import Recorded, capture
from tests.helpers.tape import Tape


def adding(counter, calls):
    def body():
        calls.append(1)
        counter.add_(1)
        return counter * 2

    return body


def test_python_runs_no_more_once_it_is_recorded():
    counter, calls = torch.zeros(2), []
    body = Recorded("this", adding(counter, calls), Tape())
    results = [body().clone() for _ in range(9)]
    assert [result[0].item() for result in results] == [2.0 * n for n in range(1, 10)]
    assert len(calls) == 4
    assert body.recorded


def test_a_recording_gives_the_same_memory_again():
    body = Recorded("this", adding(torch.zeros(2), []), Tape())
    for _ in range(4):
        first = body()
    assert body() is first


def test_random_numbers_are_new_in_every_run():
    generator, same = torch.Generator().manual_seed(0), torch.Generator().manual_seed(0)
    body = Recorded("this", lambda: torch.rand(3, generator=generator), Tape(), [generator])
    for _ in range(8):
        assert torch.equal(body(), torch.rand(3, generator=same))


def test_without_a_recorder_python_runs_every_time():
    calls = []
    body = Recorded("this", adding(torch.zeros(2), calls), None)
    for _ in range(9):
        body()
    assert len(calls) == 9
    assert not body.recorded


class Refusing:
    tried = 0

    def record(self, body, generators):
        self.tried += 1
        raise RuntimeError("operation not permitted\nwhen a stream is capturing")


def test_what_can_not_be_recorded_goes_on_after_one_warning():
    counter, calls, recorder = torch.zeros(2), [], Refusing()
    body = Recorded("the swim", adding(counter, calls), recorder)
    with pytest.warns(
        RuntimeWarning, match="the swim can't be recorded as a graph: operation not permitted. It"
    ) as told:
        results = [body()[0].item() for _ in range(9)]
    assert results == [2.0 * n for n in range(1, 10)]
    assert len(told) == recorder.tried == 1
    assert not body.recorded


def test_no_old_recording_is_deleted_while_one_is_made(monkeypatch):
    class NoGraph:
        def replay(self):
            pass

    monkeypatch.setattr(torch.cuda, "CUDAGraph", NoGraph)
    monkeypatch.setattr(torch.cuda, "graph", lambda *_, **__: contextlib.nullcontext())
    collecting, _ = capture(gc.isenabled)
    assert not collecting
    assert gc.isenabled()
