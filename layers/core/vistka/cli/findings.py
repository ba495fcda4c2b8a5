"""What `vistka check` finds out: the functions' own findings, then those that are seen from outside of them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from vistka.cli.deployment import Deployment, State
from vistka.cli.failures import Failure, of_package
from vistka.cli.functions import OPTIONAL, Function, Functions, ask
from vistka.cli.looks import Looks
from vistka.cli.render import age, count, kyiv, thousands
from vistka.domain.errors import VistkaError
from vistka.domain.lags import BOUNDS, together
from vistka.domain.load import batches_a_run, questions_a_day
from vistka.domain.messages import MOST_ASKED
from vistka.domain.orders import Finding
from vistka.ports import Run

#: Without a good run for so many intervals, something is wrong.
INTERVALS: Final = 3
#: As the template has it, for a stack that does not say.
_OVERDUE_SECONDS: Final = 3600

#: As the template has them, for a stack that does not say.
_PACE: Final = 1
_DISPATCHER_TIMEOUT: Final = 240
#: Above this share of its time a run may soon break off.
_NEAR: Final = 0.7
_LESS: Final = (
    "ask more rarely (Polling, for example 'adaptive, at_branch=60'), more quickly, if Nova Poshta allows it "
    "(PaceSeconds), or with another key (CarrierKeys)"
)
_MORE_TIME: Final = (
    "what a run has no time for is left to the next one: raise DispatcherTimeoutSeconds (at most 900) or "
    "DispatcherMemory"
)
_RUNS = 50
_LAG_DAYS: Final = timedelta(days=7)
_MOST_NEWS: Final = 0.95
_OVERDUE_READ = 1000
_QUEUES: Final = (("polls queue", "PollsQueueUrl"), ("notices queue", "NoticesQueueUrl"))
_DEAD_LETTERS: Final = (
    ("polls dead letters", "PollsDeadLetterQueueUrl"),
    ("notices dead letters", "NoticesDeadLetterQueueUrl"),
)


def findings_of(deployment: Deployment, *, alert: bool = False) -> Iterator[Finding]:
    """One after another, as they are found. A part that cannot be asked becomes a finding itself. `alert` sends a test
    alarm besides."""
    # Dispatcher and tracker both look at the shop: what they find alike is told once.
    yield from dict.fromkeys(
        one for function in deployed(deployment) for one in of_function(deployment.functions, function)
    )
    looks = deployment.looks
    for name, output in _QUEUES:
        yield from _or_why(name, lambda n=name, o=output: [_queue(n, o, looks)])  # type: ignore[misc]
    for name, output in _DEAD_LETTERS:
        yield from _or_why(name, lambda n=name, o=output: [_dead_letters(n, o, looks)])  # type: ignore[misc]
    yield from _or_why("store", lambda: _of_store(deployment))
    yield mode(deployment)
    yield from _or_why("alarm address", lambda: [alarm_address(looks)])
    yield from _or_why("alarms", lambda: [alarms(looks)])
    if alert:
        yield from _or_why("test alarm", lambda: [test_alarm(looks)])


def deployed(deployment: Deployment) -> Iterator[Function]:
    """Those that this stack has: some are there only where somebody asked for them."""
    return (one for one in Function if one not in OPTIONAL or one.output in deployment.outputs)


def of_function(functions: Functions, function: Function) -> Iterator[Finding]:
    try:
        answer = ask(functions, function, {"check": True})
        found = [
            Finding(
                name=str(item["name"]),
                ok=item["ok"] is True,
                text=str(item.get("text") or ""),
                hint=str(item.get("hint") or ""),
            )
            for item in answer["findings"]
        ]
    except Failure as failure:
        yield Finding(name=function, ok=False, text=failure.message, hint="repair this first, then check again")
    except (KeyError, TypeError):
        yield Finding(name=function, ok=False, text="its answer cannot be read", hint="deploy this version")
    else:
        yield from found


def _or_why(name: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except Failure as failure:
        return [Finding(name=name, ok=False, text=failure.message)]
    except VistkaError as error:
        return [Finding(name=name, ok=False, text=of_package(error).message)]


def _queue(name: str, output: str, looks: Looks) -> Finding:
    depth = looks.depth(output)
    text = f"{count(depth.ready, 'message')} waiting, {depth.in_flight} in work, {depth.delayed} delayed"
    return Finding(name=name, ok=True, text=text)


def _dead_letters(name: str, output: str, looks: Looks) -> Finding:
    depth = looks.depth(output)
    dead = depth.ready + depth.in_flight
    if not dead:
        return Finding(name=name, ok=True, text="none")
    return Finding(
        name=name,
        ok=False,
        text=f"{count(dead, 'message')} given up",
        hint="`vistka redrive --dry-run` and the functions' logs say why; repair the cause, then `vistka redrive`",
    )


def _of_store(deployment: Deployment) -> list[Finding]:
    state, now = deployment.state(), deployment.clock.now()
    runs = state.runs.latest(_RUNS)
    return [
        last_run(deployment, runs, now),
        *load_of(deployment, runs),
        _scan_to_notice(state, now),
        _circuit(state),
        _overdue(deployment, state, now),
    ]


def last_run(deployment: Deployment, runs: Iterable[Run], now: datetime) -> Finding:
    """Its age is also that of the oldest answer among live parcels."""
    name = "last good run"
    good = next((run for run in runs if run.complete), None)
    stopped = deployment.parameters.get("ScheduleState") == "DISABLED"
    if good is None:
        hint = "the rule is disabled: `vistka run`, or deploy with ScheduleState=ENABLED"
        if stopped:
            return Finding(name=name, ok=True, text="none yet", hint=hint)
        return Finding(name=name, ok=False, text="none", hint="look into the dispatcher's and the tracker's log")
    since = now - good.started_at
    text = f"{kyiv(good.started_at)} Kyiv time, {age(since)} ago; no live parcel is unchecked for longer"
    if since <= INTERVALS * interval(deployment):
        return Finding(name=name, ok=True, text=text)
    if stopped:
        return Finding(name=name, ok=True, text=text, hint="the rule is disabled, nothing runs by itself: `vistka run`")
    return Finding(name=name, ok=False, text=text, hint="look into the dispatcher's and the tracker's log")


def load_of(deployment: Deployment, runs: Iterable[Run]) -> Iterator[Finding]:
    """What the open parcels want against what the pace allows, and how long it takes to read them: with the arithmetic,
    as the last run that said so found it."""
    told = [run for run in runs if run.load is not None]
    # Of a part alone nobody can say what all orders want.
    run = next((run for run in told if not run.is_part), next(iter(told), None))
    load = run.load if run is not None else None
    if run is None or load is None:
        return
    wanted = f"{count(load.parcels, 'live parcel')} {_want(load.parcels)} {thousands(load.wanted)} questions a day"
    keys = _number(deployment, "CarrierKeys", 1)
    every, pace = interval(deployment), timedelta(seconds=_number(deployment, "PaceSeconds", _PACE)) / keys
    if (allowed := questions_a_day(every, pace)) is None:
        yield Finding(name="load", ok=True, text=f"{wanted}; no pace holds them back")
    else:
        batches = batches_a_run(every, pace)
        how = f"{batches} requests of {MOST_ASKED} in each run, one every {pace.total_seconds():g} s"
        text = f"{wanted}; {thousands(allowed)} can be asked ({how})"
        if load.wanted <= allowed:
            yield Finding(name="load", ok=True, text=text)
        else:
            rarely = f"each is asked {load.wanted / allowed:.1f} times as rarely as Polling says, most overdue first"
            yield Finding(name="load", ok=False, text=f"{text}: {rarely}", hint=_LESS)
    timeout = _number(deployment, "DispatcherTimeoutSeconds", _DISPATCHER_TIMEOUT)
    text = f"{count(load.orders, 'open order')} read in {load.seconds:.0f} of {timeout:.0f} s"
    if run.is_part:
        text = f"{text}, then its time was up; not all open orders were read yet"
    elif run.parts:
        runs_each = len(run.parts)
        text = (
            f"{count(load.orders, 'open order')} read in {load.seconds:.0f} s by {runs_each} runs: each is looked at "
            f"every {age(runs_each * every)}"
        )
    near = run.is_part or bool(run.parts) or load.seconds > _NEAR * timeout
    yield Finding(name="dispatcher's time", ok=not near, text=text, hint=_MORE_TIME if near else "")


def _want(parcels: int) -> str:
    return "wants" if parcels == 1 else "want"


def _number(deployment: Deployment, parameter: str, default: float) -> float:
    try:
        return float(deployment.parameters.get(parameter, ""))
    except ValueError:
        return default


def interval(deployment: Deployment) -> timedelta:
    """Between two runs, as the stack's parameters have it."""
    minutes = deployment.parameters.get("IntervalMinutes", "")
    return timedelta(minutes=int(minutes)) if minutes.isdecimal() else timedelta(minutes=10)


def _scan_to_notice(state: State, now: datetime) -> Finding:
    """The live figure of what polling is worth."""
    name = "scan to notice"
    lags = together(state.lags.since(now.date() - _LAG_DAYS))
    if not lags.count:
        return Finding(name=name, ok=True, text=f"no news in the last {_LAG_DAYS.days} days")
    bound = lags.bound_of(_MOST_NEWS)
    most = f"19 of 20 within {bound} min" if bound is not None else f"1 of 20 in more than {BOUNDS[-1]} min"
    text = f"{age(lags.mean)} on average, {most}; {count(lags.count, 'message')} in {_LAG_DAYS.days} days"
    return Finding(name=name, ok=True, text=text)


def _circuit(state: State) -> Finding:
    circuit = state.circuits.read()
    name = "telegram circuit"
    if not circuit.open:
        return Finding(name=name, ok=True, text="closed, messages go out")
    since = f" since {kyiv(circuit.since)} Kyiv time" if circuit.since else ""
    return Finding(
        name=name,
        ok=False,
        text=f"open{since}: {circuit.reason or 'no reason kept'}; nothing is sent, notices wait",
        hint="it closes by itself when getMe answers; a refused token must be renewed first",
    )


def _overdue(deployment: Deployment, state: State, now: datetime) -> Finding:
    """Notices that nobody took up for so long after they were due: forgotten ones."""
    name = "overdue notices"
    after = timedelta(seconds=_number(deployment, "OverdueSeconds", _OVERDUE_SECONDS))
    found = state.ledger.due(before=now - after, limit=_OVERDUE_READ)
    if not found:
        return Finding(name=name, ok=True, text="none")
    more = "at least " if len(found) == _OVERDUE_READ else ""
    return Finding(
        name=name,
        ok=False,
        text=f"{more}{count(len(found), 'notice')} overdue for more than {age(after)}",
        hint="the next run takes them up; see: vistka notices --state retry --state new --state unknown",
    )


def mode(deployment: Deployment) -> Finding:
    value = deployment.parameters.get("Mode", "")
    orders = [number for number in deployment.parameters.get("OnlyOrders", "").split(",") if number.strip()]
    if value == "live" and orders:
        text = f"live for {count(len(orders), 'order')} only"
        return Finding(name="mode", ok=True, text=text, hint="`vistka live` goes live for all")
    if value == "live":
        return Finding(name="mode", ok=True, text="live")
    hint = "`vistka live` when what it stores is right (vistka notices --state shadow)"
    return Finding(
        name="mode", ok=True, text="shadow: the shop's columns stay as they are, no buyer is told", hint=hint
    )


def alarm_address(looks: Looks) -> Finding:
    found = looks.subscriptions()
    if found.pending:
        hint = "open the confirmation link in the mail from AWS (deploy again for a new mail)"
        return Finding(name="alarm address", ok=False, text="not confirmed: nobody hears alarms", hint=hint)
    if not found.confirmed:
        hint = "`vistka setup --alarm-email <address>`"
        return Finding(name="alarm address", ok=True, text="none: nobody hears alarms", hint=hint)
    return Finding(name="alarm address", ok=True, text="confirmed")


def test_alarm(looks: Looks) -> Finding:
    """Send one, by this person's own right: the stack's functions may not."""
    name, heard = "test alarm", looks.subscriptions()
    if not heard.confirmed:
        return Finding(name=name, ok=False, text="not sent: nobody would hear it", hint="see `alarm address` above")
    looks.ring(
        "Vistka: a test", "A test alarm of Vistka, sent by `vistka check --alert`. All is well: real ones come here."
    )
    many = count(heard.confirmed, "address", "addresses")
    return Finding(name=name, ok=True, text=f"sent to {many}: it arrives within a minute, or something holds it up")


def alarms(looks: Looks) -> Finding:
    ringing = looks.ringing()
    if not ringing:
        return Finding(name="alarms", ok=True, text="none rings")
    return Finding(
        name="alarms", ok=False, text=f"in ALARM: {', '.join(ringing)}", hint="see the lines above, and CloudWatch"
    )
