"""What the ledger's entry of an effect says in the audit trail."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vistka.domain.audit import Act, Actor, Audit, of_effect
from vistka.domain.notices import Audience, Kind, Notice, NoticeState

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ENDED = NOW + timedelta(minutes=5)
APPLIED = Notice(
    order_key="17",
    order_number="TWC17",
    ttn="20450000000017",
    kind=Kind.RECEIVED,
    occurrence="2",
    audience=Audience.ORDER,
    version=2,
    state=NoticeState.APPLIED,
    created_at=NOW,
    settled_at=ENDED,
)


def test_an_effect_that_has_ended_is_an_entry_of_its_end_and_its_moment() -> None:
    assert of_effect(APPLIED) == Audit(
        order_key="17",
        at=ENDED,
        actor=Actor.TRACKER,
        act=Act.MOVED,
        detail={"rule": "received", "end": "applied"},
    )


def test_an_end_that_has_a_reason_says_why() -> None:
    refused = of_effect(replace(APPLIED, state=NoticeState.NOT_APPLICABLE, reason="no such status"))
    assert refused is not None
    assert refused.detail == {"rule": "received", "end": "not_applicable", "why": "no such status"}


def test_an_effect_that_goes_on_is_no_entry_yet() -> None:
    assert of_effect(replace(APPLIED, state=NoticeState.NEW, settled_at=None)) is None


@pytest.mark.parametrize("audience", [audience for audience in Audience if audience is not Audience.ORDER])
def test_what_people_are_told_is_in_the_ledger_alone(audience: Audience) -> None:
    assert of_effect(replace(APPLIED, audience=audience)) is None
