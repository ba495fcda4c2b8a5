"""Seeds on all processors: processes that are started anew, as a fork among threads may hang."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context


@contextmanager
def pool(jobs: int = 0) -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(jobs or os.cpu_count() or 1, mp_context=get_context("spawn")) as executor:
        yield executor


def spread[A, R](function: Callable[[A], R], arguments: Iterable[A]) -> list[R]:
    with pool() as executor:
        return list(executor.map(function, arguments))
