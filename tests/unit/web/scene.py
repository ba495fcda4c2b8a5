"""A site on fakes: an order with its parcel, tokens for its page, and a visitor."""

import base64
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tests.contracts.store_samples import TTN, change, link, state
from tests.fakes.clock import START, FakeClock
from tests.fakes.store import FakeLinkedOrders, FakeParcels, FakeRefreshes, FakeRuns, Memory
from vistka.domain.errors import QueueUnavailable
from vistka.domain.parcels import Change, Facts, ParcelState
from vistka.domain.stages import STAGE_OF_CODE
from vistka.domain.tokens import KeyRing, Purpose, mint
from vistka.edge.shop_api import ShopApi, read_keys
from vistka.edge.site import Site
from vistka.ports import Commit, Link
from vistka.texts.pages import Brand
from vistka.usecases.minting import Minter
from vistka.usecases.refreshing import Refresher

KEYS: Final = KeyRing(keys={1: bytes(range(32))}, signing=1)
API_KEY: Final = "invented-api-key-0123456789-abcdefgh"
BOT: Final = "invented_shop_bot"
BRANCH: Final[dict[str, Any]] = {
    "city": "Київ",
    "place": "Відділення №12 (до 30 кг): вул. Вигадана, 72",
    "place_number": "12",
}
LOCKER: Final[dict[str, Any]] = {"city": "Львів", "place": "Поштомат №4711: вул. Вигадана, 7а", "place_number": "4711"}
COURIER: Final[dict[str, Any]] = {"city": "Одеса", "place": "вул. Таємна, 5, кв. 7", "courier": True}


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def csp(self) -> dict[str, str]:
        parts = (part.split(" ", 1) for part in self.headers["Content-Security-Policy"].split("; "))
        return {name: (rest or [""])[0] for name, *rest in parts}


@dataclass
class Events:
    """`vistka.ports.OrderEvents`: what the dispatcher was asked for; `down`, it takes nothing."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    down: bool = False

    def refresh(self, order_numbers: Sequence[str]) -> None:
        if self.down:
            raise QueueUnavailable("EventBridge does not answer")
        self.asked.append(tuple(order_numbers))


@dataclass
class Scene:
    """`log` holds what was said and noted; `memory` is the store."""

    memory: Memory = field(default_factory=Memory)
    clock: FakeClock = field(default_factory=FakeClock)
    log: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    brand: Brand = field(default_factory=Brand)
    bot_name: str = BOT
    default_language: str = "uk"
    ancestors: str = ""
    keys: KeyRing | Exception = KEYS
    api_keys: str | Exception = API_KEY
    events: "Events" = field(default_factory=lambda: Events())

    @property
    def site(self) -> Site:
        minter = Minter(
            parcels=FakeParcels(self.memory),
            clock=self.clock,
            keys=self._keys,
            bot_name=lambda: self.bot_name,
            random_bytes=bytes,
        )
        return Site(
            orders=FakeLinkedOrders(self.memory),
            parcels=FakeParcels(self.memory),
            runs=FakeRuns(self.memory),
            clock=self.clock,
            keys=self._keys,
            minter=minter,
            brand=self.brand,
            bot_name=self.bot_name,
            default_language=self.default_language,
            ancestors=self.ancestors,
            shop_api=ShopApi(
                orders=FakeLinkedOrders(self.memory),
                parcels=FakeParcels(self.memory),
                runs=FakeRuns(self.memory),
                clock=self.clock,
                keys=self._api_keys,
                minter=minter,
                page_lasts=timedelta(days=90),
                refresher=Refresher(
                    refreshes=FakeRefreshes(self.memory),
                    events=self.events,
                    clock=self.clock,
                    interval=timedelta(minutes=5),
                ),
                default_language=self.default_language,
                say=self._say,
            ),
            note=self._say,
            say=self._say,
        )

    def _keys(self) -> KeyRing:
        if isinstance(self.keys, Exception):
            raise self.keys
        return self.keys

    def _api_keys(self) -> list[str]:
        if isinstance(self.api_keys, Exception):
            raise self.api_keys
        return read_keys(self.api_keys)

    def _say(self, message: str, **named: object) -> None:
        self.log.append((message, named))

    def token(
        self, *, key: str = link().order_key, purpose: Purpose = Purpose.PAGE, expires_at: datetime | None = None
    ) -> str:
        return mint(purpose, key, expires_at=expires_at or START + timedelta(days=90), nonce=bytes(8), keys=KEYS)

    def send(self, method: str, path: str, *, query: str = "", body: str | None = None, **headers: str) -> Answer:
        """Names of headers with _ for -."""
        event: dict[str, Any] = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {name.replace("_", "-"): value for name, value in headers.items()},
            "requestContext": {"http": {"method": method, "path": path}},
        }
        return self.take(event | ({"body": body} if body is not None else {}))

    def take(self, event: Mapping[str, Any]) -> Answer:
        answer = self.site.answer(event)
        assert json.loads(json.dumps(answer)) == answer
        body = answer["body"]
        if answer.get("isBase64Encoded"):
            body = gzip.decompress(base64.b64decode(body)).decode()
        assert not re.search(r"[\x00-\x08\x0b-\x1f]", body)
        return Answer(status=answer["statusCode"], headers=answer["headers"], body=body)

    def get(self, path: str, *, query: str = "", **headers: str) -> Answer:
        return self.send("GET", path, query=query, **headers)

    def post(self, path: str, body: Any, *, key: str | None = API_KEY, query: str = "", **headers: str) -> Answer:
        text = body if isinstance(body, str) else json.dumps(body)
        given = headers | ({"authorization": f"Bearer {key}"} if key is not None else {})
        return self.send("POST", path, query=query, body=text, **given)

    def page(self, *, query: str = "", **headers: str) -> Answer:
        return self.get(f"/o/{self.token()}", query=query, **headers)

    def put(self, code: str, *earlier: str, ttn: str = TTN, order: Link | None = None, **facts: Any) -> None:
        """A parcel of the order that came by the `earlier` codes to `code`, one a day. An empty code: never asked."""
        codes = [*earlier, code]
        known = state(ttn, version=len(codes), **_told(code, facts)) if code else None
        changes = [_change(ttn, number, one, START - timedelta(days=len(codes) - number)) for number, one in
                   enumerate(codes, start=1)] if code else []  # fmt: skip
        held = replace(order or link(), ttn=ttn)
        if known is None:
            self.memory.links[held.order_key, ttn] = held
            self.memory.numbers[held.order_number] = held.order_key
            return
        FakeParcels(self.memory).commit(Commit(state=known, expected=None, links=(held,)))
        self.memory.changes.update({(ttn, one.version): one for one in changes})

    def change_state(self, ttn: str = TTN, **changes: Any) -> ParcelState:
        self.memory.states[ttn] = replace(self.memory.states[ttn], **changes)
        return self.memory.states[ttn]


def _told(code: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    stage = STAGE_OF_CODE.get(code)
    return {"facts": Facts(code=code, text=f"Речення перевізника {code}", stage=stage, **facts), "stage": stage}


def _change(ttn: str, number: int, code: str, at: datetime) -> Change:
    stage = STAGE_OF_CODE.get(code)
    told = Facts(code=code, text=f"Речення перевізника {code}", stage=stage)
    return change(number, ttn=ttn, at=at, facts=told, stage=stage)
