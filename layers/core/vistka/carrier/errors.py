"""What the carrier's errors mean, and what is to be done about each."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from vistka.carrier.envelope import Envelope
from vistka.carrier.values import text_of


class Act(StrEnum):
    """What to do, in the order in which it counts when an answer names several errors."""

    DAILY = "daily"  # the day's limit: a long back-off, tell the owner
    WAIT = "wait"  # too many requests: wait as long as it says
    CREDENTIAL = "credential"  # the key is wrong, empty or expired: no retry
    NUMBER = "number"  # a number is wrong: that one only
    PHONE = "phone"  # a phone is wrong: that document without it
    RETRY = "retry"  # may pass in a moment
    TOO_MANY = "too_many"  # more documents than it takes
    GIVE_UP = "give_up"  # nothing we know
    NOTHING = "nothing"  # nothing found: unknown, keep polling


#: errorCodes of API 2.0 that tracking has met.
ACT_OF_CODE: Final = MappingProxyType(
    {
        "20000401501": Act.WAIT,
        "20000303747": Act.RETRY,
        "20000100008": Act.RETRY,
        "20001400980": Act.RETRY,
        "20000100016": Act.RETRY,
        "20000500608": Act.RETRY,
        "20000200795": Act.RETRY,
        "20000203330": Act.RETRY,
        "20000500602": Act.RETRY,
        "20000500604": Act.RETRY,
        "20000500609": Act.RETRY,
        "20000101696": Act.DAILY,
        "20000501331": Act.DAILY,
        "20000200068": Act.CREDENTIAL,
        "20000200069": Act.CREDENTIAL,
        "20000201204": Act.CREDENTIAL,
        "20000102694": Act.CREDENTIAL,
        "20000200217": Act.CREDENTIAL,
        **{str(code): Act.CREDENTIAL for code in range(20000401354, 20000401363)},
        "20001401442": Act.NUMBER,
        "20001401158": Act.NUMBER,
        "20001402437": Act.NUMBER,
        "20001402465": Act.NUMBER,
        "20001402806": Act.NUMBER,
        "20001401160": Act.PHONE,
        "20001402594": Act.PHONE,
        "20001401153": Act.TOO_MANY,
        "20001402438": Act.TOO_MANY,
        "20001402805": Act.NOTHING,
    }
)

#: errorCodes may be empty though there is an error: the text decides then. The first that fits.
_ACT_OF_TEXT: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), act)
    for pattern, act in (
        (r"\btoo? many requests|try again after|rate limit", Act.WAIT),
        (r"limit of attempts|(day|daily|request)s? limit|limit (is )?(reached|exceeded)", Act.DAILY),
        (r"(ліміт|лимит) (запитів|запросов)", Act.DAILY),
        (r"api[\s_-]?key|api auth|no rights to the method", Act.CREDENTIAL),
        (r"document\s?number|номер[ау]? (документ|відправлення|накладної)", Act.NUMBER),
        (r"phone|телефон", Act.PHONE),
        (r"unknown error|unavailable|temporar|timed? ?out|тимчасово|недоступн|временно", Act.RETRY),
        # Not any "not found": a missing method is an outage.
        (r"nothing found|documents? not found|(документ|номер)\w* не (знайден|найден)", Act.NOTHING),
    )
)
_ORDER: Final = list(Act)
_SECONDS: Final = re.compile(r"after\s+([0-9]{1,6})\s*(second|sec|s\b|minute|min|hour)?", re.IGNORECASE)
_UNITS: Final = {"m": 60, "h": 3600}
_LONGEST_WAIT: Final = timedelta(days=1)
# 9 to 13 digits in a row, single separators between them allowed, may be a phone. A waybill has 14, which is none.
_PHONE_LIKE: Final = re.compile(r"(?<![0-9])\+?(?:[0-9][\s().-]{0,2}){8,12}[0-9](?![0-9])")
_KEY_LIKE: Final = re.compile(r"[0-9a-fA-F]{32}")
_CODE: Final = re.compile(r"[234]0{3}[0-9]{7}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """An answer that is no answer. `text` is fit for a log: no phone and no key. `after`: the wait it asked for.

    `final`: nothing more is tried in this call, whatever the act.
    """

    act: Act
    text: str
    after: timedelta | None = None
    complaints: tuple[str, ...] = field(default=(), repr=False)  # as they came: not for a log
    final: bool = False

    @property
    def may_pass(self) -> bool:
        return self.act in {Act.RETRY, Act.WAIT} and not self.final

    def ended(self) -> "Trouble":
        return replace(self, final=True)


def judge(envelope: Envelope, *, secret: str = "") -> Trouble | None:
    """What is wrong with an answer, None if its items may be read.

    Errors are read before data (a rate limit comes with an empty list), and also where `success` is true. A success
    without data is no fact about any parcel but a passing failure.
    """
    if envelope.errors or envelope.error_codes:
        return Trouble(
            act=_act_of(envelope),
            text=_text(envelope, secret),
            after=_named_wait(envelope.errors),
            complaints=envelope.complaints,
        )
    if not envelope.success:
        return Trouble(act=Act.RETRY, text="Nova Poshta refused without saying why", complaints=envelope.complaints)
    if not envelope.items:
        return Trouble(act=Act.RETRY, text="Nova Poshta answered success without any data")
    return None


def judge_status(status: int, *, retry_after: str, now: datetime) -> Trouble | None:
    """What an HTTP status says by itself; None where the body decides (2xx).

    `retry_after` is the header of that name: seconds, or a date.
    """
    if 200 <= status < 300:
        return None
    if status == 401:
        return Trouble(act=Act.CREDENTIAL, text="Nova Poshta refuses the API key (HTTP 401)")
    if status == 429:
        after = _header_wait(retry_after, now)
        return Trouble(act=Act.WAIT, text="Nova Poshta: too many requests (HTTP 429)", after=after)
    if 300 <= status < 400:
        return Trouble(act=Act.GIVE_UP, text=f"redirect to another host refused (HTTP {status})")
    if status == 408 or status >= 500:
        return Trouble(act=Act.RETRY, text=f"Nova Poshta answered HTTP {status}")
    return Trouble(act=Act.GIVE_UP, text=f"Nova Poshta answered HTTP {status}")


def about(complaints: tuple[str, ...], act: Act) -> list[str]:
    """Those lines that complain of a number, or of a phone."""
    return [line for line in complaints if _act_of_text(line) is act]


def masked(text: str, *, secret: str = "") -> str:
    """The text without what looks like a phone or a key, and without the secret itself."""
    if secret:
        text = text.replace(secret, "…")
    return text_of(_PHONE_LIKE.sub("…", _KEY_LIKE.sub("…", text)))


def _act_of(envelope: Envelope) -> Act:
    codes = {ACT_OF_CODE.get(code, Act.GIVE_UP) for code in envelope.error_codes}
    texts = {_act_of_text(text) for text in envelope.errors}
    known = (codes | texts) - {Act.GIVE_UP}
    # Beside a code that we know, a sentence that we do not is only its wording.
    strangers = Act.GIVE_UP in (codes or texts)
    if not known or (known == {Act.NOTHING} and strangers):
        return Act.GIVE_UP
    return min(known, key=_ORDER.index)


def _act_of_text(text: str) -> Act:
    return next((act for pattern, act in _ACT_OF_TEXT if pattern.search(text)), Act.GIVE_UP)


def _text(envelope: Envelope, secret: str) -> str:
    said = masked("; ".join(dict.fromkeys(envelope.errors)), secret=secret) or "no text"
    codes = ", ".join(code if _CODE.fullmatch(code) else "…" for code in envelope.error_codes[:3])
    return f"Nova Poshta: {said} ({codes})" if codes else f"Nova Poshta: {said}"


def _named_wait(texts: tuple[str, ...]) -> timedelta | None:
    found = next(filter(None, map(_SECONDS.search, texts)), None)
    if found is None:
        return None
    unit = (found[2] or "s")[0].lower()
    return min(timedelta(seconds=int(found[1]) * _UNITS.get(unit, 1)), _LONGEST_WAIT)


def _header_wait(header: str, now: datetime) -> timedelta | None:
    header = header.strip()
    if header.isascii() and header.isdigit() and len(header) <= 6:
        return min(timedelta(seconds=int(header)), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return min(max(until - now, timedelta()), _LONGEST_WAIT)
