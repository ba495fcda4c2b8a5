"""What an answer of the carrier makes of a parcel."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.hearers import CHANGES_ONLY, hearers
from vistka.domain.audience import Audiences
from vistka.domain.decisions import Decision, decide, draft_of
from vistka.domain.notices import Audience, Kind, NoticeState, Unreachable
from vistka.domain.orders import Order
from vistka.domain.parcels import Facts, ParcelState
from vistka.domain.policy import Policy
from vistka.domain.polling import CLOCK_AHEAD, QUARANTINE_AFTER
from vistka.domain.stages import Role, Stage, stage_of
from vistka.domain.telling import CROWD

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TTN = "20450000000017"
TEXTS = {"5": "Відправлення прямує до міста Київ", "9": "Відправлення отримано", "3": "Номер не знайдено"}


def facts(code: str, **changes: Any) -> Facts:
    values: dict[str, Any] = {"text": TEXTS.get(code, f"стан {code}"), "moved_at": NOW - timedelta(hours=1)} | changes
    return Facts(code=code, stage=stage_of(code), **values)


def order(key: str = "1", *, chat_id: int | None = 7001, unreachable: Unreachable | None = None) -> Order:
    return Order(
        key=key, number=f"TWC{key}", tracking=TTN, shown=None, chat_id=chat_id, unreachable=unreachable, language=""
    )


def policy(*, now: datetime = NOW, live: bool = True, shop_chat: bool = True, since: datetime | None = None) -> Policy:
    return Policy(
        now=now,
        live_since=(since or NOW - timedelta(days=90)) if live else None,
        is_live=lambda _number: live,
        has_shop_chat=shop_chat,
        notice_due=timedelta(minutes=5),
        default_language="uk",
        fit=lambda text: text[:100],
        audiences=CHANGES_ONLY,
    )


REFUSALS = hearers(buyer="+refused")


def judge(
    known: ParcelState | None,
    answer: Facts | None,
    *,
    orders: Iterable[Order] = (order(),),
    others: Iterable[Order] = (),
    rules: Policy | None = None,
    sent_at: datetime = NOW,
) -> Decision:
    return decide(
        ttn=TTN, known=known, answer=answer, sent_at=sent_at, orders=orders, others=others, policy=rules or policy()
    )


def known(code: str = "5", **changes: Any) -> ParcelState:
    decision = judge(None, facts(code), sent_at=NOW - timedelta(hours=2))
    assert decision.state is not None
    return replace(decision.state, **changes)


def kinds(decision: Decision) -> list[tuple[Kind, Audience, NoticeState]]:
    return [(notice.kind, notice.audience, notice.state) for notice in decision.notices]


def test_a_new_code_is_a_change_and_is_told() -> None:
    decision = judge(known("5"), facts("7"))

    assert decision.changed
    assert decision.state is not None
    assert decision.state.stage is Stage.AT_BRANCH
    assert decision.state.version == 2
    assert decision.change is not None
    assert kinds(decision) == [(Kind.WAITING, Audience.BUYER, NoticeState.NEW)]


def test_the_same_answer_writes_nothing() -> None:
    before = known("5")
    assert before.facts is not None

    assert judge(before, before.facts) == Decision(state=None, changed=False)


@pytest.mark.parametrize("answer", [None, facts("7"), facts("9"), facts("3"), facts("9999"), facts("11")])
@pytest.mark.parametrize("role", [None, Role.RETURN])
@pytest.mark.parametrize(
    "asked", [timedelta(hours=2), timedelta(0), -CLOCK_AHEAD, -2 * CLOCK_AHEAD, timedelta(days=70)]
)
def test_what_a_parcel_is_after_an_answer_is_known_before_it_is_judged(
    answer: Facts | None, role: Role | None, asked: timedelta
) -> None:
    before = known("10", role=role)
    at = before.observed_at + asked
    judged = judge(before, answer, rules=policy(now=at), sent_at=at).state or before

    draft = draft_of(before, answer, at, at)

    assert replace(judged, told=draft.told, written=draft.written, revision=draft.revision) == draft


def test_same_code_with_a_new_text_is_stored_and_tells_nobody_f12() -> None:
    before = known("9")
    decision = judge(before, facts("9", text="Відправлення отримано. Комісію сплачено"))

    assert decision.state is not None
    assert decision.state.version == before.version
    assert not decision.changed
    assert decision.change is None
    assert decision.notices == ()


def test_a_change_is_decided_on_the_code_and_never_on_the_words_f10_f11() -> None:
    decision = judge(known("7"), facts("103", text="Не отримано: відмова"))

    assert decision.state is not None
    assert decision.state.stage is Stage.REFUSED


@pytest.mark.parametrize("code", ["10", "11"])
def test_codes_10_and_11_are_received_f13(code: str) -> None:
    decision = judge(known("7"), facts(code))

    assert decision.state is not None
    assert decision.state.stage is Stage.DELIVERED
    assert kinds(decision) == [(Kind.RECEIVED, Audience.BUYER, NoticeState.NEW)]


def test_money_after_receipt_is_no_second_receipt_f6() -> None:
    received = judge(known("7"), facts("9", redelivery="450")).state
    assert received is not None
    assert received.live

    paid = judge(received, facts("10"), sent_at=NOW + timedelta(hours=1))

    assert paid.changed
    assert paid.notices == ()


def test_no_answer_changes_no_stage_f15_f23() -> None:
    before = known("7")

    assert judge(before, None) == Decision(state=None, changed=False)


def test_an_empty_text_of_the_same_code_overwrites_no_good_one_f15() -> None:
    before = judge(known("5"), facts("7", text="Прибув у відділення")).state
    decision = judge(before, facts("7", text=""), sent_at=NOW + timedelta(hours=1))

    assert decision.state is None


def test_a_stub_before_the_first_answer_only_counts() -> None:
    decision = judge(None, None)

    assert decision.state is not None
    assert decision.state.stage is None
    assert decision.state.not_found == 1
    assert decision.notices == ()


def test_an_unknown_code_keeps_the_stage_and_stores_the_code_f37() -> None:
    decision = judge(known("7"), facts("777", text="Новий стан"))

    assert decision.state is not None
    assert decision.state.stage is Stage.AT_BRANCH
    assert decision.state.facts is not None
    assert decision.state.facts.code == "777"
    assert decision.notices == ()


def test_code_3_is_no_news_of_a_parcel_that_was_known() -> None:
    before = known("7")

    assert judge(before, facts("3", moved_at=None)).state is None


def test_code_3_stands_over_created_and_counts() -> None:
    decision = judge(known("1"), facts("3", moved_at=None))

    assert decision.state is not None
    assert decision.state.stage is Stage.NOT_FOUND
    assert decision.state.not_found == 1


def test_a_number_unknown_for_long_is_told_to_the_shop_once_f24() -> None:
    state, told = known("1"), []
    for n in range(QUARANTINE_AFTER + 3):
        decision = judge(state, facts("3", moved_at=None), sent_at=NOW + timedelta(days=n))
        assert decision.state is not None
        state = decision.state
        told.extend(kinds(decision))

    assert told == [(Kind.NUMBER_UNKNOWN, Audience.SHOP, NoticeState.NEW)]


def test_asking_impatiently_brings_no_quarantine_f24() -> None:
    state = known("1")
    for n in range(QUARANTINE_AFTER + 3):
        state = judge(state, facts("3", moved_at=None), sent_at=NOW + timedelta(seconds=n)).state or state

    assert state.not_found == 1


def test_a_number_that_was_not_found_and_then_is_a_stub_is_asked_ever_more_rarely_too_f24() -> None:
    state = judge(known("1"), facts("3", moved_at=None)).state
    assert state is not None
    later = judge(state, None, sent_at=NOW + timedelta(hours=1)).state

    assert later is not None
    assert (later.stage, later.not_found) == (Stage.NOT_FOUND, 2)


def test_a_parcel_that_ages_out_leaves_the_polling_and_is_told_f24() -> None:
    old = known("1", first_seen_at=NOW - timedelta(days=90), changed_at=NOW - timedelta(days=90))
    old = replace(old, facts=facts("1", moved_at=NOW - timedelta(days=90)))
    decision = judge(old, facts("1", moved_at=NOW - timedelta(days=90), text="Створено"))

    assert decision.state is not None
    assert decision.state.ended == "aged_out"
    assert kinds(decision) == [(Kind.AGED_OUT, Audience.SHOP, NoticeState.NEW)]


def test_first_sight_of_an_old_parcel_is_silent_f16() -> None:
    moved = NOW - timedelta(hours=25)

    assert judge(None, facts("7", moved_at=moved)).notices == ()


def test_first_sight_of_a_received_parcel_is_silent_f16() -> None:
    assert judge(None, facts("9")).notices == ()


def test_first_sight_of_a_young_parcel_is_told_like_a_change() -> None:
    assert kinds(judge(None, facts("5"))) == [(Kind.ON_ITS_WAY, Audience.BUYER, NoticeState.NEW)]


def test_going_live_tells_nothing_that_happened_before() -> None:
    decision = judge(None, facts("5"), rules=policy(since=NOW - timedelta(minutes=1)))

    assert kinds(decision) == [(Kind.ON_ITS_WAY, Audience.BUYER, NoticeState.SHADOW)]


def test_shadow_records_what_it_would_have_told() -> None:
    decision = judge(known("5"), facts("103"), rules=replace(policy(live=False), audiences=REFUSALS))

    assert kinds(decision) == [
        (Kind.REFUSED, Audience.BUYER, NoticeState.SHADOW),
        (Kind.REFUSED, Audience.SHOP, NoticeState.SHADOW),
    ]


def test_a_late_answer_is_dropped() -> None:
    before = known("7")

    assert judge(before, facts("5"), sent_at=before.observed_at - timedelta(seconds=1)).state is None


@pytest.mark.parametrize(("code", "changed"), [("9", True), ("5", False), (None, False)])
def test_a_state_of_a_clock_that_was_ahead_drops_no_true_answer_and_is_put_right(
    code: str | None,
    changed: bool,  # noqa: FBT001
) -> None:
    before = known("5", observed_at=NOW + CLOCK_AHEAD + timedelta(seconds=1))

    decision = judge(before, facts(code) if code else None)

    assert decision.state is not None
    assert (decision.changed, decision.clock_was_ahead) == (changed, True)
    assert (decision.state.observed_at, decision.state.revision) == (NOW, before.revision + 1)
    assert judge(decision.state, facts(code) if code else None, sent_at=NOW + timedelta(minutes=1)).state is None


def test_an_answer_that_was_overtaken_on_its_way_is_no_matter_of_clocks() -> None:
    decision = judge(known("7", observed_at=NOW + CLOCK_AHEAD), facts("5"))

    assert (decision.state, decision.clock_was_ahead) == (None, False)


def test_what_recurs_is_told_only_if_the_buyer_must_do_something_else() -> None:
    waiting = judge(known("5"), facts("7", place_number="12", paid_storage_at=NOW + timedelta(days=5))).state
    assert waiting is not None

    inspected = judge(
        waiting,
        facts("14", place_number="12", paid_storage_at=NOW + timedelta(days=5)),
        sent_at=NOW + timedelta(hours=1),
    )
    assert inspected.changed
    assert inspected.notices == ()

    moved = judge(waiting, facts("107", place_number="40"), sent_at=NOW + timedelta(hours=1))
    assert [notice.kind for notice in moved.notices] == [Kind.WAITING]


def test_a_refusal_goes_to_the_shop_with_why_its_buyer_could_not_be_told_f22() -> None:
    guest = order(chat_id=None, unreachable=Unreachable.NO_USER)
    before = judge(None, facts("5"), orders=(guest,), sent_at=NOW - timedelta(hours=2)).state
    rules = replace(policy(), audiences=REFUSALS)
    decision = judge(before, facts("103", reason="Відмова одержувача"), orders=(guest,), rules=rules)

    buyer, shop = decision.notices
    assert (buyer.audience, buyer.state, buyer.reason) == (Audience.BUYER, NoticeState.UNDELIVERABLE, "no_user")
    assert (shop.audience, shop.state) == (Audience.SHOP, NoticeState.NEW)
    assert shop.payload["unreachable"] == "no_user"


def test_a_buyer_without_a_chat_waits_for_the_shops_summary_f5() -> None:
    guest = order(chat_id=None, unreachable=Unreachable.NO_PROFILE)
    before = judge(None, facts("5"), orders=(guest,), sent_at=NOW - timedelta(hours=2)).state
    (notice,) = judge(before, facts("7"), orders=(guest,)).notices

    assert (notice.state, notice.reason, notice.due_at) == (NoticeState.WAITING, "no_profile", NOW)


def test_every_order_of_a_number_is_told_the_ones_outside_the_batch_too() -> None:
    before = known("5", orders=frozenset({"1", "2"}))
    decision = judge(before, facts("7"), others=(order("2", chat_id=7002),))

    assert {notice.order_key for notice in decision.notices} == {"1", "2"}


def test_a_number_on_a_crowd_of_orders_is_one_alert_to_the_shop() -> None:
    crowd = frozenset(str(n) for n in range(CROWD + 1))
    decision = judge(known("5", orders=crowd | {"1"}), facts("7"), others=[order(key) for key in sorted(crowd - {"1"})])

    assert kinds(decision) == [(Kind.CROWDED, Audience.SHOP, NoticeState.NEW)]


def test_a_new_order_on_a_known_parcel_is_linked_without_a_change() -> None:
    before = known("5")
    assert before.facts is not None
    decision = judge(before, before.facts, orders=(order(), order("2", chat_id=7002)))

    assert not decision.changed
    assert decision.state is not None
    assert decision.state.orders == {"1", "2"}
    assert [notice.order_key for notice in decision.notices] == ["2"]


def test_the_time_of_a_change_is_the_carriers_where_it_is_believable() -> None:
    moved = NOW - timedelta(minutes=40)
    first = judge(known("5"), facts("7", moved_at=moved)).state
    ahead = judge(known("5"), facts("7", moved_at=NOW + timedelta(days=1))).state

    assert first is not None
    assert first.changed_at == moved
    assert ahead is not None
    assert ahead.changed_at == NOW


def test_a_change_of_the_moment_known_before_keeps_that_moment() -> None:
    before = known("5")
    again = judge(before, facts("7", moved_at=before.changed_at)).state
    assert again is not None
    assert again.changed_at == before.changed_at
    back = judge(before, facts("7", moved_at=NOW - timedelta(days=2))).state
    assert back is not None
    assert back.changed_at == NOW


def test_a_final_answer_ends_the_parcel_and_a_later_one_may_revive_it_f2() -> None:
    received = judge(known("7"), facts("9")).state
    assert received is not None
    assert (received.ended, received.observed_at) == ("final", NOW)
    revived = judge(received, facts("102"), sent_at=NOW + timedelta(hours=1)).state
    assert revived is not None
    assert (revived.ended, revived.observed_at) == ("", NOW + timedelta(hours=1))


def test_a_stub_before_the_first_answer_is_counted_at_its_moment() -> None:
    once = judge(None, None, sent_at=NOW - timedelta(hours=1)).state
    assert once is not None
    twice = judge(once, None).state
    assert twice is not None
    assert (twice.not_found, twice.observed_at, twice.first_seen_at) == (2, NOW, NOW - timedelta(hours=1))


def test_jumping_over_stages_tells_only_where_the_parcel_is() -> None:
    assert kinds(judge(known("1"), facts("9"))) == [(Kind.RECEIVED, Audience.BUYER, NoticeState.NEW)]


def test_a_parcel_back_on_its_way_after_waiting_is_not_announced_again() -> None:
    waiting = judge(known("5"), facts("7")).state
    assert judge(waiting, facts("5"), sent_at=NOW + timedelta(hours=1)).notices == ()


def test_state_and_facts_survive_the_store() -> None:
    state = known("7", not_found=2, ended="final")

    assert ParcelState.from_dict(state.to_dict()) == state


# --- returns, redirects, money --------------------------------------------------------------------------------------

SHOP_ONLY = Audiences.parse(buyer="none", shop="coming_back,return_waiting,returned,received,waiting,storage_ended")
EVERYTHING = hearers(
    buyer="+coming_back,+returned,+storage_ended,+refused", shop="refused,coming_back,return_waiting,returned"
)


def child(role: Role, **changes: Any) -> ParcelState:
    """Taken up an hour ago and not asked about yet; its parent has been followed for days."""
    hour_ago = NOW - timedelta(hours=1)
    state = ParcelState(
        ttn=TTN,
        revision=1,
        version=0,
        observed_at=hour_ago,
        first_seen_at=hour_ago,
        orders=frozenset({"1"}),
        told={Kind.ON_ITS_WAY: "1"},
        role=role,
        chain=("20450000000099",),
        chain_since=NOW - timedelta(days=9),
    )
    return replace(state, **changes)


def after(state: ParcelState, *codes: str, rules: Policy, **changes: Any) -> Decision:
    """The last of these answers, one after the other."""
    decision = Decision(state=state, changed=False)
    for number, code in enumerate(codes):
        assert decision.state is not None
        at = NOW + timedelta(minutes=number)
        decision = judge(decision.state, facts(code, **changes), rules=replace(rules, now=at), sent_at=at)
    return decision


def test_a_return_on_its_way_back_is_told_as_coming_back_once_f31() -> None:
    rules = replace(policy(), audiences=EVERYTHING)
    first = after(child(Role.RETURN), "1", rules=rules)

    assert first.state is not None
    assert first.state.stage is Stage.RETURNING
    assert [(kind, audience) for kind, audience, _ in kinds(first)] == [
        (Kind.COMING_BACK, Audience.BUYER), (Kind.COMING_BACK, Audience.SHOP),
    ]  # fmt: skip
    assert kinds(after(child(Role.RETURN), "1", "5", rules=rules)) == []


@pytest.mark.parametrize("code", ["9", "10", "11", "106"])
def test_what_the_shop_has_back_is_returned_and_never_received_f31(code: str) -> None:
    decision = after(child(Role.RETURN), "5", "7", code, rules=replace(policy(), audiences=EVERYTHING))

    assert decision.state is not None
    assert decision.state.stage is Stage.RETURNED
    assert decision.state.ended == "final"
    assert {kind for kind, _, _ in kinds(decision)} == {Kind.RETURNED}


def test_of_a_return_only_the_shop_hears_that_it_waits_and_that_its_storage_ended_f31() -> None:
    rules = replace(policy(), audiences=EVERYTHING)

    waiting = after(child(Role.RETURN), "5", "7", rules=rules, place="Відділення №3")
    assert kinds(waiting) == [(Kind.RETURN_WAITING, Audience.SHOP, NoticeState.NEW)]
    assert kinds(after(child(Role.RETURN), "5", "105", rules=rules)) == []
    ended = after(child(Role.RETURN), "5", "105", rules=replace(policy(), audiences=SHOP_ONLY))
    assert kinds(ended) == [(Kind.STORAGE_ENDED, Audience.SHOP, NoticeState.NEW)]


def test_the_shop_is_not_told_of_a_buyer_who_was_not_to_hear_of_it() -> None:
    guest = order(chat_id=None, unreachable=Unreachable.NO_USER)
    told = judge(child(Role.RETURN), facts("9"), orders=[guest])
    assert [dict(one.payload).get("unreachable") for one in told.notices] == [None]
    told = judge(known("7"), facts("103"), orders=[guest], rules=replace(policy(), audiences=REFUSALS))
    assert [one.payload.get("unreachable") for one in told.notices if one.audience is Audience.SHOP] == ["no_user"]


def test_a_redirected_parcel_goes_on_for_its_buyer_and_repeats_nothing() -> None:
    rules = policy()
    assert kinds(after(child(Role.REDIRECT), "5", rules=rules)) == []
    assert kinds(after(child(Role.REDIRECT), "5", "7", rules=rules)) == [
        (Kind.WAITING, Audience.BUYER, NoticeState.NEW)
    ]
    assert kinds(after(child(Role.REDIRECT), "7", "9", rules=rules)) == [
        (Kind.RECEIVED, Audience.BUYER, NoticeState.NEW)
    ]


def test_a_child_is_no_first_sight_and_its_end_is_told_even_after_an_outage() -> None:
    rules = replace(policy(), audiences=SHOP_ONLY)
    late = {"moved_at": NOW - timedelta(days=3)}

    assert kinds(judge(child(Role.RETURN), facts("9", **late), rules=rules)) == [
        (Kind.RETURNED, Audience.SHOP, NoticeState.NEW)
    ]


def test_a_return_that_had_ended_before_its_order_was_seen_is_recorded_silently_f16() -> None:
    rules = replace(policy(), audiences=SHOP_ONLY)
    seen = child(Role.RETURN, told={})
    long_ago = {"moved_at": NOW - timedelta(days=11)}

    assert kinds(judge(seen, facts("9", **long_ago), rules=rules)) == []


def test_a_return_in_the_orders_own_field_is_known_by_the_number_it_returns_f31() -> None:
    decision = judge(known("5", told={}), facts("9", return_of="20450000000055"))

    assert decision.state is not None
    assert decision.state.role is Role.RETURN
    assert decision.state.stage is Stage.RETURNED
    assert kinds(decision) == [(Kind.RETURNED, Audience.SHOP, NoticeState.NEW)]


def test_a_child_that_the_carrier_does_not_know_yet_is_no_number_to_correct() -> None:
    state = child(Role.RETURN, not_found=QUARANTINE_AFTER - 1, observed_at=NOW - timedelta(days=2))
    decision = judge(state, facts("3"))

    assert decision.state is not None
    assert decision.state.not_found == QUARANTINE_AFTER
    assert kinds(decision) == []


def test_a_child_once_named_and_money_once_due_are_not_forgotten_for_an_answer_without_the_key() -> None:
    refused = judge(known("7"), facts("103", child_ttn="59000000000024", child_type="CargoReturn")).state
    assert refused is not None
    keyless = judge(refused, facts("103"), sent_at=NOW + timedelta(hours=1)).state or refused
    assert keyless.facts is not None
    assert (keyless.facts.child_ttn, keyless.facts.child_type) == ("59000000000024", "CargoReturn")

    received = judge(known("7"), facts("9", redelivery="450")).state
    assert received is not None
    blank = judge(received, facts("9"), sent_at=NOW + timedelta(hours=1)).state or received
    assert blank.live
    paid = judge(received, facts("106"), sent_at=NOW + timedelta(hours=1)).state
    assert paid is not None
    assert paid.ended == "final"
    assert paid.facts is not None
    assert not paid.facts.redelivery


def test_a_child_that_is_named_anew_takes_the_place_of_the_one_before() -> None:
    refused = judge(known("7"), facts("103", child_ttn="59000000000024", child_type="CargoReturn")).state
    named = facts("103", child_ttn="59000000000031", child_type="CargoReturn")
    again = judge(refused, named, sent_at=NOW + timedelta(hours=1)).state
    assert again is not None
    assert again.facts is not None
    assert again.facts.child_ttn == "59000000000031"


def test_money_that_was_due_stays_so_while_it_is_on_its_way() -> None:
    received = judge(known("7"), facts("9", redelivery="450")).state
    coming = judge(received, facts("10"), sent_at=NOW + timedelta(hours=1)).state
    assert coming is not None
    assert coming.facts is not None
    assert coming.facts.redelivery == "450"
