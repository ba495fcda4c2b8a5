"""Who hears of which kind: the default, a shop's own choice, and what is no choice."""

import pytest

from vistka.domain.audience import CHOOSABLE, Audiences
from vistka.domain.notices import OF_CHANGES, REMINDERS, Audience, Kind

USUAL = Audiences()


def test_nothing_said_is_the_default() -> None:
    assert Audiences.parse() == USUAL
    assert Audiences.parse(buyer=" ", shop=",") == USUAL
    assert all(USUAL.of(audience) <= CHOOSABLE[audience] for audience in Audience)


def test_a_list_of_kinds_takes_the_defaults_place() -> None:
    chosen = Audiences.parse(buyer="waiting, received")
    assert chosen == Audiences(buyer=frozenset({Kind.WAITING, Kind.RECEIVED}), shop=USUAL.shop)
    assert chosen.of(Audience.BUYER) == chosen.buyer
    assert chosen.of(Audience.SHOP) == USUAL.shop


def test_signs_change_the_default() -> None:
    chosen = Audiences.parse(buyer="+failed_attempt, -received", shop="+ storage_ended")
    assert chosen.buyer == USUAL.buyer - {Kind.RECEIVED} | {Kind.FAILED_ATTEMPT}
    assert chosen.shop == USUAL.shop | {Kind.STORAGE_ENDED}


def test_none_is_nobody() -> None:
    assert Audiences.parse(buyer="none").buyer == frozenset()


@pytest.mark.parametrize("text", ["recieved", "+untold", "report", "none, waiting", "+", "second_chat", "Xwaiting"])
def test_what_cannot_be_chosen_is_named_with_what_can(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no kind of news that can be chosen; those are .*waiting"):
        Audiences.parse(shop=text)


def test_a_return_that_waits_for_the_shop_is_no_news_for_its_buyer() -> None:
    assert Kind.RETURN_WAITING in Audiences.parse(shop="+return_waiting").shop
    with pytest.raises(ValueError, match="'return_waiting' is no kind"):
        Audiences.parse(buyer="+return_waiting")


def test_signs_and_plain_names_do_not_mix() -> None:
    with pytest.raises(ValueError, match="not both"):
        Audiences.parse(buyer="waiting, -received")


def test_a_reminder_is_no_change() -> None:
    assert not OF_CHANGES & REMINDERS
