"""`vistka notices`: the ledger of what was told to whom."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any, Final

import click
from rich.table import Table
from rich.text import Text

from vistka.cli.deployment import State
from vistka.cli.failures import WrongUse
from vistka.cli.options import Outside, deployment_options, json_option, order_named, pass_outside, spelled
from vistka.cli.render import count, errors, iso, kyiv, plain, print_json, show
from vistka.domain.notices import REMINDERS, Audience, Notice, NoticeState
from vistka.ports import Texts

NOTICE_STYLES: Final = {
    NoticeState.SENT: "green",
    NoticeState.SENDING: "cyan",
    NoticeState.NEW: "cyan",
    NoticeState.WAITING: "cyan",
    NoticeState.RETRY: "yellow",
    NoticeState.UNKNOWN: "yellow",
    NoticeState.UNCONFIRMED: "yellow",
    NoticeState.UNDELIVERABLE: "red",
    NoticeState.FAILED: "red",
    NoticeState.SUPERSEDED: "dim",
    NoticeState.MUTED: "dim",
    NoticeState.SHADOW: "dim",
    NoticeState.APPLYING: "cyan",
    NoticeState.APPLIED: "green",
    NoticeState.NOT_APPLICABLE: "dim",
}


def recipient(notice: Notice) -> str:
    """Who was meant, without the chat's number: its last two digits tell one chat from another."""
    if notice.is_effect:
        return "order's status"
    if notice.audience is Audience.SHOP:
        return "shop's chat"
    if notice.audience is Audience.WEBHOOK:
        return "webhook"
    if notice.chat_id is None:
        return "buyer, no chat"
    digits = str(abs(notice.chat_id))
    return f"buyer, chat …{digits[-2:]}" if len(digits) > 4 else "buyer, chat …"


def show_told(found: Iterable[Notice], *, title: Callable[[Notice], Text | str] = lambda _: "") -> None:
    """Each with its message, a line under a line; `title` ends the line above it."""
    for notice in found:
        whom = (plain(notice.order_number), "bold"), f"  {notice.ttn}  {notice.kind} → {recipient(notice)}"
        show(Text.assemble(f"{kyiv(notice.created_at)}  ", *whom, title(notice)))
        told = text_of(notice)
        if told is None and notice.is_effect:
            show(Text(f"    order rule: {plain(str(notice.payload.get('rule', '')))}", style="dim"))
        elif notice.audience is Audience.WEBHOOK:
            show(Text("    a call of the shop's own program", style="dim"))
        elif told is None:
            show(Text("    no chat to tell it in: the shop's chat hears of it instead", style="dim"))
        for line in (told or "").splitlines():
            show(Text(f"    │ {plain(line)}".rstrip()))
        show("")


def text_of(notice: Notice) -> str | None:
    """The message as a person reads it, as of the moment it was made, a reminder's as of its hour; None where the buyer
    has no chat to read it in, and for an effect, which nobody reads.

    Raises ConfigurationError for a kind without a text.
    """
    if (
        notice.is_effect
        or notice.audience is Audience.WEBHOOK
        or (notice.audience is Audience.BUYER and notice.chat_id is None)
    ):
        return None
    from vistka.texts.markup import plain as without_markup  # noqa: PLC0415

    return without_markup(_messages().render(notice, now=_told_at(notice)))


def _told_at(notice: Notice) -> datetime:
    at = (notice.settled_at or notice.not_before) if notice.kind in REMINDERS else None
    return at or notice.created_at


def why(notice: Notice) -> str:
    """Until when it waits, and why it is as it is; of an effect that was applied, by which rule."""
    waits = notice.state is NoticeState.WAITING and notice.not_before is not None
    until = f"until {kyiv(notice.not_before)}" if waits else ""
    rule = str(notice.payload.get("rule", "")) if notice.is_effect else ""
    return ", ".join(filter(None, (until, plain(notice.reason or rule))))


@cache
def _messages() -> Texts:
    # Jinja and Babel are slow to load, and the other commands do without them.
    from vistka.texts.own import OWN  # noqa: PLC0415
    from vistka.texts.render import Messages  # noqa: PLC0415

    return Messages(OWN)


def notice_to_dict(notice: Notice) -> dict[str, Any]:
    """Times in UTC; `to` is masked."""
    return {
        "order_number": notice.order_number,
        "ttn": notice.ttn,
        "kind": str(notice.kind),
        "audience": str(notice.audience),
        "to": recipient(notice),
        "state": str(notice.state),
        "reason": notice.reason or None,
        "attempt": notice.attempt,
        "created_at": iso(notice.created_at),
        "not_before": iso(notice.not_before),
        "due_at": iso(notice.due_at),
        "settled_at": iso(notice.settled_at),
    }


def ledger_of(state: State, states: tuple[NoticeState, ...], order_number: str | None) -> list[Notice]:
    """Newest last. Raises WrongUse for an order never seen."""
    key = None
    if order_number is not None:
        key = next(filter(None, map(state.parcels.order_key, spelled(order_number))), None)
        if key is None:
            raise WrongUse(f"order {order_number}: the store knows nothing of it; check its number")
    # One state is asked for by itself; of several, all are read once.
    only = states[0] if len(states) == 1 else None
    found = [n for n in state.ledger.list(state=only, order_key=key) if not states or n.state in states]
    return sorted(found, key=lambda notice: (notice.created_at, notice.order_number, notice.id))


@click.command()
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([str(state) for state in NoticeState]),
    metavar="STATE",
    help=f"Only notices in this state; may be repeated. One of: {', '.join(NoticeState)}.",
)
@click.option("--order", "order_number", metavar="NUMBER", callback=order_named, help="Only this order's notices.")
@click.option(
    "--texts/--no-texts", default=None, help="With the message as people read it. Default: only with --state shadow."
)
@json_option
@deployment_options
@pass_outside
def notices(
    outside: Outside, *, states: tuple[str, ...], order_number: str | None, texts: bool | None, as_json: bool
) -> None:
    """List the notices and what became of each, newest last; beside them what order rules did.

    Those that ended as shadow come with their texts: what would have been sent, and to whom. Chats are masked. JSON
    times are UTC, those for people Kyiv's.

    \b
    Examples:
      vistka notices --state undeliverable
      vistka notices --state shadow
      vistka notices --order TWC09092025N01 --json
    """
    deployment = outside.deployment()
    found = ledger_of(deployment.state(), tuple(NoticeState(state) for state in states), order_number)
    if texts is None:
        texts = set(states) == {str(NoticeState.SHADOW)}
    if as_json:
        print_json({"notices": [notice_to_dict(n) | ({"text": text_of(n)} if texts else {}) for n in found]})
        return
    if found and texts:
        show_told(found, title=_title)
    elif found:
        show(_table(found))
    errors().print(count(len(found), "notice") if found else "no notices")


def _title(notice: Notice) -> Text:
    state = Text(str(notice.state), style=NOTICE_STYLES.get(notice.state, ""))
    return Text.assemble("  ", state, f" {why(notice)}" if why(notice) else "")


def _table(found: list[Notice]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("created (Kyiv)", "order", "parcel", "kind", "to", "state", "why"):
        table.add_column(heading, overflow="fold")
    for notice in found:
        table.add_row(
            kyiv(notice.created_at),
            Text(plain(notice.order_number)),
            notice.ttn,
            str(notice.kind),
            recipient(notice),
            Text(str(notice.state), style=NOTICE_STYLES.get(notice.state, "")),
            Text(why(notice)),
        )
    return table
