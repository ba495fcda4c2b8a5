"""Nova Poshta API 2.0, TrackingDocument.getStatusDocuments: up to a hundred parcels a request."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit
from zlib import crc32

import requests

from vistka.adapters.bounded_http import BoundedHttp, DirectSession
from vistka.adapters.nova_poshta_keys import Keyring
from vistka.adapters.nova_poshta_requests import Limits, Requests, Spent
from vistka.carrier.batches import MOST_DOCUMENTS, Batch, Sorted, halves, named_in, without, without_phones
from vistka.carrier.errors import Act, Trouble, about
from vistka.carrier.phones import phone_of
from vistka.domain.errors import (
    CarrierLimited,
    CarrierUnavailable,
    ConfigurationError,
    CredentialRefused,
    SlotTaken,
    TransientError,
)
from vistka.domain.orders import Finding
from vistka.domain.parcels import Facts
from vistka.domain.remarks import Unread
from vistka.ports import Answers, Clock, Document, Pace

#: A number that nobody has: asking about it shows whether the key is taken.
PROBE_TTN: Final = "20400000000000"

_FINDING: Final = "carrier"


class NovaPoshta:
    """The carrier behind `ports.Carrier`.

    Tracking only reads, so a request may be repeated. The keys are asked for at every call, because they may rotate;
    without any it tracks keyless, which lacks what is known of money on its way back. A refused key is left out for the
    rest of the call, with `allow_keyless` the last one too. `pace` is that of a key, "" for none. `monotonic` counts
    seconds; `clock.sleep` must pass in it.
    """

    def __init__(
        self,
        *,
        url: str,
        keys: Callable[[], Sequence[str]],
        pace: Callable[[str], Pace],
        clock: Clock,
        chance: random.Random,
        allow_keyless: bool = True,
        limits: Limits | None = None,
        session: Callable[[], requests.Session] = DirectSession,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise ConfigurationError("the address of Nova Poshta must begin with https:// and name a host")
        self._url = url
        self._keys = keys
        self._pace = pace
        self._clock = clock
        self._chance = chance
        self._allow_keyless = allow_keyless
        self._limits = limits or Limits()
        self._monotonic = monotonic
        self._http = BoundedHttp(
            connect_seconds=self._limits.connect_seconds,
            read_seconds=self._limits.read_seconds,
            longest_body=self._limits.longest_body,
            session=session,
        )

    def ask(self, documents: Sequence[Document]) -> Answers:
        """See `ports.Carrier.ask`. Raises ValueError for more than 100 numbers, and what `key` raises."""
        batch = {document.ttn: phone_of(document.phone) for document in documents}
        if len(batch) > MOST_DOCUMENTS:
            raise ValueError(f"{len(batch)} documents in a request that takes {MOST_DOCUMENTS}")
        turn = crc32(documents[0].ttn.encode()) if documents else 0
        keyring = Keyring(self._keys(), self._pace, turn=turn)
        return _Call(self._requests(keyring), self._limits, allow_keyless=self._allow_keyless).run(batch)

    def check(self) -> Finding:
        """Whether the carrier can be reached and takes every key, told in one line."""
        keys: tuple[str, ...] = ()
        which = ""
        try:
            keys = tuple(self._keys())
            for number, key in enumerate(keys or ("",), 1):
                which = f"key {number} of {len(keys)}: " if len(keys) > 1 else ""
                alone = Keyring([key], self._pace)
                _Call(self._requests(alone), self._limits, allow_keyless=False).run({PROBE_TTN: ""})
        except ConfigurationError as error:
            return _bad(error, "correct the setting and deploy again")
        except CredentialRefused as error:
            meanwhile = "; until then parcels are tracked without it" if self._allow_keyless else ""
            hint = f"make a new API key in the carrier's cabinet (one lives a year) and store it{meanwhile}"
            return _bad(f"{which}{error}", hint)
        except CarrierLimited as error:
            return _bad(error, "wait; if it lasts, see what else asks Nova Poshta with the same key")
        except SlotTaken:
            return _bad("no free slot to ask Nova Poshta", "a run is under way; ask again in a minute")
        except CarrierUnavailable as error:
            return _bad(error, "parcels are asked again on the next run; if it lasts, see the address and the network")
        if not keys:
            hint = "store an API key: without one nothing is known of money on its way back"
            return Finding(name=_FINDING, ok=True, text="Nova Poshta answers; no API key is set", hint=hint)
        taken = "the API key" if len(keys) == 1 else f"all {len(keys)} API keys"
        return Finding(name=_FINDING, ok=True, text=f"Nova Poshta answers and takes {taken}")

    def close(self) -> None:
        self._http.close()

    def _requests(self, keys: Keyring) -> Requests:
        return Requests(
            http=self._http,
            url=self._url,
            keys=keys,
            clock=self._clock,
            chance=self._chance,
            limits=self._limits,
            monotonic=self._monotonic,
            started=self._monotonic(),
        )


def _bad(text: object, hint: str) -> Finding:
    return Finding(name=_FINDING, ok=False, text=str(text), hint=hint)


class _Call:
    """One call of `ask`: what is known so far, and what is still to be asked."""

    def __init__(self, requests: Requests, limits: Limits, *, allow_keyless: bool) -> None:
        self._requests = requests
        self._limits = limits
        self._allow_keyless = allow_keyless
        self._phone_refused = False
        self._phoneless: set[str] = set()
        self._unread: dict[str, tuple[Unread, ...]] = {}
        self._facts: dict[str, Facts] = {}
        self._stubs: set[str] = set()
        self._refused: dict[str, str] = {}

    def run(self, batch: Batch) -> Answers:
        pending = [batch] if batch else []
        while pending:
            part = pending.pop()
            try:
                outcome = self._requests.exchange(part)
            except (SlotTaken, Spent) as error:
                if not self._facts:
                    raise self._nothing_learnt(error) from None
                # What was learnt while splitting is kept; the rest, in another order, is asked on the next run.
                self._stubs.update(part, *pending)
                break
            pending += self._next(part, outcome)
        return Answers(
            facts=self._facts,
            stubs=frozenset(self._stubs),
            refused=self._refused,
            sent_at={ttn: at for ttn, at in self._requests.sent_at.items() if ttn not in self._refused},
            requests=self._requests.made,
            keyless=self._requests.keys.refused > 0 and not self._requests.keys.key,
            keys_refused=self._requests.keys.refused,
            unread=self._unread,
            phoneless=frozenset(self._phoneless),
        )

    def _next(self, batch: Batch, outcome: Sorted | Trouble) -> list[Batch]:
        """Take in what a batch came to; return what is to be asked in its place. Raises what ends the call."""
        if isinstance(outcome, Sorted):
            self._facts.update(outcome.facts)
            self._stubs.update(outcome.stubs)
            self._unread.update(outcome.unread)
            return []
        match outcome.act:
            case Act.NUMBER:
                return self._around_number(batch, outcome)
            case Act.PHONE if any(batch.values()):
                return [self._around_phone(batch, outcome)]
            case Act.TOO_MANY if len(batch) > 1:
                return halves(batch)
            case Act.CREDENTIAL if self._requests.keys.lay_aside(allow_keyless=self._allow_keyless):
                return [batch]
            case Act.CREDENTIAL:
                raise CredentialRefused(outcome.text)
            case Act.DAILY:
                raise CarrierLimited(outcome.text, retry_after=self._limits.wait_of_a_day, daily=True)
            case Act.WAIT:
                raise CarrierLimited(outcome.text, retry_after=outcome.after or self._limits.wait_if_unnamed)
            case _:
                raise CarrierUnavailable(outcome.text)

    def _around_number(self, batch: Batch, trouble: Trouble) -> list[Batch]:
        named = named_in(about(trouble.complaints, Act.NUMBER), batch)
        if not named and len(batch) > 1:
            # In a new order each time, so that no parcel is for ever behind the bad one when the time is up.
            order = list(batch)
            self._requests.chance.shuffle(order)
            return halves({ttn: batch[ttn] for ttn in order})
        wrong = named or list(batch)
        self._refused.update(dict.fromkeys(wrong, trouble.text))
        rest = without(batch, wrong)
        return [rest] if rest else []

    def _around_phone(self, batch: Batch, trouble: Trouble) -> Batch:
        named = [ttn for ttn in named_in(about(trouble.complaints, Act.PHONE), batch) if batch[ttn]]
        self._phoneless.update(named)
        again, self._phone_refused = self._phone_refused, True
        return without_phones(batch, batch if again or not named else named)

    def _nothing_learnt(self, error: SlotTaken | Spent) -> TransientError:
        if isinstance(error, SlotTaken):
            return error
        seconds = self._limits.budget.total_seconds()
        return CarrierUnavailable(
            f"no usable answer from Nova Poshta in {self._requests.made} requests, {seconds:.0f} s"
        )
