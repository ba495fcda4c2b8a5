"""What `vistka check` says of a shop behind its own server: each line with what to do about it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from vistka.adapters.shop_check_orders import look_at_orders
from vistka.adapters.shop_http_answers import JsonObject, plain, seconds_of
from vistka.adapters.shop_http_url import USUAL_LENGTH, Address
from vistka.domain.errors import ShopMismatch, VistkaError
from vistka.domain.orders import Finding, OrderPage

#: Seconds that the clocks may differ without a word; from 300 on requests are refused.
_NEAR: Final = 60
_RULES: Final = "order rules"


def check_shop(
    ask: Callable[[str, Mapping[str, str]], JsonObject],
    address: Address,
    open_orders: Callable[..., OrderPage],
    *,
    now: Callable[[], float],
) -> Sequence[Finding]:
    """Ask the shop's side what it is. Never raises: what fails is a finding."""
    try:
        told = ask("check", {})
    except VistkaError as error:
        hint = "" if isinstance(error, ShopMismatch) else "is the shop's site up, and open to requests from AWS?"
        return [Finding(name="shop server", ok=False, text=str(error), hint=hint)]
    database = plain(told.get("database") or "its database", 80)
    software = plain(told.get("software") or "an unnamed integration", 120)
    findings = [
        Finding(name="shop server", ok=True, text=f"{software} answers; {database}"),
        _clock(seconds_of(told.get("now")), now()),
    ]
    listed = told.get("problems")
    problems = [plain(each) for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    if problems:
        hint = "correct the settings of the shop's side, or add the columns (integrations/README.md)"
        findings.append(Finding(name="shop tables", ok=False, text="; ".join(problems), hint=hint))
        return findings
    findings.append(Finding(name="shop tables", ok=True, text="all that the shop's settings name is there"))
    findings.extend(_column(told.get("length"), address))
    findings.append(_writable(told.get("writable")))
    findings.extend(_rules(told.get("rules"), address, movable=told.get("movable") is True))
    findings.extend(look_at_orders(open_orders))
    return findings


def _clock(theirs: float | None, ours: float) -> Finding:
    if theirs is None:
        return Finding(name="shop clock", ok=False, text="the shop's side does not tell it", hint="update it")
    off = round(theirs - ours)
    if abs(off) <= _NEAR:
        return Finding(name="shop clock", ok=True, text="agrees with ours")
    return Finding(
        name="shop clock",
        ok=False,
        text=f"{abs(off)} s {'ahead of' if off > 0 else 'behind'} ours",
        hint="have the shop's host set it (NTP): from 300 s on requests are refused",
    )


def _column(length: Any, address: Address) -> Iterator[Finding]:
    if not isinstance(length, int):
        return
    said = f"shipment_status holds {length} characters" if length else "shipment_status has no limit"
    if 0 < length < address.length:
        yield Finding(
            name="shop column",
            ok=False,
            text=f"{said}; texts are cut at {address.length}, and longer ones are refused",
            hint=f"make it VARCHAR({max(address.length, 255)}), or end SHOP_DATABASE_URL with ?length={length}",
        )
    elif address.length < USUAL_LENGTH:
        hint = "make it VARCHAR(255), then put ?length=255 at the end of SHOP_DATABASE_URL"
        text = f"texts are cut at {address.length} characters; the carrier's sentences need about {USUAL_LENGTH}"
        yield Finding(name="shop column", ok=False, text=text, hint=hint)
    elif not address.length_given and not 0 < length <= USUAL_LENGTH:
        hint = f"with ?length={length or 255} at the end of SHOP_DATABASE_URL long ones are shown whole"
        yield Finding(name="shop column", ok=True, text=f"{said}; texts are cut at {address.length}", hint=hint)
    else:
        yield Finding(name="shop column", ok=True, text=said)


def _rules(told: Any, address: Address, *, movable: bool) -> Iterator[Finding]:
    """Both sides must say so: the shop's settings what a rule does, the address which ones there are."""
    theirs = {str(event): plain(words) for event, words in told.items()} if isinstance(told, dict) else {}
    ours = set(map(str, address.rules))
    if missing := sorted(ours - theirs.keys()):
        text = f"SHOP_DATABASE_URL names {', '.join(missing)}, of which the shop's settings have no rule"
        yield Finding(name=_RULES, ok=False, text=text, hint="switch it on there, or take it out of ?rules=")
    if unnamed := sorted(theirs.keys() - ours):
        hint = f"end SHOP_DATABASE_URL with ?rules={','.join(sorted(theirs))}, or take the rules out"
        text = f"the shop's settings have rules for {', '.join(unnamed)}, which SHOP_DATABASE_URL does not name"
        yield Finding(name=_RULES, ok=False, text=text, hint=hint)
    on = sorted(ours & theirs.keys())
    if on:
        text = "; ".join(f"{event}: {theirs[event]}" for event in on)
        hint = "" if movable else "its database user needs UPDATE on the columns of the orders' status and payment"
        text = f"switched on: {text}" if movable else "the shop's side may not write what its rules change"
        yield Finding(name=_RULES, ok=movable, text=text, hint=hint)


def _writable(told: Any) -> Finding:
    if told is True:
        return Finding(name="shop writable", ok=True, text="the two tracking columns may be written")
    return Finding(
        name="shop writable",
        ok=False,
        text="the shop's side may not write the two tracking columns",
        hint="its database user needs UPDATE on the table of orders",
    )
