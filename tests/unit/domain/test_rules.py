"""What moves an order: by the stage its parcels have come to, all of them, whatever number stands for one now."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from vistka.domain.notices import Kind
from vistka.domain.parcels import ParcelState
from vistka.domain.rules import Event, all_came_to, all_may_come_to, came_to, standing_for
from vistka.domain.stages import Stage

A, B, C = "20450000000017", "20450000000024", "20450000000031"
AT = datetime(2025, 9, 10, 9, tzinfo=UTC)


def state(ttn: str, stage: Stage | None, *children: str) -> ParcelState:
    return ParcelState(ttn=ttn, revision=1, version=1, observed_at=AT, first_seen_at=AT, stage=stage, children=children)


def known(*states: ParcelState) -> dict[str, ParcelState]:
    return {one.ttn: one for one in states}


def test_every_event_has_the_name_of_the_notice_that_tells_of_it() -> None:
    assert [Kind(str(event)) for event in Event] == [Kind.RECEIVED, Kind.REFUSED, Kind.RETURNED]


@pytest.mark.parametrize("stage", Stage)
def test_the_stage_says_what_a_parcel_has_come_to_f10_f31(stage: Stage) -> None:
    """Back at the shop is never received."""
    expected = {
        Stage.DELIVERED: Event.RECEIVED,
        Stage.REFUSED: Event.REFUSED,
        Stage.RETURNING: Event.REFUSED,
        Stage.RETURN_WAITING: Event.REFUSED,
        Stage.RETURNED: Event.RETURNED,
    }
    assert came_to(state(A, stage)) is expected.get(stage)


def test_of_an_unknown_parcel_nothing_is_known() -> None:
    assert came_to(None) is None
    assert came_to(state(A, None)) is None
    assert not all_came_to(Event.RECEIVED, [A], {})


def test_all_parcels_must_have_come_to_it() -> None:
    received, refused = state(A, Stage.DELIVERED), state(B, Stage.REFUSED)
    assert all_came_to(Event.RECEIVED, [A], known(received))
    assert all_came_to(Event.RECEIVED, [A, B], known(received, replace(refused, stage=Stage.DELIVERED)))
    assert not all_came_to(Event.RECEIVED, [A, B], known(received, refused))
    assert not all_came_to(Event.REFUSED, [A, B], known(received, refused))
    assert not all_came_to(Event.RECEIVED, [A, B], known(received))
    assert not all_came_to(Event.RECEIVED, [], {})


def test_a_refused_parcel_may_be_back_already_but_not_the_other_way_round() -> None:
    states = known(state(A, Stage.REFUSED), state(B, Stage.RETURNED))
    assert all_came_to(Event.REFUSED, [A, B], states)
    assert not all_came_to(Event.RETURNED, [A, B], states)


def test_a_parcel_that_is_back_at_the_shop_was_not_received() -> None:
    states = known(state(A, Stage.DELIVERED), state(B, Stage.RETURNED))
    assert not all_came_to(Event.RECEIVED, [A, B], states)
    assert not all_came_to(Event.RECEIVED, [B], states)


def test_a_deleted_waybill_does_not_count_unless_it_is_the_only_one() -> None:
    states = known(state(A, Stage.DELETED), state(B, Stage.DELIVERED))
    assert all_came_to(Event.RECEIVED, [A, B], states)
    assert not all_came_to(Event.RECEIVED, [A], states)


def test_what_is_under_way_or_unknown_may_come_to_it_yet() -> None:
    received, under_way = state(A, Stage.DELIVERED), state(B, Stage.IN_TRANSIT)
    for other in (under_way, replace(under_way, stage=None), replace(under_way, stage=Stage.DELETED)):
        assert all_may_come_to(Event.RECEIVED, [A, B], known(received, other))
    assert all_may_come_to(Event.RECEIVED, [A, B], known(received))
    assert not all_may_come_to(Event.RECEIVED, [A, B], known(received, replace(under_way, ended="aged_out")))


def test_what_has_come_to_something_else_makes_a_mixture_unless_it_is_coming_back() -> None:
    received, refused, back = state(A, Stage.DELIVERED), state(B, Stage.REFUSED), state(C, Stage.RETURNED)
    states = known(received, refused, back)
    assert not all_may_come_to(Event.RECEIVED, [A, B], states)
    assert not all_may_come_to(Event.REFUSED, [A, B], states)
    assert all_may_come_to(Event.REFUSED, [B, C], states)
    assert all_may_come_to(Event.RETURNED, [B, C], states)
    assert not all_may_come_to(Event.RETURNED, [A, C], states)


def test_what_took_a_parcels_place_stands_for_it() -> None:
    """F31: the number in the order's field was redirected, or went back."""
    states = known(state(A, Stage.REDIRECTED, B), replace(state(B, Stage.REFUSED, C)), state(C, Stage.RETURNED))
    assert standing_for(A, states) == states[C]
    assert all_came_to(Event.RETURNED, [A], states)
    states[C] = state(C, Stage.DELIVERED)
    assert all_came_to(Event.RECEIVED, [A], states)


def test_a_child_that_nobody_knows_yet_stands_for_nobody() -> None:
    parent = state(A, Stage.REFUSED, B)
    for child in (None, state(B, None), state(B, Stage.NOT_FOUND)):
        assert all_came_to(Event.REFUSED, [A], known(parent, *([child] if child else [])))


def test_what_is_known_further_on_stands_for_what_nobody_understood_in_between() -> None:
    states = known(state(A, Stage.REDIRECTED, B), state(B, None, C), state(C, Stage.REFUSED))
    assert standing_for(A, states) == states[C]
    assert all_came_to(Event.REFUSED, [A], states)


def test_a_ring_of_children_ends() -> None:
    states = known(state(A, Stage.REFUSED, B), state(B, Stage.REFUSED, A))
    assert standing_for(A, states) in states.values()
