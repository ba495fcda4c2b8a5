"""What the carrier and the shop know of a person reaches no message, no text and no record that others read."""

import json
from datetime import timedelta
from typing import Any, Final

import pytest

from local.standins.carrier_fields import blank_item
from tests.unit.usecases.test_linked_chats import link
from tests.unit.usecases.world import World
from vistka.carrier.items import facts_of
from vistka.domain.audience import CHOOSABLE, Audiences
from vistka.domain.notices import Audience
from vistka.domain.stages import STAGE_OF_CODE
from vistka.texts.render import Messages

A: Final = "20450000000017"
CHATS: Final = (7001, 7002)
PHONE: Final = "380670000001"
#: Written into every field that an answer has, but for those that a message is made of: none of it may come through.
MARK: Final = "Вигадана Особа"
READ: Final = {
    "CityRecipient": "Київ",
    "CitySender": "Львів",
    "WarehouseRecipient": "Відділення №1: вул. Вигадана, 1",
    "WarehouseRecipientNumber": "1",
    "ServiceType": "WarehouseWarehouse",
    "ScheduledDeliveryDate": "2026-01-16 12:00:00",
    "ActualDeliveryDate": "2026-01-14 12:00:00",
    "RecipientDateTime": "",
    "TrackingUpdateDate": "",
    "DateScan": "",
    "DateCreated": "2026-01-12 12:00:00",
    "DatePayedKeeping": "2026-01-20 12:00:00",
    "DateReturnCargo": "",
    "AmountToPay": "450",
    "AfterpaymentOnGoodsCost": "450",
    "RedeliverySum": "450",
    "LastCreatedOnTheBasisNumber": "20450000000099",
    "LastCreatedOnTheBasisDocumentType": "CargoReturn",
    "LightReturnNumber": "",
    "UndeliveryReasonsSubtypeDescription": "Відмова отримувача",
}


def answer(code: str) -> dict[str, Any]:
    item: dict[str, Any] = dict.fromkeys(blank_item(A), f"{MARK} {PHONE}")
    return {**item, **READ, "StatusCode": code, "Status": f"Стан {code}", "Number": A}


def told(world: World) -> str:
    """All that is stored of orders and parcels, and all that was said to anybody or written into the log."""
    memory = world.memory
    return json.dumps(
        {
            "states": [state.to_dict() for state in memory.states.values()],
            "changes": [change.facts.to_dict() for change in memory.changes.values()],
            "notices": [notice.to_dict() | {"chat_id": None} for notice in memory.notices.values()],
            "messages": [text for _, text in world.texts()],
            "log": world.said,
        },
        ensure_ascii=False,
        default=str,
    )


@pytest.fixture
def world() -> World:
    """With a name, a phone and a second chat, and the texts that people read."""
    made = World(audiences=Audiences(buyer=CHOOSABLE[Audience.BUYER], shop=CHOOSABLE[Audience.SHOP]))
    key = made.order("TWC1", A, chat=7000, phone=f"+38 (067) 000-00-01 {MARK}")
    link(made, key, *CHATS)
    return made


@pytest.mark.parametrize("code", sorted(STAGE_OF_CODE))
def test_no_phone_no_name_and_no_chat_of_another_comes_into_what_is_told_or_kept(world: World, code: str) -> None:
    """R9."""
    for step in ("1", code, "103"):
        facts = facts_of(answer(step))
        assert facts is not None
        world.carrier.says[A] = facts
        world.run(timedelta(hours=12))
    notices = world.notices()
    if code in {"5", "7", "102"}:
        assert {notice.audience for notice in notices} >= {Audience.BUYER, Audience.SHOP}
    everything = told(world)
    assert "Відділення №1" in everything
    for secret in (MARK, "Особа", PHONE, "067", "000-00-01"):
        assert secret not in everything
    for notice in notices:
        text = Messages().render(notice, now=world.clock.now())
        assert not [chat for chat in (*map(str, CHATS), "7000", PHONE, MARK) if chat in text]
