"""The keys that one call may ask with: each has a pace of its own, and one that is refused is laid aside."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from vistka.domain.errors import SlotTaken
from vistka.ports import Pace

_AT_ONCE: Final = timedelta()


class Keyring:
    """Without any key the carrier is asked with none, and that has a pace too. `turn` says whose turn it is: calls that
    begin at different numbers spread over the keys."""

    def __init__(self, keys: Sequence[str], pace: Callable[[str], Pace], *, turn: int = 0) -> None:
        begin = turn % len(keys) if keys else 0
        self._left = [*keys[begin:], *keys[:begin]] or [""]
        self._pace = pace
        self.refused = 0
        #: whoever asks without a key because it was refused keeps to its pace
        self._last = ""
        self.key = self._left[0]

    def take(self, *, longest: timedelta) -> timedelta:
        """A slot of the key whose turn it is; if that one is busy, of the first that is not, else of the one that is
        free soonest. Asks with that key from then on. Raises SlotTaken."""
        if len(self._left) == 1:
            return self._take(self._left[0], longest)
        soonest: tuple[timedelta, str] | None = None
        for key in self._left:
            try:
                return self._take(key, _AT_ONCE)
            except SlotTaken as taken:
                soonest = min(soonest or (taken.wait, key), (taken.wait, key))
        assert soonest is not None
        return self._take(soonest[1], longest)

    def lay_aside(self, *, allow_keyless: bool) -> bool:
        """The key was refused: go on with the others, or without any; False where nothing is left to ask with."""
        if not self.key:
            return False
        self.refused += 1
        self._left.remove(self.key)
        if not self._left and not allow_keyless:
            return False
        if not self._left:
            self._left, self._last = [""], self.key
        self.key = self._left[0]
        return True

    def _take(self, key: str, longest: timedelta) -> timedelta:
        wait = self._pace(key or self._last).take(longest=longest)
        self.key = key
        return wait
