"""Several requests at once, in threads that are kept for the environment's life."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property


class Threads:
    """`vistka.ports.Together`. What the steps share must bear threads: botocore's clients do, once they are made."""

    def __init__(self, width: int) -> None:
        self.width = width

    def do[T](self, steps: Sequence[Callable[[], T]]) -> list[T | Exception]:
        if len(steps) == 1:
            return [_outcome(steps[0])]
        return list(self._pool.map(_outcome, steps))

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.width, thread_name_prefix="together")


def _outcome[T](step: Callable[[], T]) -> T | Exception:
    try:
        return step()
    except Exception as error:  # noqa: BLE001 -- whoever asked judges it
        return error
