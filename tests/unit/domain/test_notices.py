"""The ledger's records: identity, ends, and the form in which they are stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vistka.domain.notices import TERMINAL, Audience, Kind, Notice, NoticeState

NOW = datetime(2026, 1, 13, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
NOTICE = Notice(
    order_key="17",
    order_number="TWC17",
    ttn="20450000000017",
    kind=Kind.WAITING,
    occurrence="2",
    audience=Audience.BUYER,
    version=2,
    state=NoticeState.NEW,
    created_at=NOW,
)
WHOLE = replace(
    NOTICE,
    state=NoticeState.SENDING,
    due_at=LATER,
    not_before=LATER,
    chat_id=7001,
    language="en",
    payload={"stage": "at_branch"},
    revision=4,
    attempt=2,
    sweeps=1,
    repeated=True,
    lost=True,
    lease_until=LATER,
    reason="blocked",
    message_id=99,
    settled_at=LATER,
)
STORED = {
    "order_key": "17",
    "order_number": "TWC17",
    "ttn": "20450000000017",
    "kind": "waiting",
    "occurrence": "2",
    "audience": "buyer",
    "version": 2,
    "state": "new",
    "created_at": "2026-01-13T08:00:00.000000Z",
    "language": "uk",
    "payload": {},
    "revision": 0,
    "attempt": 0,
    "sweeps": 0,
}


def test_a_notice_is_known_by_parcel_kind_occurrence_and_audience_r2() -> None:
    assert NOTICE.id == "20450000000017#waiting#2#buyer"


def test_its_stored_form_has_only_what_is_set() -> None:
    assert NOTICE.to_dict() == STORED
    assert WHOLE.to_dict() == STORED | {
        "state": "sending",
        "language": "en",
        "payload": {"stage": "at_branch"},
        "revision": 4,
        "attempt": 2,
        "sweeps": 1,
        "repeated": True,
        "lost": True,
        "due_at": "2026-01-13T08:05:00.000000Z",
        "not_before": "2026-01-13T08:05:00.000000Z",
        "lease_until": "2026-01-13T08:05:00.000000Z",
        "settled_at": "2026-01-13T08:05:00.000000Z",
        "chat_id": 7001,
        "message_id": 99,
        "reason": "blocked",
    }


@pytest.mark.parametrize("notice", [NOTICE, WHOLE])
def test_it_comes_back_the_same(notice: Notice) -> None:
    assert Notice.from_dict(notice.to_dict()) == notice


def test_an_older_record_is_filled_up() -> None:
    short = {name: value for name, value in STORED.items() if name not in
             {"language", "payload", "revision", "attempt", "sweeps"}}  # fmt: skip
    assert Notice.from_dict(short) == NOTICE
    assert Notice.from_dict(STORED | {"language": "", "payload": None, "revision": None, "due_at": None}) == NOTICE


@pytest.mark.parametrize("name", ["order_key", "order_number", "ttn", "kind", "occurrence", "audience", "version",
                                  "state", "created_at"])  # fmt: skip
def test_a_record_that_lacks_what_it_is_is_none(name: str) -> None:
    with pytest.raises(KeyError):
        Notice.from_dict({key: value for key, value in STORED.items() if key != name})


@pytest.mark.parametrize("wrong", [{"kind": "of_a_newer_version"}, {"state": "?"}, {"audience": ""}, {"version": "x"}])
def test_a_record_of_a_newer_version_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Notice.from_dict(STORED | wrong)


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_an_end_has_its_time_and_nothing_is_due_after_it_r3(state: NoticeState) -> None:
    ended = WHOLE.ended(state, NOW, reason="because", message_id=5)
    assert ended == replace(
        WHOLE, state=state, due_at=None, lease_until=None, settled_at=NOW, reason="because", message_id=5, revision=5
    )
    assert ended.settled


def test_an_end_keeps_the_reason_and_the_message_that_were_known() -> None:
    ended = WHOLE.ended(NoticeState.SENT, NOW)
    assert (ended.reason, ended.message_id) == ("blocked", 99)
    assert WHOLE.ended(NoticeState.SENT, NOW, message_id=0).message_id == 0


def test_what_is_held_has_a_lease_no_more_and_is_repeated_silently_if_it_may_have_been_told_r2() -> None:
    until = LATER + timedelta(hours=1)
    held = replace(WHOLE, lost=False).held(until)
    assert held == replace(
        WHOLE, state=NoticeState.WAITING, due_at=until, not_before=until, lease_until=None, lost=True, revision=5
    )
    assert not replace(WHOLE, state=NoticeState.RETRY, lost=False).held(until).lost


def test_of_an_emptied_entry_only_that_it_was_and_how_it_ended_is_left() -> None:
    ended = WHOLE.ended(NoticeState.SENT, NOW)
    assert ended.emptied() == replace(ended, chat_id=None, message_id=None, payload={})


@pytest.mark.parametrize("state", sorted(set(NoticeState) - TERMINAL))
def test_what_is_no_end_does_not_end_a_notice(state: NoticeState) -> None:
    with pytest.raises(ValueError, match=f"^{state} does not end a notice$"):
        NOTICE.ended(state, NOW)
    assert not replace(NOTICE, state=state).settled


@pytest.mark.parametrize("state", [NoticeState.UNKNOWN, NoticeState.SENDING])
def test_what_is_superseded_while_nobody_knows_whether_it_was_told_says_so_r2(state: NoticeState) -> None:
    """It may be made anew, when its number comes back."""
    notice = replace(NOTICE, state=state, lost=False)
    assert notice.ended(NoticeState.SUPERSEDED, NOTICE.created_at).lost
    assert not notice.ended(NoticeState.SENT, NOTICE.created_at).lost
    assert not replace(notice, state=NoticeState.RETRY).ended(NoticeState.SUPERSEDED, NOTICE.created_at).lost
