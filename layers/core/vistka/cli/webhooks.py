"""`vistka webhooks`: what became of the calls of the shop's own program, one to try it, and calls made again."""

from collections import Counter
from datetime import timedelta
from typing import Any, Final

import click
from rich.table import Table
from rich.text import Text

from vistka.cli.deployment import Deployment
from vistka.cli.failures import Failure, WrongUse
from vistka.cli.functions import Function, ask
from vistka.cli.notices import NOTICE_STYLES, ledger_of
from vistka.cli.options import Outside, deployment_options, json_option, order_named, pass_outside
from vistka.cli.render import count, errors, iso, kyiv, plain, print_json, show
from vistka.domain.errors import StoreConflict
from vistka.domain.notices import Audience, Notice, NoticeState

#: Calls that a person should know of: each is shown by itself, the others by number. What the program itself declined
#: (410) is none of them.
_TROUBLED: Final = frozenset({NoticeState.RETRY, NoticeState.FAILED})
_MOST_HOURS: Final = 90 * 24


@click.group(invoke_without_command=True, short_help="Calls of the shop's own program: list, test, replay.")
@json_option
@deployment_options
@pass_outside
@click.pass_context
def webhooks(context: click.Context, outside: Outside, *, as_json: bool) -> None:
    """Show what became of the calls of the shop's own program (WebhookUrl), and those that failed one by one.

    \b
    Examples:
      vistka webhooks
      vistka webhooks test
      vistka webhooks replay

    Exit code: 0 all went through, 1 a call was given up or fails right now.
    """
    if context.invoked_subcommand is not None:
        return
    calls = _calls(_with_webhook(outside))
    troubled = [call for call in calls if call.state in _TROUBLED]
    if as_json:
        print_json(
            {"states": dict(Counter(str(call.state) for call in calls)), "troubled": list(map(_to_dict, troubled))}
        )
    else:
        if troubled:
            show(_table(troubled))
        states = Counter(call.state for call in calls)
        told = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        errors().print(f"{count(len(calls), 'call')}: {told}" if calls else "no calls yet")
    if troubled:
        context.exit(1)


@webhooks.command()
@json_option
@deployment_options
@pass_outside
@click.pass_context
def test(context: click.Context, outside: Outside, *, as_json: bool) -> None:
    """Make one call that tells of nothing ("type": "test"), signed as all are, and say what the program answered.

    Exit code: 0 answered with 2xx, 1 with anything else, or not at all.
    """
    answer = ask(_with_webhook(outside).functions, Function.WEBHOOKS, {"test": True})
    if as_json:
        print_json(answer)
    else:
        style = "green" if answer.get("ok") else "red"
        show(Text.assemble("answered ", (str(answer.get("status")), style)))
    if not answer.get("ok"):
        context.exit(1)


@webhooks.command()
@click.option("--order", "order_number", metavar="NUMBER", callback=order_named, help="All calls of this order.")
@click.option("--hours", type=click.IntRange(1, _MOST_HOURS), help="All calls of changes of the last so many hours.")
@click.option("--dry-run", is_flag=True, help="Only say which.")
@json_option
@deployment_options
@pass_outside
def replay(outside: Outside, *, order_number: str | None, hours: int | None, dry_run: bool, as_json: bool) -> None:
    """Call again: what was given up, unless --order or --hours say otherwise.

    The calls have the ids that they had: a program that remembers them does nothing twice. Each is tried for three
    days anew. They leave with the next run.

    \b
    Examples:
      vistka webhooks replay
      vistka webhooks replay --hours 12 --dry-run
      vistka webhooks replay --order TWC09092025N01
    """
    if order_number is not None and hours is not None:
        raise WrongUse("--order and --hours do not go together")
    deployment = _with_webhook(outside)
    chosen = [call for call in _calls(deployment, order_number) if _is_meant(call, order_number, hours, deployment)]
    again = [call for call in chosen if dry_run or _begin_anew(deployment, call)]
    if not dry_run:
        # Their alarm ends with them; a message of a call that has begun anew does no harm.
        deployment.dead_letters.redrive("webhooks", parked=True, dry_run=False)
    if as_json:
        print_json({"dry_run": dry_run, "calls": list(map(_to_dict, again))})
        return
    if again:
        show(_table(again))
    errors().print(f"{count(len(again), 'call')} {'would' if dry_run else 'will'} be made anew")


def _with_webhook(outside: Outside) -> Deployment:
    deployment = outside.deployment()
    if Function.WEBHOOKS.output not in deployment.outputs:
        raise WrongUse("no program of the shop's is called: deploy with WebhookUrl (integrations/webhooks)")
    return deployment


def _calls(deployment: Deployment, order_number: str | None = None) -> list[Notice]:
    return [one for one in ledger_of(deployment.state(), (), order_number) if one.audience is Audience.WEBHOOK]


def _is_meant(call: Notice, order_number: str | None, hours: int | None, deployment: Deployment) -> bool:
    if not call.settled or call.state is NoticeState.SHADOW:
        return False
    if order_number is not None:
        return True
    if hours is not None:
        return deployment.clock.now() - call.created_at <= timedelta(hours=hours)
    return call.state in _TROUBLED


def _begin_anew(deployment: Deployment, call: Notice) -> bool:
    now = deployment.clock.now()
    anew = call.next(
        state=NoticeState.NEW, created_at=now, due_at=now, settled_at=None, attempt=0, reason="", lease_until=None
    )
    try:
        deployment.state().ledger.update(anew)
    except StoreConflict:
        raise Failure("somebody else has just dealt with one of the calls; look again: vistka webhooks") from None
    return True


def _to_dict(call: Notice) -> dict[str, Any]:
    return {
        "id": f"{call.ttn}-{call.version}",
        "order_number": call.order_number,
        "ttn": call.ttn,
        "state": str(call.state),
        "reason": call.reason or None,
        "attempt": call.attempt,
        "created_at": iso(call.created_at),
        "due_at": iso(call.due_at),
    }


def _table(calls: list[Notice]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("change (Kyiv)", "order", "id", "state", "attempts", "answer"):
        table.add_column(heading, overflow="fold")
    for call in calls:
        table.add_row(
            kyiv(call.created_at),
            Text(plain(call.order_number)),
            f"{call.ttn}-{call.version}",
            Text(str(call.state), style=NOTICE_STYLES.get(call.state, "")),
            str(call.attempt),
            Text(plain(call.reason)),
        )
    return table
