"""The requests of one call to Nova Poshta: each takes a slot of the pace, and is repeated while that may help."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tenacity import RetryCallState, Retrying, retry_if_result

from vistka.adapters.bounded_http import BoundedHttp, Failure
from vistka.adapters.nova_poshta_keys import Keyring
from vistka.carrier.answers import read_answer, request_of
from vistka.carrier.batches import Batch, Sorted
from vistka.carrier.errors import Act, Trouble
from vistka.domain.errors import SlotTaken
from vistka.ports import Clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How long and how often the carrier is asked in one call. `budget` is for the whole call, waits included."""

    budget: timedelta = timedelta(seconds=40)
    longest_slot_wait: timedelta = timedelta(seconds=10)  # for the first request; later ones may use up the budget
    shortest_try: timedelta = timedelta(seconds=1)  # with less than this left, no request is begun
    connect_seconds: float = 3.05
    read_seconds: float = 10.0
    attempts: int = 3
    first_pause: timedelta = timedelta(milliseconds=500)
    wait_if_unnamed: timedelta = timedelta(seconds=5)
    wait_of_a_day: timedelta = timedelta(hours=1)
    most_requests: int = 40
    longest_body: int = 5 * 1024 * 1024


class Spent(Exception):  # no error of the carrier's, and none that leaves the adapter
    """The time or the requests of this call are used up."""


@dataclass(kw_only=True, slots=True)
class Requests:
    """`made` counts HTTP requests; `sent_at` says of each number when the last request with it was sent."""

    http: BoundedHttp
    url: str
    keys: Keyring
    clock: Clock
    chance: random.Random
    limits: Limits
    monotonic: Callable[[], float]
    started: float
    made: int = 0
    sent_at: dict[str, datetime] = field(default_factory=dict)

    def exchange(self, batch: Batch) -> Sorted | Trouble:
        """Ask about one batch until there is an answer, or a trouble which does not pass in this call.

        Raises SlotTaken or Spent if not even one request could be made.
        """
        last: Trouble | None = None

        def once() -> Sorted | Trouble:
            nonlocal last
            try:
                self._take_slot()
            except (SlotTaken, Spent):
                if last is None:
                    raise
                return last.ended()  # the outage is what happened, not the slot that was missing for another try
            outcome = self._ask(batch)
            last = outcome if isinstance(outcome, Trouble) else None
            return outcome

        retrying = Retrying(
            retry=retry_if_result(lambda outcome: isinstance(outcome, Trouble) and outcome.may_pass),
            wait=self._pause,
            stop=self._enough,
            sleep=lambda seconds: self.clock.sleep(timedelta(seconds=seconds)),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        return retrying(once)

    def _pause(self, state: RetryCallState) -> float:
        trouble = state.outcome.result() if state.outcome else None
        chance = self.chance.random()
        if isinstance(trouble, Trouble) and trouble.after is not None:
            return trouble.after.total_seconds() + chance
        return self.limits.first_pause.total_seconds() * 2.0 ** (state.attempt_number - 1) * (1 + chance)

    def _enough(self, state: RetryCallState) -> bool:
        needed = state.upcoming_sleep + self.limits.shortest_try.total_seconds()
        return state.attempt_number >= self.limits.attempts or self._left() < needed

    def _left(self) -> float:
        return self.started + self.limits.budget.total_seconds() - self.monotonic()

    def _take_slot(self) -> None:
        left = timedelta(seconds=self._left()) - self.limits.shortest_try
        if left < timedelta() or self.made >= self.limits.most_requests:
            raise Spent
        wait = self.keys.take(longest=left if self.made else min(left, self.limits.longest_slot_wait))
        if wait > timedelta():
            self.clock.sleep(wait)

    def _ask(self, batch: Batch) -> Sorted | Trouble:
        now = self.clock.now()
        self.sent_at.update(dict.fromkeys(batch, now))
        self.made += 1
        reply = self.http.post(self.url, request_of(batch, key=self.keys.key), within=self._left())
        if isinstance(reply, Failure):
            return Trouble(act=Act.RETRY if reply.may_pass else Act.GIVE_UP, text=f"Nova Poshta: {reply.text}")
        return read_answer(
            reply.body,
            status=reply.status,
            content_type=reply.content_type,
            retry_after=reply.retry_after,
            batch=batch,
            key=self.keys.key,
            now=now,
        )
