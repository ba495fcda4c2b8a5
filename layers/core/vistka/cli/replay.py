"""`vistka replay`: what today's rules and texts would have told of the past."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import click
from rich.text import Text

from vistka.cli.deployment import Deployment, State
from vistka.cli.failures import WrongUse
from vistka.cli.notices import NOTICE_STYLES, notice_to_dict, show_told, text_of
from vistka.cli.options import Outside, deployment_options, json_option, pass_outside
from vistka.cli.render import count, errors, iso, plain, print_json
from vistka.domain.audience import Audiences
from vistka.domain.kyiv import kyiv as kyiv_zone
from vistka.domain.languages import DEFAULT_LANGUAGE
from vistka.domain.notices import Notice, NoticeState
from vistka.domain.parcels import Change
from vistka.domain.policy import Policy
from vistka.ports import Link
from vistka.usecases.replaying import replay as replayed

#: Changes are kept so long (adapters/store_items.py).
KEPT: Final = timedelta(days=90)
#: Of a parcel's past before `--since`, so much decides what is news.
_BEFORE: Final = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """`then`: what became of the same notice at its own time, by order key and notice id."""

    changes: int
    notices: Sequence[Notice]
    then: Mapping[tuple[str, str], NoticeState]

    def was(self, notice: Notice) -> NoticeState | None:
        return self.then.get((notice.order_key, notice.id))


@click.command(short_help="What today's rules would have told of a day gone by.")
@click.option(
    "--since",
    required=True,
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]),
    metavar="DATE",
    help="From this day (or moment, 2026-11-20T12:00) on, Kyiv time.",
)
@click.option("--order", "order_number", metavar="NUMBER", help="Only this order.")
@json_option
@deployment_options
@pass_outside
def replay(outside: Outside, *, since: datetime, order_number: str | None, as_json: bool) -> None:
    """Show what today's rules and texts would have told of the changes that are stored. Sends and writes nothing.

    Every order is taken for live. Beside each message stands what became of it at the time, if it was made then.
    Changes are kept for 90 days. Chats are masked; JSON times are UTC.

    \b
    Examples:
      vistka replay --since 2026-11-20
      vistka replay --since 2026-11-20T12:00 --order TWC09092025N01
      vistka replay --since 2026-11-20 --json | jq '.notices[] | select(.then == null)'
    """
    start = since.replace(tzinfo=kyiv_zone())
    deployment = outside.deployment()
    now = deployment.clock.now()
    if start > now:
        raise WrongUse("--since lies ahead")
    if start < now - KEPT:
        errors().print(f"changes are kept for {KEPT.days} days: what is older is not told", style="yellow")
    number = order_number.strip() if order_number is not None else None
    found = _replayed(deployment, start, number, now=now)
    if as_json:
        notices = [_to_dict(notice, found) for notice in found.notices]
        print_json({"since": iso(start), "changes": found.changes, "notices": notices})
        return
    show_told(found.notices, title=lambda notice: _title(notice, found))
    kinds = ", ".join(f"{kind} {number}" for kind, number in Counter(str(n.kind) for n in found.notices).most_common())
    told = f"{count(found.changes, 'change')}, {count(len(found.notices), 'message')}{f' ({kinds})' if kinds else ''}"
    errors().print(f"{told}; nothing was sent or written")


def _replayed(deployment: Deployment, start: datetime, number: str | None, *, now: datetime) -> Replayed:
    state = deployment.state()
    changes, links, ledger = _of_order(state, number) if number else _of_all(state, start)
    histories: dict[str, list[Change]] = {}
    for change in changes:
        histories.setdefault(change.ttn, []).append(change)
    of_parcel: dict[str, list[Link]] = {}
    for link in links:
        of_parcel.setdefault(link.ttn, []).append(link)
    going = {ttn for ttn, history in histories.items() if any(change.observed_at >= start for change in history)}
    going |= {link.ttn for link in links if link.since >= start and link.ttn in histories}
    keys = sorted({link.order_key for ttn in going for link in of_parcel.get(ttn, ())})
    chats = state.archive.chats(keys) if keys else {}

    chosen = deployment.parameters
    try:
        audiences = Audiences.parse(buyer=chosen.get("BuyerNotices", ""), shop=chosen.get("ShopNotices", ""))
    except ValueError as error:
        raise WrongUse(f"BuyerNotices or ShopNotices: {error}") from error

    def policy(at: datetime) -> Policy:
        return Policy(
            now=at,
            live_since=None,
            is_live=lambda _: True,
            has_shop_chat=bool(chosen.get("TelegramChatId")),
            notice_due=timedelta(minutes=5),
            default_language=chosen.get("DefaultLanguage") or DEFAULT_LANGUAGE,
            fit=lambda text: text,
            audiences=audiences,
        )

    notices = [
        notice
        for ttn in sorted(going)
        for notice in replayed(
            histories[ttn], of_parcel.get(ttn, ()), chats=chats, since=start, until=now, policy=policy
        )
        if number is None or notice.order_number == number
    ]
    return Replayed(
        changes=sum(change.observed_at >= start for ttn in going for change in histories[ttn]),
        notices=sorted(notices, key=lambda notice: (notice.created_at, notice.order_number, notice.id)),
        then={(notice.order_key, notice.id): notice.state for notice in ledger},
    )


def _of_order(state: State, number: str) -> tuple[list[Change], Sequence[Link], Iterable[Notice]]:
    key = state.parcels.order_key(number)
    record = state.parcels.order(key) if key is not None else None
    if record is None:
        raise WrongUse(f"order {number}: the store knows nothing of it; check its number")
    changes = [change for link in record.links for change in state.parcels.history(link.ttn)]
    return changes, record.links, record.notices


def _of_all(state: State, start: datetime) -> tuple[list[Change], Sequence[Link], Iterable[Notice]]:
    changes, links = state.archive.stored(since=start - _BEFORE)
    return changes, links, state.ledger.list()


def _title(notice: Notice, found: Replayed) -> Text:
    was = found.was(notice)
    if was is None:
        return Text("  not told then", style="yellow")
    return Text.assemble("  then ", Text(plain(str(was)), style=NOTICE_STYLES.get(was, "")))


def _to_dict(notice: Notice, found: Replayed) -> dict[str, Any]:
    kept = ("order_number", "ttn", "kind", "audience", "to", "reason")
    shown = notice_to_dict(notice)
    was = found.was(notice)
    return {
        "at": iso(notice.created_at),
        **{name: shown[name] for name in kept},
        "text": text_of(notice),
        "then": str(was) if was else None,
    }
