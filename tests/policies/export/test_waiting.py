"""A computation is waited for as long as wanted, and Ctrl-C ends the wait."""

import signal
import threading

import pytest

from gymctl.policies.export.waiting import within


def test_its_result_or_error_is_passed_on():
    assert within(60.0, lambda: 3, lambda: None) == 3
    with pytest.raises(ZeroDivisionError):
        within(60.0, lambda: 1 // 0, lambda: None)


def test_one_that_takes_too_long_is_asked_to_stop():
    stopped = threading.Event()
    with pytest.raises(TimeoutError, match=r"more than 0\.01 s"):
        within(0.01, lambda: stopped.wait(60), stopped.set)
    assert stopped.is_set()


def test_one_that_doesnt_obey_is_left_alone():
    end = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.01, lambda: end.wait(60), lambda: None)
    end.set()


@pytest.fixture
def interruptible():
    """Python's own handler of SIGINT, which a process in the background of a script ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_signal_ends_the_wait():
    def interrupt():
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        stopped.wait(60)

    stopped = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        within(60.0, interrupt, stopped.set)
    assert stopped.is_set()
