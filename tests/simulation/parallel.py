"""Seeds on all processors: processes that are started anew, as a fork among threads may hang."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from threading import Thread


@contextmanager
def pool(jobs: int = 0) -> Iterator[ProcessPoolExecutor]:
    processes = jobs or os.cpu_count() or 1
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_end_with_parent) as executor:
        # From their first moment on: Ctrl-C is the parent's affair.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        for _ in range(processes):
            executor.submit(os.getpid)  # begins one
        signal.signal(signal.SIGINT, before)
        try:
            yield executor
        except KeyboardInterrupt:
            for process in active_children():
                process.terminate()  # else what they have begun would be waited for
            raise


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for its next seed for ever."""
    Thread(target=_await_end_of_parent, daemon=True).start()


def _await_end_of_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def spread[A, R](function: Callable[[A], R], arguments: Iterable[A]) -> list[R]:
    with pool() as executor:
        return list(executor.map(function, arguments))
