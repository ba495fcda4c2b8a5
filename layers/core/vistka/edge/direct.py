"""Direct invocations: what a person or the command line asks of a function, and how it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from vistka.domain.errors import (
    BadMessage,
    ConfigurationError,
    CredentialRefused,
    QueueUnavailable,
    ShopMismatch,
    ShopUnavailable,
    StoreUnavailable,
    TransientError,
    VistkaError,
)
from vistka.domain.orders import MOST_CHARACTERS, Finding
from vistka.domain.parcels import is_sound

_ASKS: Final = frozenset({"order_number", "plan", "poll"})
_TRACKED: Final = frozenset({"order_number", "poll"})
_KNOWN: Final = _ASKS | {"check", "dry_run", "overwrite", "run"}

#: Which part it is that could not be looked at.
_PARTS: Final = {
    CredentialRefused: "credentials",
    QueueUnavailable: "queues",
    ShopMismatch: "shop tables",
    ShopUnavailable: "shop database",
    StoreUnavailable: "store",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """`order_number`, `plan` or `poll` say what is asked for; none of them: a run, as the timer starts it. `overwrite`:
    another program's texts in the shop's column are replaced at once."""

    order_number: str | None = None
    after: str | None = None
    plan: bool = False
    poll: Any = None
    check: bool = False
    dry_run: bool = False
    overwrite: bool = False

    @property
    def manner(self) -> dict[str, bool]:
        """How the tracker is to work."""
        return {"dry_run": self.dry_run, "overwrite": self.overwrite}


def read_request(event: Any) -> Request:
    """Read an event; what EventBridge sends is a run. Raises BadMessage naming the field that is wrong."""
    if not isinstance(event, Mapping):
        raise BadMessage("the event is not a JSON object")
    if not _is_timer(event) and not event.keys() <= _KNOWN:
        raise BadMessage(f"the event may hold {', '.join(sorted(_KNOWN))}, and nothing else")
    dry_run, overwrite = (_flag(event, name) for name in ("dry_run", "overwrite"))
    if dry_run and not event.keys() & _ASKS:
        raise BadMessage("dry_run goes with order_number, plan or poll; a whole run has no dry form")
    if overwrite and not event.keys() & _TRACKED:
        raise BadMessage("overwrite goes with order_number or poll")
    if "run" in event and (event["run"] is not True or len(event) > 1):
        raise BadMessage("run must be true, and goes alone")
    number = event.get("order_number")
    if number is not None and not _is_number(number):
        raise BadMessage(
            f"order_number must be the number of an order, as text of at most {MOST_CHARACTERS} characters"
        )
    plan = event.get("plan")
    if plan is not None and not isinstance(plan, Mapping):
        raise BadMessage('plan must be an object, such as {"after": null}')
    after = plan.get("after") if plan else None
    if after is not None and not (isinstance(after, str) and is_sound(after)):
        raise BadMessage("plan.after must be the key of an order, as text, or null")
    request = Request(
        order_number=number,
        after=after,
        plan=plan is not None,
        poll=event.get("poll"),
        check=event.get("check") is True,
        dry_run=dry_run,
        overwrite=overwrite,
    )
    asks = request.order_number or request.plan or request.poll is not None or request.check
    if not asks and not is_scheduled(event) and "run" not in event:
        raise BadMessage('the event asks for nothing; {"run": true} starts a run')
    return request


def _is_number(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= MOST_CHARACTERS and is_sound(value)


def _flag(event: Mapping[str, Any], name: str) -> bool:
    given = event.get(name, False)
    if not isinstance(given, bool):
        raise BadMessage(f"{name} must be true or false")
    return given


def only_looks(event: Any) -> bool:
    """Whether a person only wants to see something: then nothing of it is written down."""
    return isinstance(event, Mapping) and bool(event.get("dry_run") or event.get("check") or "plan" in event)


def is_scheduled(event: Any) -> bool:
    """Whether nobody waits for the answer: EventBridge, an empty event, or messages of a queue. `{"run": true}` is a
    run that somebody waits for, who is told what failed."""
    return not isinstance(event, Mapping) or not event or _is_timer(event) or is_batch(event)


def _is_timer(event: Mapping[str, Any]) -> bool:
    return event.get("source") == "aws.events"


def is_request(event: Any) -> bool:
    """Whether the event came through the Function URL. Nobody outside can make another: the URL wraps what it gets."""
    return isinstance(event, Mapping) and isinstance(event.get("requestContext"), Mapping)


def is_batch(event: Any) -> bool:
    """Whether messages of a queue came, from Lambda's event source mapping."""
    return isinstance(event, Mapping) and isinstance(event.get("Records"), list)


def findings(*looks: Callable[[], Sequence[Finding]]) -> dict[str, Any]:
    """Every look is taken, whatever the one before it met: what kept one from being taken is a finding itself."""
    out: list[dict[str, Any]] = []
    for look in looks:
        try:
            out.extend(asdict(finding) for finding in look())
        except VistkaError as error:
            out.append(asdict(_of_error(error)))
    return {"findings": out}


def _of_error(error: VistkaError) -> Finding:
    if isinstance(error, ConfigurationError):
        hint = "correct it and deploy again; nothing is asked or told until then"
        return Finding(name="configuration", ok=False, text=_one_line(str(error)), hint=hint)
    hint = "ask again in a minute" if isinstance(error, TransientError) else ""
    return Finding(name=_PARTS.get(type(error), type(error).__name__), ok=False, text=_one_line(str(error)), hint=hint)


def _one_line(text: str) -> str:
    """Of lines that begin alike, a file's name, the later ones go without it."""
    first, *others = text.splitlines() or [""]
    head, colon, _ = first.partition(": ")
    return "; ".join([first, *(line.removeprefix(head + colon) for line in others)])
