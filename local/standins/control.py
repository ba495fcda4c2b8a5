"""The control API: look at what was asked and told, and make the outside misbehave.

GET    /control/health                          addresses, epoch, the moved now
GET    /control/carrier[?documents=1]           counters and requests
GET    /control/messages[?chat_id=&after=]      messages, oldest first; `after`: only those behind this message id
GET    /control/telegram                        counters of calls and answers, the webhook
GET|POST|DELETE /control/{carrier,telegram}/fault
                          {"fault": "slow:200", "count": 2, "seconds": 5, "methods": [], "chats": []}
GET|POST /control/settings                      {"carrier_interval": 0, "carrier_latency_ms": 200, "chat_interval": 0}
POST   /control/reset                           as at the start
GET    /control/parcels/<ttn>                   the script and today's step
POST   /control/parcels                         put a whole parcel
POST   /control/parcels/<ttn>/move              {"code": "7", "text"?, "variant"?, "place"?, "child"?}: from now on
POST   /control/chats                           {"id": 1, "state": "blocked", "name"?, "migrated_to"?}
POST   /control/chats/<id>/type                 {"text": "/start", "name"?, "wait"?}: a person writes to the bot
POST   /control/chats/<id>/press                {"button": "🔕 Не сповіщати", "wait"?}: presses what a message shows
POST   /control/chats/<id>/{block,unblock}      {"wait"?}
           `wait` real seconds until the bot has taken the update: {"update_id": 1, "taken": true}
"""

from collections import Counter
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from local.standins.http import Reply, Request, as_json
from local.standins.world import World


class Control:
    """Also serves both stand-ins under its own address, without their `down`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, request: Request) -> Reply:
        if request.path.startswith("/v2.0/"):
            return self._world.carrier_service(request)
        if request.path.startswith("/bot"):
            return self._world.bot_service(request)
        parts = request.path.strip("/").split("/")
        if parts[0] != "control":
            return as_json({"error": "there are /control, /v2.0/json/ and /bot<token>/<method>"}, status=404)
        try:
            return as_json(self._route(request.method, parts[1:], request.fields()))
        except LookupError as missing:
            return as_json({"error": f"not here: {missing}"}, status=404)
        except (ValueError, TypeError) as wrong:
            return as_json({"error": str(wrong)}, status=400)

    def _route(self, method: str, parts: list[str], fields: dict[str, Any]) -> Any:
        world = self._world
        match method, parts:
            case "GET", ["health"]:
                return self.health()
            case "GET", ["carrier"]:
                return self._carrier(documents=bool(fields.get("documents")))
            case "GET", ["messages"]:
                return self._messages(fields)
            case "GET", ["telegram"]:
                return self._telegram()
            case _, [("carrier" | "telegram") as service, "fault"]:
                return self._fault(method, service, fields)
            case (("GET" | "POST"), ["settings"]):
                return world.settle(fields)
            case "POST", ["reset"]:
                world.reset()
                return {"ok": True}
            case "POST", ["parcels"]:
                return self._parcel(world.put_parcel(fields).ttn)
            case "GET", ["parcels", ttn]:
                return self._parcel(ttn)
            case "POST", ["parcels", ttn, "move"]:
                return self._parcel(world.move(ttn, fields).ttn)
            case "POST", ["chats", *rest]:
                return self._person(int(rest[0]), rest[1], fields) if rest else asdict(world.bot.chats.put(fields))
            case _:
                raise LookupError("/".join(parts))

    def health(self) -> dict[str, Any]:
        world = self._world
        return {
            "ok": True,
            "now": world.clock.now().isoformat(),
            "epoch": world.scenario.epoch.isoformat(),
            "nova_poshta_url": f"{world.listeners['carrier'].url}/v2.0/json/",
            "telegram_api_url": world.listeners["telegram"].url,
            "listening": {name: listener.listening for name, listener in world.listeners.items()},
        }

    def _carrier(self, *, documents: bool) -> dict[str, Any]:
        asked = list(self._world.carrier.asked)
        shown = [
            {
                "at": one.at.isoformat(),
                "key": one.key,
                "count": len(one.documents),
                "phones": one.phones,
                "outcome": one.outcome,
            }
            | ({"documents": one.documents} if documents else {})
            for one in asked
        ]
        return {
            "requests": len(asked),
            "documents": sum(len(one.documents) for one in asked),
            "outcomes": Counter(one.outcome for one in asked),
            "asked": shown,
        }

    def _telegram(self) -> dict[str, Any]:
        service, hook = self._world.bot_service, self._world.bot.webhook
        return {
            "calls": service.calls,
            "answers": service.answers,
            "webhook": hook.info(),
            "deliveries": hook.deliveries,
            "refused": hook.refused,
        }

    def _person(self, chat: int, what: str, fields: dict[str, Any]) -> dict[str, Any]:
        people = self._world.bot.people
        match what:
            case "type":
                number = people.type(chat, str(fields["text"]), name=str(fields.get("name") or ""))
            case "press":
                number = people.press(chat, str(fields["button"]))
            case "block" | "unblock":
                number = people.block(chat) if what == "block" else people.unblock(chat)
            case _:
                raise LookupError(what)
        return {"update_id": number, "taken": self._world.bot.webhook.wait(number, float(fields.get("wait") or 0))}

    def _messages(self, fields: dict[str, Any]) -> dict[str, Any]:
        chat, after = fields.get("chat_id"), int(fields.get("after") or 0)
        kept = [
            asdict(message)
            for message in list(self._world.bot.chats.messages)
            if message.message_id > after and (not chat or message.chat_id == int(chat))
        ]
        return {"count": len(kept), "messages": kept}

    def _fault(self, method: str, service: str, fields: dict[str, Any]) -> Any:
        match method:
            case "POST":
                return self._world.set_fault(service, fields)
            case "DELETE":
                self._world.clear_faults(service)
        return {"faults": self._world.faults[service].shown()}

    def _parcel(self, ttn: str) -> dict[str, Any]:
        parcel, world = self._world.carrier.parcels[ttn], self._world
        at = int((world.clock.now() - world.scenario.epoch) / timedelta(seconds=1))
        step = parcel.step(at)
        return {"parcel": parcel.to_dict(), "step": None if step is None else asdict(step)}
