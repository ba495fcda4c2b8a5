"""A deployed world for drills: few orders, no limits of the outside, and all that can be broken in it."""

import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from local import scenario
from local.shop.schema import tables
from local.world.wishes import QUICK, Wishes
from local.world.world import World
from tests.e2e.shop_rows import Row, ShopRows
from tests.e2e.watching import Watched

ON_ITS_WAY: Final = "5"
AT_BRANCH: Final = "7"
RECEIVED: Final = "9"

#: Hours after which every live parcel is due again, by day or at night (domain/plan.py).
DUE_AGAIN: Final = 7

#: A message in work is seen again after this many real seconds when its worker died.
VISIBILITY: Final = 6

_PARAMETERS: Final = {
    **QUICK,
    "PaceSeconds": "0",
    "PollsVisibilitySeconds": str(VISIBILITY),
    "NoticesVisibilitySeconds": str(VISIBILITY),
}
_STANDINS: Final = ("--carrier-interval", "0", "--chat-interval", "0", "--bot-per-second", "0")
_PLACE: Final = {"number": 12, "category": "Branch", "street": "вул. Садова, 3"}


def wishes(folder: Path, shop_url: str) -> Wishes:
    """For a world on this shop, whose tables are made here and stay empty."""
    engine = sa.create_engine(shop_url, poolclass=sa.NullPool)
    metadata = tables()
    # Without the mark of a shop that is filled here: this one stays its own.
    metadata.create_all(
        engine, tables=[metadata.tables[name] for name in ("auth_user", "accounts_userprofile", "orders_order")]
    )
    return Wishes(folder=folder, shop_database_url=shop_url, parameters=_PARAMETERS, standins=_STANDINS)


@dataclass(frozen=True, kw_only=True)
class DrillOrder:
    number: str
    ttn: str
    chat_id: int


class DrillWorld(Watched):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.shop = ShopRows(world.facts.shop_database_url)
        self.api_keys = scenario.load(Path(world.folder) / "standins" / "scenario.json").api_keys
        self._numbers = count(1)

    def run(self) -> str:
        """As usual, but for polls that an outage holds back for a minute: the run that follows has all of theirs."""
        run = self.dispatch()
        self.until(f"run {run} is complete", lambda: self.is_complete(run))
        self.until("the notices' queue is empty", lambda: not self.depth("NoticesQueueUrl"))
        return run

    # --- orders and their parcels -------------------------------------------------------------------------------

    def orders(self, many: int) -> list[DrillOrder]:
        """New orders of buyers with chats; each parcel has been announced to the carrier, and is known after a run."""
        placed = [self._place(next(self._numbers)) for _ in range(many)]
        self.ahead(hours=DUE_AGAIN)
        self.run()
        for order in placed:
            assert self.stages()[order.ttn] == "created"
        return placed

    def move(self, orders: Sequence[DrillOrder], code: str) -> None:
        """From now on the carrier tells this code of them; the clock goes on to when they are due again."""
        for order in orders:
            self.control("POST", f"parcels/{order.ttn}/move", {"code": code})
        self.ahead(hours=DUE_AGAIN)

    def told(self, order: DrillOrder) -> list[dict[str, Any]]:
        return list(self.control("GET", f"messages?chat_id={order.chat_id}")["messages"])

    def told_counts(self, orders: Sequence[DrillOrder]) -> list[int]:
        counts = Counter(message["chat_id"] for message in self.messages())
        return [counts[order.chat_id] for order in orders]

    def states(self, orders: Sequence[DrillOrder]) -> list[dict[str, str]]:
        """Of each order what became of its notices but for reminders, by kind."""
        ledger: dict[str, dict[str, str]] = {order.number: {} for order in orders}
        for one in self.news():
            ledger.get(one["order_number"], {})[one["kind"]] = one["state"]
        return [ledger[order.number] for order in orders]

    def all_settled(self) -> bool:
        return not self.unsettled()

    def labels(self, orders: Sequence[DrillOrder]) -> list[str]:
        """The stage that the shop shows, as it calls it; empty where it shows nothing."""
        return [str(self.row(order)["shipment_status"] or "").partition(" - ")[0] for order in orders]

    def row(self, order: DrillOrder) -> Row:
        return self.shop.orders()[order.number]

    def forget(self) -> None:
        """The orders so far are done, so that the next drill has its own alone."""
        for number, row in self.shop.orders().items():
            if row["status"] == "ship":
                self.shop.update(number, status="done")

    # --- what breaks --------------------------------------------------------------------------------------------

    @contextmanager
    def without_rights(self, function: str) -> Iterator[None]:
        """Take the policies from the role of this function, and give them back."""
        iam, name = self.client("iam"), self.world.facts.outputs[function]
        role = self.client("lambda").get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]
        policies = {
            policy: json.dumps(iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"])
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        }
        for policy in policies:
            iam.delete_role_policy(RoleName=role, PolicyName=policy)
        try:
            yield
        finally:
            for policy, document in policies.items():
                iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=document)

    @contextmanager
    def configured(self, variables: Mapping[str, str]) -> Iterator[None]:
        """As after a deployment with other parameters. Nothing may be in work when it begins and when it ends."""
        client, before = self.client("lambda"), {}
        # The notifier reads neither mode nor orders: what is not to be told never reaches it.
        for function in ("DispatcherFunction", "TrackerFunction"):
            name = self.world.facts.outputs[function]
            before[name] = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            client.update_function_configuration(
                FunctionName=name, Environment={"Variables": {**before[name], **variables}}
            )
        try:
            yield
        finally:
            for name, kept in before.items():
                client.update_function_configuration(FunctionName=name, Environment={"Variables": kept})

    def kill_workers(self, function: str) -> int:
        """Kill the processes in which this world runs the function; how many there were."""
        mark = f"{self.world.folder}/temporary/ministack-lambda-{self.world.facts.outputs[function]}-"
        shown = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True)
        pids = [int(line.split()[0]) for line in shown.stdout.splitlines() if mark in line and "_worker.py" in line]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)

    def _place(self, number: int) -> DrillOrder:
        order = DrillOrder(number=f"TWC01012026N{number:03d}", ttn=f"2045{number:010d}", chat_id=500_000_000 + number)
        now = datetime.now(UTC) + timedelta(hours=self.hours)
        epoch = datetime.fromisoformat(self.control("GET", "health")["epoch"])
        announced = int((now - epoch).total_seconds()) - 600
        self.control("POST", "chats", {"id": order.chat_id, "name": f"Покупець {number}"})
        self.control("POST", "parcels", _parcel(order, announced))
        self.shop.insert("auth_user", _user(number, now))
        self.shop.insert("accounts_userprofile", _profile(number, order))
        self.shop.insert("orders_order", _order(number, order, now))
        return order


def _parcel(order: DrillOrder, announced: int) -> dict[str, Any]:
    words = "Відправник самостійно створив цю накладну, але ще не надав до відправки"
    return {
        "ttn": order.ttn,
        "recipient": "Дослідна Ольга",
        "phone": "380500000001",
        "sender": "Крамниця",
        "phone_sender": "380500000002",
        "city_from": "Харків",
        "city": "Львів",
        "place": _PLACE,
        "street": "вул. Садова, 3",
        "weight": 1.0,
        "cost": 80,
        "declared": 900,
        "steps": [{"at": announced, "code": "1", "text": words}],
    }


def _user(number: int, now: datetime) -> Row:
    return {
        "id": number,
        "password": "!",
        "is_superuser": False,
        "username": f"drill{number}",
        "first_name": "Ольга",
        "last_name": "Дослідна",
        "email": f"drill{number}@example.invalid",
        "is_staff": False,
        "is_active": True,
        "date_joined": now.replace(tzinfo=None),
    }


def _profile(number: int, order: DrillOrder) -> Row:
    return {
        "user_id": number,
        "full_name": "Дослідна Ольга",
        "phone": "+380500000001",
        "telegram_id": order.chat_id,
        "city": "",
        "np_office": "",
        "pay_type": "full",
    }


def _order(number: int, order: DrillOrder, now: datetime) -> Row:
    return {
        "id": number,
        "order_number": order.number,
        "user_id": number,
        "full_name": "Дослідна Ольга",
        "phone": "+380500000001",
        "city": "Львів",
        "np_office": "Відділення №12",
        "pay_type": "full",
        "total_sum": Decimal(900),
        "status": "ship",
        "payment_status": "paid",
        "tracking_number": order.ttn,
        "created": now.replace(tzinfo=None),
        "updated": now.replace(tzinfo=None),
    }
