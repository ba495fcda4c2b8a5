"""What lies in the table: attributes that other programs read, times to live, the sparse index."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.aws_stand_in import REGION
from tests.contracts.store_chats import CHAT, FINGERPRINT, chats, recipient, use
from tests.contracts.store_keeping import entry
from tests.contracts.store_samples import OTHER, TTN, Stores, change, facts, link, notice, run, state
from tests.fakes.clock import START, FakeClock
from vistka.adapters.store_chats import chats_key
from vistka.adapters.store_items import state_key
from vistka.adapters.store_parcels import DynamoParcels
from vistka.adapters.store_runs import TOGETHER
from vistka.adapters.store_table import Put, Table
from vistka.domain.errors import RecordUnreadable, StoreConflict
from vistka.domain.foreign import ForeignText
from vistka.domain.notices import NoticeState
from vistka.domain.parcels import to_iso
from vistka.domain.stages import Role, Stage
from vistka.ports import Binding, Circuit, Commit

DAY = 24 * 3600


def raw(client: Any, table: Table, pk: str, sk: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get_item(TableName=table.name, Key={"pk": {"S": pk}, "sk": {"S": sk}})["Item"]
    return found


def test_state_stands_in_readable_attributes(stores: Stores, client: Any, table: Table) -> None:
    stores.parcels.commit(Commit(state=state(), expected=None))
    item = raw(client, table, f"PARCEL#{TTN}", "STATE")
    assert item["ttn"] == {"S": TTN}
    assert item["version"] == {"N": "1"}
    assert item["code"] == {"S": "7"}
    assert item["stage"] == {"S": "at_branch"}
    assert item["text"] == {"S": "Прибув у відділення"}
    assert item["place"] == {"S": "Відділення №1: вул. Вигадана, 1 & <б>"}
    assert item["facts"]["M"]["arrived_at"] == {"S": "2026-01-13T07:59:59.123456Z"}
    assert item["expires_at"] == {"N": str(int(START.timestamp()) + 90 * DAY)}


def test_whatever_belongs_to_an_order_is_forgotten_in_time(stores: Stores, client: Any, table: Table) -> None:
    start = int(START.timestamp())
    stores.parcels.commit(
        Commit(
            state=state(), expected=None, change=change(), links=(link(),), notices=(notice(), notice(occurrence="2"))
        )
    )
    stores.ledger.update(notice().ended(NoticeState.SENT, START))
    stores.runs.start(run())
    stores.runs.batch_done(run().id, 0, failed=[])
    stores.runs.batch_done(run().id, TOGETHER, failed=[])
    stores.chat_paces.take("a", longest=timedelta())
    stores.pace("k", timedelta(seconds=1)).take(longest=timedelta())
    stores.parcels.put_foreign_text("1", ForeignText(mark="8d777f38", since=START, at=START))

    def expiry(pk: str, sk: str) -> int | None:
        item = raw(client, table, pk, sk)
        return int(item["expires_at"]["N"]) - start if "expires_at" in item else None

    assert expiry(f"PARCEL#{TTN}", "CHANGE#000000001") == 90 * DAY
    assert expiry("ORDER#1", f"NOTICE#{notice().id}") == 90 * DAY
    assert expiry("ORDER#1", f"NOTICE#{notice(occurrence='2').id}") is None
    assert expiry("ORDER#1", f"LINK#{TTN}") == 90 * DAY
    assert expiry("NUMBER#TWC01", "ORDER") == 90 * DAY
    assert expiry("RUN", run().id) == 14 * DAY
    assert expiry(f"DONE#{run().id}", "00001") == 14 * DAY
    assert expiry("CHAT#a", "PACE") == DAY + 1
    assert expiry("PACE#k", "PACE") is None
    assert expiry("ORDER#1", "FOREIGN") == 30 * DAY


@pytest.mark.parametrize(
    ("values", "flaw"),
    [
        ({"v": 3}, "version 3"),
        ({"revision": None}, "without revision"),
        ({"v": 2, "revision": None}, "without revision"),
        ({"observed_at": None}, "without observed_at"),
        ({"revision": "seven"}, "TypeError"),
        ({"stage": "of_a_newer_version"}, "ValueError"),
        ({"facts": "text"}, "TypeError"),
        ({"orders": 5}, "TypeError"),
        ({"written": {"a": 1}, "told": ["x"]}, "ValueError"),
    ],
)
def test_a_state_that_cannot_be_read_is_named_with_what_is_wrong_and_what_to_do(
    stores: Stores,
    client: Any,
    table: Table,
    caplog: pytest.LogCaptureFixture,
    values: dict[str, Any],
    flaw: str,
) -> None:
    """F40."""
    stores.parcels.commit(Commit(state=state(), expected=None))
    item = {**(table.get(state_key(TTN)) or {}), **values}
    table.write([Put(key=state_key(TTN), item={name: value for name, value in item.items() if value is not None})])
    before = raw(client, table, f"PARCEL#{TTN}", "STATE")
    assert stores.parcels.states([TTN]) == {}
    text = (
        f"the store's item PARCEL#{TTN} STATE cannot be read ({flaw}); "
        "deploy the version that wrote it, or delete the item"
    )
    assert [record.getMessage() for record in caplog.records if record.name.startswith("vistka")] == [text]
    with pytest.raises(RecordUnreadable) as caught:
        stores.parcels.commit(Commit(state=state(), expected=None))
    assert str(caught.value) == text
    assert raw(client, table, f"PARCEL#{TTN}", "STATE") == before


def test_a_state_without_a_version_is_of_the_first(stores: Stores, table: Table) -> None:
    stores.parcels.commit(Commit(state=state(), expected=None))
    item = dict(table.get(state_key(TTN)) or {})
    assert item.pop("v") == 1
    table.write([Put(key=state_key(TTN), item=item)])
    assert stores.parcels.states([TTN]) == {TTN: state()}


def test_a_state_without_a_time_to_live_is_read_and_kept_by_nobody(stores: Stores, table: Table) -> None:
    stores.parcels.commit(Commit(state=state(), expected=None))
    item = dict(table.get(state_key(TTN)) or {})
    del item["expires_at"]
    table.write([Put(key=state_key(TTN), item=item)])
    assert stores.parcels.states([TTN])[TTN].kept_until is None


def test_of_a_parcel_its_changes_alone_are_read_as_its_history(
    stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    stores.parcels.commit(Commit(state=state(), expected=None, change=change()))
    assert stores.parcels.history(TTN) == [change()]
    assert not [record for record in caplog.records if record.name.startswith("vistka")]


@pytest.mark.parametrize("next_at", [None, 5, "soon"])
def test_a_damaged_pace_holds_nobody_up_and_is_put_right(stores: Stores, table: Table, next_at: object) -> None:
    table.write([Put(key=("PACE#key", "PACE"), item={} if next_at is None else {"next_at": next_at})])
    pace = stores.pace("key", timedelta(seconds=1))
    assert pace.take(longest=timedelta(seconds=5)) == timedelta()
    assert pace.take(longest=timedelta(seconds=5)) == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("values", "circuit"),
    [
        ({}, Circuit()),
        ({"open": True}, Circuit(open=True)),
        ({"open": "yes", "since": "yesterday", "probe_at": 5, "limited_at": to_iso(START)}, Circuit(limited_at=START)),
    ],
)
def test_of_a_circuit_edited_by_hand_what_can_be_read_counts(
    stores: Stores, table: Table, values: dict[str, object], circuit: Circuit
) -> None:
    table.write([Put(key=("CIRCUIT", "TELEGRAM"), item=values)])
    assert stores.circuits.read() == circuit


@pytest.mark.parametrize("revision", [{}, {"revision": "x"}, {"revision": 2.5}, {"revision": None}])
def test_a_circuit_saved_by_hand_without_its_count_is_written_over(
    stores: Stores, table: Table, revision: dict[str, Any]
) -> None:
    """Or nobody could ever close it: Telegram would be left alone for good."""
    table.write([Put(key=("CIRCUIT", "TELEGRAM"), item={"open": True, **revision})])
    known = stores.circuits.read()
    assert known.open
    stores.circuits.write(Circuit(revision=known.revision + 1))
    assert stores.circuits.read() == Circuit(revision=1)
    with pytest.raises(StoreConflict):
        stores.circuits.write(Circuit(open=True, revision=1))


@pytest.mark.parametrize("damage", [{"revision": "x"}, {"unknown_streak": "x"}, {"unknown_streak": [1]}])
def test_a_circuit_whose_counters_are_damaged_stops_nothing(
    stores: Stores, table: Table, damage: dict[str, Any]
) -> None:
    table.write([Put(key=("CIRCUIT", "TELEGRAM"), item={"open": False, "revision": 3, **damage})])
    assert stores.circuits.read() == Circuit(revision=0 if "revision" in damage else 3)


@pytest.mark.parametrize("damage", [{}, {"revision": "x", "since": 5}])
def test_what_is_damaged_of_another_programs_text_is_begun_anew(
    stores: Stores, table: Table, damage: dict[str, Any]
) -> None:
    """Or each run would find it for the first time, and replace it for ever."""
    table.write([Put(key=("ORDER#1", "FOREIGN"), item={"mark": "x", **damage})])
    assert stores.parcels.foreign_texts(["1"]) == {}
    first = ForeignText(mark="8d777f38", since=START, at=START)
    stores.parcels.put_foreign_text("1", first)
    assert stores.parcels.foreign_texts(["1"]) == {"1": first}
    with pytest.raises(StoreConflict):
        stores.parcels.put_foreign_text("1", first)


def test_damaged_chats_of_an_order_stop_no_notice_and_are_not_written_over(
    stores: Stores, client: Any, table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    """A buyer who was forgotten stays so."""
    table.write([Put(key=chats_key("1"), item={"order_key": "1"})])
    table.write([Put(key=chats_key("2"), item={"chats": 5, "erased_at": to_iso(START)})])
    before = raw(client, table, *chats_key("1"))
    heard = {key: stores.chats.hearer(order_key=key, chat_id=CHAT).chats for key in ("1", "2")}
    assert [(one.ids, one.keeps_from(CHAT)) for one in heard.values()] == [((), False), ((), True)]
    assert "ORDER#1 CHATS cannot be read (without chats)" in caplog.text
    with pytest.raises(RecordUnreadable, match=r"ORDER#1 CHATS cannot be read \(without chats\)"):
        stores.chats.tapped(order_key="1", fingerprint=FINGERPRINT, chat_id=CHAT)
    assert raw(client, table, *chats_key("1")) == before


def test_a_damaged_run_is_one_that_nobody_knows(stores: Stores, table: Table) -> None:
    stores.runs.start(run())
    table.write([Put(key=("RUN", run().id), item={"started_at": 5})])
    assert stores.runs.latest(10) == []
    assert stores.runs.batch_done(run().id, 0, failed=[]) is None


def test_since_when_the_shop_is_live_is_never_guessed(stores: Stores, table: Table) -> None:
    table.write([Put(key=("MODE", "LIVE"), item={"since": "yesterday"})])
    with pytest.raises(RecordUnreadable, match=r"MODE LIVE cannot be read \(ValueError\)"):
        stores.runs.live_since(START, live=True)
    assert stores.runs.live_since(START, live=False) is None  # shadow forgets it at once
    assert stores.runs.live_since(START, live=True) == START


def test_only_unsettled_notices_stand_in_the_index(stores: Stores, client: Any, table: Table) -> None:
    stores.ledger.put_new(notice())
    item = raw(client, table, "ORDER#1", f"NOTICE#{notice().id}")
    assert item["unsettled"] == {"S": "N"}
    assert item["due_at"] == {"S": "2026-01-13T08:05:00.000000Z"}
    stores.ledger.update(notice().ended(NoticeState.SENT, START))
    item = raw(client, table, "ORDER#1", f"NOTICE#{notice().id}")
    assert "unsettled" not in item
    assert "due_at" not in item


def test_only_what_is_followed_without_an_open_order_stands_in_its_index_and_no_more_than_its_keys(
    stores: Stores, client: Any, table: Table
) -> None:
    def indexed() -> list[Any]:
        return list(client.scan(TableName=table.name, IndexName="followed")["Items"])

    refused = state(facts=facts(code="102", stage=Stage.REFUSED), stage=Stage.REFUSED)
    stores.parcels.commit(Commit(state=state(OTHER), expected=None))
    stores.parcels.commit(Commit(state=refused, expected=None))
    assert indexed() == [{"pk": {"S": f"PARCEL#{TTN}"}, "sk": {"S": "STATE"}, "followed": {"S": "F"}}]
    stores.parcels.commit(Commit(state=refused.next(ended="aged_out"), expected=0))
    assert indexed() == []


@pytest.mark.parametrize("changes", [{"role": Role.RETURN}, {"chain": (OTHER,)}, {"children": (OTHER,)}])
def test_a_program_that_knows_of_no_chain_leaves_its_parcels_alone_f31(
    stores: Stores, client: Any, table: Table, changes: dict[str, Any]
) -> None:
    """It would take a return for received."""
    stores.parcels.commit(Commit(state=state(**changes), expected=None))
    stores.parcels.commit(Commit(state=state(OTHER), expected=None))
    assert raw(client, table, f"PARCEL#{TTN}", "STATE")["v"] == {"N": "2"}
    assert raw(client, table, f"PARCEL#{OTHER}", "STATE")["v"] == {"N": "1"}


def test_a_damaged_item_stops_no_other(stores: Stores, table: Table, caplog: pytest.LogCaptureFixture) -> None:
    """F40: one bad row is named, and fails alone."""
    stores.parcels.commit(Commit(state=state(), expected=None))
    stores.ledger.put_new(notice())
    table.write([Put(key=(f"PARCEL#{OTHER}", "STATE"), item={"ttn": OTHER})])
    broken = {"unsettled": "N", "due_at": to_iso(START), "state": "?"}
    table.write([Put(key=("ORDER#1", f"NOTICE#{OTHER}#x"), item=broken)])
    assert stores.parcels.states([TTN, OTHER]) == {TTN: state()}
    assert stores.ledger.due(before=START + timedelta(days=1), limit=10) == [notice()]
    assert stores.ledger.get("1", f"{OTHER}#x") is None
    assert list(stores.ledger.list()) == [notice()]
    assert OTHER in caplog.text


def test_a_damaged_order_number_hides_no_other_order(
    stores: Stores, table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    """F40: a list of a hundred is shown without it."""
    stores.parcels.commit(Commit(state=state(), expected=None, links=(link(),)))
    table.write([Put(key=("NUMBER#TWC02", "ORDER"), item={"order_number": "TWC02"})])
    assert list(stores.linked.of_numbers(["TWC02", link().order_number])) == [link().order_number]
    assert "NUMBER#TWC02 ORDER cannot be read (without order_key)" in caplog.text


def test_whom_an_order_tells_stands_in_readable_attributes(stores: Stores, client: Any, table: Table) -> None:
    stores.chats.write(Binding(recipient=recipient(), chats=chats(), use=use()))
    item = raw(client, table, "ORDER#1", "CHATS")
    assert item["chats"]["L"][0]["M"] == {"chat_id": {"N": str(CHAT)}, "since": {"S": to_iso(START)}}
    assert item["expires_at"] == {"N": str(int(START.timestamp()) + 90 * DAY)}


def test_all_of_an_open_order_is_kept_from_its_renewal_on_and_its_history_is_not(
    stores: Stores, client: Any, table: Table, clock: FakeClock
) -> None:
    stores.parcels.commit(Commit(state=state(), expected=None, change=change(), links=(link(),)))
    stores.chats.write(Binding(recipient=recipient(muted=False, closed=None), chats=chats()))
    clock.advance(timedelta(days=40))
    stores.keeping.renew([entry(TTN)])
    found = client.scan(TableName=table.name)["Items"]
    kept = {item["sk"]["S"]: (int(item["expires_at"]["N"]) - int(START.timestamp())) // DAY for item in found}
    assert kept == {
        "STATE": 130,
        "CHANGE#000000001": 90,
        f"LINK#{TTN}": 130,
        "ORDER": 130,
        "CHATS": 130,
        "RECIPIENT": 130,
    }


@pytest.mark.parametrize(
    ("wish", "silent"), [({"closed": None}, "muted"), ({"muted": False}, "stopped"), ({}, "stopped")]
)
def test_the_wish_to_hear_nothing_has_no_end_and_what_else_is_known_of_the_chat_has_one(
    stores: Stores, client: Any, table: Table, wish: dict[str, Any], silent: str
) -> None:
    """Nobody would find its orders to forget them, once these are gone."""
    stores.chats.write(Binding(recipient=recipient(**wish), chats=chats()))
    stores.keeping.renew([entry(TTN)])
    items = {one["sk"]["S"]: one for one in client.scan(TableName=table.name)["Items"]}
    assert "expires_at" in items["RECIPIENT"]
    assert "expires_at" not in items["WISH"]
    assert set(items["WISH"]) <= {"pk", "sk", "bot_id", "opened_at", "muted", "stopped"}
    _forget(client, table, items["RECIPIENT"])
    known = stores.chats.recipient(CHAT)
    assert known is not None
    assert (known.silent, known.orders, known.revision) == (silent, (), 0)
    assert stores.chats.hearer(order_key="9", chat_id=CHAT).recipient == known
    assert stores.chats.tapped(order_key="9", fingerprint=FINGERPRINT, chat_id=CHAT).recipient == known


def test_a_wish_that_is_over_does_not_come_back_when_the_rest_is_forgotten(
    stores: Stores, client: Any, table: Table
) -> None:
    stores.chats.write(Binding(recipient=recipient()))
    silent = stores.chats.recipient(CHAT)
    assert silent is not None
    stores.chats.write(Binding(recipient=replace(silent, muted=False, closed=None, wished=True, revision=2)))
    items = {one["sk"]["S"]: one for one in client.scan(TableName=table.name)["Items"]}
    assert "expires_at" in items["WISH"]
    _forget(client, table, items["RECIPIENT"])
    assert stores.chats.recipient(CHAT) is None


def test_who_asked_for_silence_long_ago_may_link_an_order_and_ask_for_it_again(
    stores: Stores, client: Any, table: Table
) -> None:
    stores.chats.write(Binding(recipient=recipient()))
    (item,) = (one for one in client.scan(TableName=table.name)["Items"] if one["sk"]["S"] == "RECIPIENT")
    _forget(client, table, item)
    known = stores.chats.recipient(CHAT)
    assert known is not None
    opened = replace(known, muted=False, closed=None).with_order("9", START).after("7")
    stores.chats.write(Binding(recipient=opened))
    assert stores.chats.recipient(CHAT) == opened
    muted = replace(opened, muted=True).after("8")
    stores.chats.write(Binding(recipient=muted))
    assert stores.chats.recipient(CHAT) == muted


def _forget(client: Any, table: Table, item: dict[str, Any]) -> None:
    """As DynamoDB does when its time has come."""
    client.delete_item(TableName=table.name, Key={name: item[name] for name in ("pk", "sk")})


def test_how_long_something_is_kept_is_the_deployments(
    endpoint: str, table: Table, client: Any, clock: FakeClock
) -> None:
    own = Table(table.name, clock=clock, region=REGION, host=endpoint, retention=timedelta(days=61))
    DynamoParcels(own).commit(Commit(state=state(), expected=None))
    item = raw(client, table, f"PARCEL#{TTN}", "STATE")
    assert item["expires_at"] == {"N": str(int(START.timestamp()) + 61 * DAY)}


def test_no_key_holds_a_chat_or_a_token_r9(stores: Stores, client: Any, table: Table) -> None:
    stores.chats.write(Binding(recipient=recipient(), chats=chats(), use=use()))
    keys = [f"{item['pk']['S']} {item['sk']['S']}" for item in client.scan(TableName=table.name)["Items"]]
    assert len(keys) == 4
    assert not [key for key in keys if str(CHAT) in key]


def test_the_use_of_a_token_is_forgotten_after_the_token(stores: Stores, client: Any, table: Table) -> None:
    stores.chats.write(Binding(recipient=recipient(), use=use()))
    item = raw(client, table, "ORDER#1", f"TOKEN#{FINGERPRINT}")
    assert int(item["expires_at"]["N"]) == int(use().until.timestamp()) + DAY
