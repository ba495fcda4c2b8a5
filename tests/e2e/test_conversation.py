"""A person's conversation with the bot of a whole deployment, through the stand-in Bot API's webhook."""

from dataclasses import dataclass

import pytest

from local.chat import talk
from local.scenario.model import Order
from tests.e2e.commands import vistka
from tests.e2e.course import Course
from tests.e2e.watching import Watched

BUYER, STRANGER = 600_500_001, 600_500_002


@dataclass(frozen=True)
class Place:
    """The world on its third day, and guests' orders whose parcels lie at a branch."""

    eye: Watched
    guests: list[Order]
    shop_chat: int

    def link(self, order: Order) -> str:
        said = vistka(self.eye.world, "link", order.number)
        assert said.code == 0, said.err
        return said.out.strip()

    def talk(self, *lines: str, chat: int = BUYER) -> str:
        return "\n".join(talk(self.eye.world.facts.control_url, lines, chat=chat))

    def told(self, chat: int) -> str:
        return "\n".join(message["text"] for message in self.eye.messages() if message["chat_id"] == chat)

    def receive(self, order: Order) -> None:
        self.move(order, "9")

    def move(self, order: Order, code: str) -> None:
        self.eye.control("POST", f"parcels/{order.ttns[0]}/move", {"code": code})
        said = vistka(self.eye.world, "update", "--order-number", order.number)
        assert said.code == 0, said.err

    def states(self, order: Order, kind: str = "received", audience: str = "buyer") -> list[str]:
        """Of the notice of this kind."""
        return [
            one["state"] for one in self.eye.notices(order.number) if (one["kind"], one["audience"]) == (kind, audience)
        ]

    def button(self, order: Order) -> dict[str, str]:
        """That of the newest message in the shop's chat which tells of this order."""
        told = [
            message
            for message in self.eye.messages()
            if message["chat_id"] == self.shop_chat and order.number in message["text"] and message["markup"]
        ]
        ((one,),) = told[-1]["markup"]["inline_keyboard"]
        found: dict[str, str] = one
        return found

    def press(self, says: str, *, chat: int) -> None:
        pressed = self.eye.control("POST", f"chats/{chat}/press", {"button": says, "wait": 30})
        assert pressed["taken"]


@pytest.fixture(scope="module")
def place(course_on_sqlite: Course) -> Place:
    eye, scenario = Watched(course_on_sqlite.world), course_on_sqlite.scenario
    stages = eye.stages()
    numbers = [ttn for order in scenario.orders for ttn in order.ttns]
    guests = [
        order
        for order in scenario.orders
        if order.open
        and order.reach == "no_user"
        and len(order.ttns) == 1
        and numbers.count(order.ttns[0]) == 1
        and stages.get(order.ttns[0]) == "at_branch"
    ]
    return Place(eye, guests, scenario.shop_chat_id)


def test_a_guest_links_a_chat_by_one_tap_and_the_news_go_there_f18(place: Place) -> None:
    order, link = place.guests[0], place.link(place.guests[0])
    seen = place.talk(link)
    assert f"Новини про замовлення {order.number} надходитимуть сюди." in seen
    assert "Чекає у відділенні" in seen
    assert order.ttns[0] in seen
    assert "[1] 📦 Де посилка?   [2] 🔕 Не сповіщати   [3] 🌐 Мова" in seen

    assert "Це посилання вже відкрили в іншому чаті." in place.talk(link, chat=STRANGER)
    refused = f"Посилання на замовлення {order.number} відкрили вдруге"
    place.eye.until("the shop is told", lambda: refused in place.told(place.shop_chat))

    place.receive(order)
    place.eye.until("the buyer is told", lambda: place.states(order) == ["sent"])
    assert place.told(BUYER).count(order.ttns[0]) == 2


def test_buttons_are_pressed_and_silence_is_kept(place: Place) -> None:
    order = place.guests[1]
    seen = place.talk(place.link(order), "3", "1", "2", "block", "unblock", "quit")
    shown = [line for line in seen.splitlines() if any(sign in line for sign in "🌐🔕🔔")]
    assert shown[-6:] == [
        "  ╰ [1] 📦 Де посилка?   [2] 🔕 Не сповіщати   [3] 🌐 Мова",
        "  │ 🌐 Якою мовою вам писати?",
        "  │ 🌐 Писатимемо українською.",
        "  ╰ [1] 📦 Де посилка?   [2] 🔕 Не сповіщати   [3] 🌐 Мова",
        "  │ 🔕 Сповіщення вимкнено.",
        "  ╰ [1] 📦 Де посилка?   [2] 🔔 Сповіщати   [3] 🌐 Мова",
    ]
    place.receive(order)
    place.eye.until("it ends in silence", lambda: place.states(order) == ["muted"])


def test_what_was_installed_is_checked_and_a_foreign_webhook_is_left_alone_f46(place: Place) -> None:
    said = vistka(place.eye.world, "bot", "install")
    assert said.code == 0, said.err
    assert all(line.startswith("✓") for line in said.out.splitlines()), said.out
    assert place.eye.control("GET", "telegram")["webhook"]["pending_update_count"] == 0
    assert "leads to this deployment" in vistka(place.eye.world, "bot", "status").out


def test_a_buyer_is_forgotten_and_tracking_goes_on(place: Place) -> None:
    order, chat = place.guests[2], 600_500_003
    place.talk(place.link(order), chat=chat)
    assert str(chat) in place.eye.stored()
    dry = vistka(place.eye.world, "erase", "--order", order.number, "--dry-run", "--json")
    assert dry.code == 0, dry.err
    assert str(chat) in place.eye.stored()
    said = vistka(place.eye.world, "erase", "--order", order.number, "--yes", "--json")
    assert said.code == 0, said.err
    assert said.json["removed"] == dry.json["removed"]
    assert said.json["removed"].keys() >= {"chats", "linked chats", "used links", "changes"}
    assert str(chat) not in place.eye.stored()
    assert vistka(place.eye.world, "erase", "--order", order.number, "--yes", "--json").json["removed"] == {}
    assert "👋 Цей бот стежить" in place.talk("/status", chat=chat)  # nothing is known of this chat

    place.receive(order)
    assert place.states(order) == ["muted"]
    assert vistka(place.eye.world, "status", order.number, "--json").json["parcels"][0]["stage"] == "delivered"


def test_the_shops_chat_mutes_one_order_and_hears_of_it_again(place: Place) -> None:
    order = place.guests[3]
    place.move(order, "105")
    place.eye.until("the shop is told", lambda: place.states(order, "storage_ended", "shop") == ["sent"])
    mute = place.button(order)
    assert mute["text"] == "🔕 Не сповіщати про це замовлення"
    place.press(mute["callback_data"], chat=place.shop_chat)
    place.eye.until("the button has turned", lambda: place.button(order)["text"].startswith("🔔"))
    assert place.button(order)["text"] == "🔔 Знову сповіщати про це замовлення"

    place.move(order, "102")
    place.eye.until("it ends in silence", lambda: place.states(order, "refused", "shop") == ["muted"])
    trail = vistka(place.eye.world, "audit", order.number, "--json").json["entries"]
    assert ("shop_chat", "muted") in {(one["actor"], one["act"]) for one in trail}

    place.press(place.button(order)["callback_data"], chat=place.shop_chat)
    place.eye.until("the button has turned back", lambda: place.button(order) == mute)
