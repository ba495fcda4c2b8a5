"""The keys of the carrier as they are stored, and as a call uses them."""

from datetime import timedelta

import pytest

from vistka.adapters.nova_poshta_keys import Keyring
from vistka.carrier.keys import keys_of
from vistka.domain.errors import SlotTaken

SECOND = timedelta(seconds=1)


class Busy:
    def __init__(self, wait: timedelta) -> None:
        self.wait = wait

    def take(self, *, longest: timedelta) -> timedelta:
        if self.wait > longest:
            raise SlotTaken("taken", wait=self.wait)
        return self.wait


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ()),
        (" \n", ()),
        ("one", ("one",)),
        ("one\n", ("one",)),
        ("one,two", ("one", "two")),
        (" one ;two\nthree , two", ("one", "two", "three")),
    ],
)
def test_keys_stand_apart_by_commas_or_blanks_and_each_counts_once(text: str, keys: tuple[str, ...]) -> None:
    assert keys_of(text) == keys


def test_the_turn_says_which_key_is_tried_first() -> None:
    free = Busy(timedelta())
    asked = []
    for turn in range(4):
        ring = Keyring(["a", "b", "c"], lambda _key: free, turn=turn)
        ring.take(longest=SECOND)
        asked.append(ring.key)
    assert asked == ["a", "b", "c", "a"]


def test_a_busy_key_makes_room_for_a_free_one() -> None:
    paces = {"a": Busy(3 * SECOND), "b": Busy(timedelta())}
    ring = Keyring(["a", "b"], paces.__getitem__)
    assert (ring.take(longest=5 * SECOND), ring.key) == (timedelta(), "b")


def test_where_all_are_busy_the_soonest_is_waited_for() -> None:
    paces = {"a": Busy(3 * SECOND), "b": Busy(2 * SECOND), "c": Busy(4 * SECOND)}
    ring = Keyring(["a", "b", "c"], paces.__getitem__)
    assert (ring.take(longest=5 * SECOND), ring.key) == (2 * SECOND, "b")
    with pytest.raises(SlotTaken) as caught:
        ring.take(longest=SECOND)
    assert caught.value.wait == 2 * SECOND


def test_one_key_is_waited_for_as_long_as_may_be() -> None:
    ring = Keyring(["a"], lambda _key: Busy(2 * SECOND))
    assert ring.take(longest=2 * SECOND) == 2 * SECOND


def test_without_keys_there_is_nothing_to_lay_aside() -> None:
    ring = Keyring([], lambda _key: Busy(timedelta()))
    assert (ring.key, ring.lay_aside(allow_keyless=True), ring.refused) == ("", False, 0)


def test_the_last_key_is_laid_aside_only_where_asking_without_one_is_allowed() -> None:
    def ring() -> Keyring:
        return Keyring(["a", "b"], lambda _key: Busy(timedelta()))

    strict, lenient = ring(), ring()
    assert [strict.lay_aside(allow_keyless=False) for _ in range(2)] == [True, False]
    assert [lenient.lay_aside(allow_keyless=True) for _ in range(3)] == [True, True, False]
    assert (lenient.key, lenient.refused) == ("", 2)


def test_who_asks_without_a_key_that_was_refused_keeps_to_its_pace() -> None:
    asked: list[str] = []

    def pace(key: str) -> Busy:
        asked.append(key)
        return Busy(timedelta())

    ring = Keyring(["a"], pace)
    ring.take(longest=SECOND)
    ring.lay_aside(allow_keyless=True)
    ring.take(longest=SECOND)
    assert (asked, ring.key) == (["a", "a"], "")
    Keyring([], pace).take(longest=SECOND)
    assert asked[-1] == ""


def test_no_key_is_shown() -> None:
    assert "secret-key" not in repr(Keyring(["secret-key"], lambda _key: Busy(timedelta())))
