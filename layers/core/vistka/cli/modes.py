"""`vistka live` and `vistka shadow`: who is told, changed without a deployment."""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import click

from vistka.cli.audit import note_act
from vistka.cli.deployment import Deployment
from vistka.cli.failures import WrongUse
from vistka.cli.findings import deployed, interval, of_function
from vistka.cli.functions import Function, ask
from vistka.cli.options import Outside, deployment_options, json_option, pass_outside, yes_option
from vistka.cli.project import keep_in_step
from vistka.cli.render import count, errors, plain, print_json, say_pairs
from vistka.domain.audit import Act
from vistka.domain.messages import PollMessage
from vistka.domain.notices import NoticeState
from vistka.domain.orders import Finding

#: Reminders and what quiet hours hold back are due within this time.
_AHEAD: Final = timedelta(days=30)
#: Characters that OnlyOrders may have: it stands in each function's environment, which holds 4 kB in all.
_MOST: Final = 1000
#: Characters of the orders that the audit trail names.
_LONGEST: Final = 200
#: Findings that say how much is at stake.
_STAKE: Final = frozenset({"shop orders", "shop chats"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Mode:
    """`only` limits live to these orders; empty: all."""

    live: bool
    only: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.live:
            return "shadow"
        if not self.only:
            return "live for all orders"
        shown = ", ".join(self.only[:5]) + (" …" if len(self.only) > 5 else "")
        return f"live for {'order' if len(self.only) == 1 else 'orders'} {shown} only"

    @property
    def parameters(self) -> dict[str, str]:
        return {"Mode": "live" if self.live else "shadow", "OnlyOrders": ",".join(self.only)}

    def to_dict(self) -> dict[str, Any]:
        return {"mode": "live" if self.live else "shadow", "only_orders": list(self.only)}


def mode_of(deployment: Deployment) -> Mode:
    live = deployment.parameters.get("Mode") == "live"
    numbers = (number.strip() for number in deployment.parameters.get("OnlyOrders", "").split(","))
    return Mode(live=live, only=tuple(number for number in numbers if number) if live else ())


@click.command(short_help="Tell buyers: of one order, or of all.")
@click.option("--order", "orders", multiple=True, metavar="NUMBER", help="Only this order; may be repeated.")
@yes_option
@json_option
@deployment_options
@pass_outside
def live(outside: Outside, *, orders: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Go live: write the shop's two columns and tell buyers, from the next run on.

    With --order only these orders are live, beside those that are already. What happened before is told to nobody:
    neither what ended as shadow, nor a movement before going live. Says what it means, and asks.

    \b
    Examples:
      vistka live --order TWC09092025N01
      vistka live
      vistka live --yes --json

    Exit code: 0 live, 1 not confirmed or failed, 2 wrong use or configuration, such as an order that the shop lacks.
    """
    deployment = outside.deployment()
    was = mode_of(deployment)
    wanted = _numbers(orders)
    if wanted and was.live and not was.only:
        raise WrongUse("all orders are live; `vistka shadow` first, if only some shall be")
    then = Mode(live=True, only=tuple(dict.fromkeys((*was.only, *wanted))) if wanted else ())
    if len(then.parameters["OnlyOrders"]) > _MOST:
        raise WrongUse(f"{count(len(then.only), 'order')} are too many to name; `vistka live` is for all")
    meaning = [_of_order(deployment, number) for number in wanted if number not in was.only]
    if then != was:
        meaning += _going_live(deployment, then)
    _change(outside, deployment, was, then, meaning, yes=yes, as_json=as_json)


@click.command(short_help="Back: tell nobody, write no shop column.")
@yes_option
@json_option
@deployment_options
@pass_outside
def shadow(outside: Outside, *, yes: bool, as_json: bool) -> None:
    """Back to shadow: track and store on, but write no shop column and tell nobody.

    \b
    Examples:
      vistka shadow
      vistka shadow --yes

    Exit code: 0 in shadow, 1 not confirmed or failed, 2 wrong use or configuration.
    """
    deployment = outside.deployment()
    was, then = mode_of(deployment), Mode(live=False)
    meaning = _going_back(deployment) if was != then else []
    _change(outside, deployment, was, then, meaning, yes=yes, as_json=as_json)


def _change(
    outside: Outside,
    deployment: Deployment,
    was: Mode,
    then: Mode,
    meaning: Iterable[tuple[str, str]],
    *,
    yes: bool,
    as_json: bool,
) -> None:
    console = errors()
    if then == was:
        console.print(plain(f"nothing to do: {was} already"))
    else:
        say_pairs([("now", str(was)), ("then", str(then)), *meaning])
        if not yes:
            _confirm(then)
        with console.status("changing the stack") if console.is_terminal else nullcontext():
            deployment.stack.change(then.parameters)
        note_act(deployment, Act.WENT_LIVE if then.live else Act.WENT_SHADOW, **_named(then))
    target = outside.target()
    # The local world has settings of its own; a person's samconfig.toml is for their own stack.
    for name in () if target.world else keep_in_step(outside.folder, target.stack, then.parameters):
        console.print(f"samconfig.toml: {name} set to the same, for later deployments", style="dim")
    if as_json:
        print_json({**then.to_dict(), "was": was.to_dict()})
    elif then != was:
        console.print(plain(f"done: {then}"), style="green")
        console.print(_from_when(deployment))


def _named(then: Mode) -> dict[str, str]:
    only = ",".join(then.only)
    return {"orders": only if len(only) <= _LONGEST else f"{len(then.only)} of them"} if only else {}


def _confirm(then: Mode) -> None:
    question = f"Go {then}?" if then.live else "Back to shadow?"
    try:
        sure = click.confirm(question, err=True)
    except click.Abort:
        raise WrongUse("nothing was changed; give --yes where nobody can be asked") from None
    if not sure:
        errors().print("nothing was changed")
        raise SystemExit(1)


def _numbers(orders: Iterable[str]) -> tuple[str, ...]:
    numbers = tuple(dict.fromkeys(order.strip() for order in orders))
    for number in numbers:
        if not number or "," in number:
            raise click.BadParameter("name one order; repeat --order for others", param_hint="--order")
    return numbers


def _of_order(deployment: Deployment, number: str) -> tuple[str, str]:
    """Whether this order can be told of. Raises WrongUse for one that the shop does not have."""
    answer = ask(deployment.functions, Function.DISPATCHER, {"order_number": number, "dry_run": True})
    found = [
        entry.order
        for message in answer.get("messages", ())
        for entry in PollMessage.from_dict(message).orders
        if entry.order.number == number
    ]
    if not found:
        rows = answer.get("parcels") or [{}]
        return f"order {number}", str(rows[0].get("error") or "has no parcel that is still on its way")
    chat = "its buyer has a chat" if found[0].chat_id is not None else f"its buyer has none ({found[0].unreachable})"
    return f"order {number}", f"{found[0].tracking}; {chat}"


def _going_live(deployment: Deployment, then: Mode) -> list[tuple[str, str]]:
    found = [one for function in deployed(deployment) for one in of_function(deployment.functions, function)]
    shadows = sum(1 for _ in deployment.state().ledger.list(state=NoticeState.SHADOW))
    stake = [] if then.only else [(one.name.removeprefix("shop "), one.text) for one in _stake(found)]
    return [
        *stake,
        ("columns", "shipment_status is brought up to date by the next run; what another program wrote is replaced"),
        ("messages", f"of what happens from then on; {count(shadows, 'notice')} that ended as shadow stay untold"),
        ("back", "vistka shadow"),
        *((f"not well: {one.name}", one.text) for one in dict.fromkeys(found) if not one.ok),
    ]


def _stake(found: Iterable[Finding]) -> list[Finding]:
    return [one for one in dict.fromkeys(found) if one.name in _STAKE and one.ok]


def _going_back(deployment: Deployment) -> list[tuple[str, str]]:
    state = deployment.state()
    due = state.ledger.due(before=deployment.clock.now() + _AHEAD, limit=1000)
    # A reminder, and what waits for the morning, is judged by the mode of its hour.
    leaving = sum(1 for notice in due if notice.not_before is None)
    return [
        ("columns", "stay as they are now, and are written no more"),
        ("messages", f"{count(leaving, 'notice')} on the way will still go out"),
        ("shadow", "is where reminders, what waits for the morning and what happens from then on end"),
        ("later", "going live again tells nothing of the time between"),
    ]


def _from_when(deployment: Deployment) -> str:
    if deployment.parameters.get("ScheduleState") == "DISABLED":
        return "the rule is disabled: it counts from the next run (vistka run)"
    return f"it counts from the next run, in {interval(deployment).total_seconds() / 60:.0f} minutes at the latest"
