"""Steps that do not depend on each other, done one by one, in an order that a test may choose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


def _as_given(count: int) -> Sequence[int]:
    return range(count)


@dataclass
class OneByOne:
    """`vistka.ports.Together`. `order` says, for so many steps, in which order they are done."""

    width: int = 8
    order: Callable[[int], Sequence[int]] = _as_given

    def do[T](self, steps: Sequence[Callable[[], T]]) -> list[T | Exception]:
        outcomes: dict[int, T | Exception] = {}
        for number in self.order(len(steps)):
            try:
                outcomes[number] = steps[number]()
            except Exception as error:  # noqa: BLE001 -- whoever asked judges it
                outcomes[number] = error
        return [outcomes[number] for number in range(len(steps))]
